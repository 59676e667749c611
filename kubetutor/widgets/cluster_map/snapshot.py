"""What a view draws, as a pure function of the objects that a feed knows.

`snapshot_of(objects, namespace)` answers nodes with their pods, pods that wait for a node, and Deployments. A
pod's `status` is the word that kubectl prints in its STATUS column; its `mood` is the one of eight groups that
decides shape, sign and colour, so that none of the three stands alone. The pod that sends a lesson's requests
stands apart: it is shown, and counted nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    annotations_of,
    condition,
    controller_of,
    is_being_deleted,
    is_load,
    is_pod_ready,
    is_true,
    is_unseen,
    labels_of,
    name_of,
    uid_of,
)
from kubetutor.widgets.cluster_map.status import (
    containers_in_words,
    is_failure,
    pod_status,
    status_word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.feed import Objects

__all__ = ["is_failure", "status_word"]  # of status.py; lessons ask for them here
REVISION = "deployment.kubernetes.io/revision"

MOODS = {
    "ready": "takes requests",
    "running": "runs, not ready yet",
    "starting": "starts",
    "waiting": "waits for a node",
    "failing": "fails",
    "ending": "ends",
    "done": "has finished",
    "lost": "its node does not answer",
}


@dataclass(frozen=True, slots=True)
class PodView:
    """One pod. `ready` counts containers (`1/1`); `why` is the cluster's own message, or empty.

    `containers` says more where there are several. `is_load`: it sends the lesson's requests.
    """

    uid: str
    name: str
    node: str
    status: str
    mood: str
    ready: str
    restarts: int
    owner: str
    revision: str
    version: str
    image: str
    address: str
    why: str
    containers: str = ""
    is_load: bool = False


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node. `capacity` is the number of pods that it may hold at most."""

    name: str
    role: str
    state: str
    is_ready: bool
    takes_pods: bool
    capacity: str
    cpu: str
    memory: str
    pods: tuple[PodView, ...] = ()


@dataclass(frozen=True, slots=True)
class DeploymentView:
    name: str
    wanted: int
    ready: int
    updated: int
    revision: str
    image: str
    progress: str


@dataclass(frozen=True, slots=True)
class OwnerView:
    """Whatever else makes pods: a StatefulSet, a DaemonSet, a Job, or a ReplicaSet of its own."""

    owner: str
    pods: int
    ready: int


@dataclass(frozen=True)
class Snapshot:
    """All that a view shows at one moment. `notes` are sentences about what is missing or out of date.

    `helpers` are pods that are there for the lesson, and are in no count.
    """

    namespace: str
    nodes: tuple[NodeView, ...] = ()
    unplaced: tuple[PodView, ...] = ()
    deployments: tuple[DeploymentView, ...] = ()
    owners: tuple[OwnerView, ...] = ()
    helpers: tuple[PodView, ...] = ()
    notes: tuple[str, ...] = ()
    loaded: bool = False

    @cached_property
    def pods(self) -> tuple[PodView, ...]:
        return (*(pod for node in self.nodes for pod in node.pods), *self.unplaced)

    @cached_property
    def ready(self) -> int:
        """Count the pods that take requests."""
        return sum(pod.mood == "ready" for pod in self.pods)


NOBODY: Object = {}  # the owner of a pod that has none, always the same


@dataclass(frozen=True, slots=True)
class Known:
    """What one pod was read from: as long as these are the same objects, so is its view."""

    pod: Object
    owner_uid: str
    owner: Object
    is_node_down: bool
    view: PodView
    rank: str


class PodReader:
    """Reads pods, and remembers: of 500 pods that are drawn 20 times a second, few have changed."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def read(self, pods: Iterable[Object], owners: dict[str, Object], down: set[str]) -> list[PodView]:
        """Answer the views of these pods, in the order that they are drawn."""
        before, known = self._known, {}
        for pod in pods:
            uid = uid_of(pod)
            old = before.get(uid)
            if old is None or not _still_holds(old, pod, owners, down):
                old = _read(pod, owners, down)
            known[uid] = old
        self._known = known
        return [entry.view for entry in sorted(known.values(), key=attrgetter("rank"))]


def _still_holds(known: Known, pod: Object, owners: dict[str, Object], down: set[str]) -> bool:
    return (
        known.pod is pod
        and owners.get(known.owner_uid, NOBODY) is known.owner
        and (known.view.node in down) == known.is_node_down
    )


def _read(pod: Object, owners: dict[str, Object], down: set[str]) -> Known:
    owner_uid = str((controller_of(pod) or {}).get("uid"))
    view = pod_view(pod, owners, down)
    owner = owners.get(owner_uid, NOBODY)
    return Known(pod, owner_uid, owner, view.node in down, view, rank_of(view))


def snapshot_of(objects: Objects, namespace: str, reader: PodReader | None = None) -> Snapshot:
    owners = {uid_of(owner): owner for owner in objects.of("replicasets.apps")}
    nodes = {name_of(node): node for node in objects.of("nodes")}
    down = {name for name, node in nodes.items() if not is_true(node, "Ready")}
    read = (reader or PodReader()).read(objects.of("pods"), owners, down)
    pods = [pod for pod in read if not pod.is_load]
    deployments = sorted(objects.of("deployments.apps"), key=name_of)
    return Snapshot(
        namespace=namespace,
        nodes=_nodes_with_pods(nodes, pods),
        unplaced=tuple(pod for pod in pods if not pod.node),
        deployments=tuple(deployment_view(deployment) for deployment in deployments),
        owners=_other_owners(pods, {f"Deployment {name_of(deployment)}" for deployment in deployments}),
        helpers=tuple(pod for pod in read if pod.is_load),
        notes=tuple(dict.fromkeys(objects.troubles.values())),
        loaded=objects.loaded,
    )


def pod_view(pod: Object, owners: dict[str, Object], down: set[str] | frozenset[str]) -> PodView:
    spec = pod.get("spec", {})
    image = str((spec.get("containers") or [{}])[0].get("image", ""))
    owner, revision = _owner_of(pod, owners)
    said = pod_status(pod)
    node = str(spec.get("nodeName") or "")
    return PodView(
        uid=uid_of(pod),
        name=name_of(pod),
        node=node,
        status=said.word,
        mood=mood_of(pod, said.word, is_node_down=node in down),
        ready=f"{said.ready}/{said.containers}",
        restarts=said.restarts,
        owner=owner,
        revision=revision,
        version=tag_of(image),
        image=image,
        address=str(pod.get("status", {}).get("podIP") or ""),
        why=said.why,
        containers=containers_in_words(pod),
        is_load=is_load(pod),
    )


def mood_of(pod: Object, word: str, *, is_node_down: bool) -> str:
    """Answer the group of states that decides shape, sign and colour."""
    phase = pod.get("status", {}).get("phase")
    signs = (
        ("ending", is_being_deleted(pod)),
        ("lost", is_node_down),
        ("done", phase == "Succeeded"),
        ("failing", phase == "Failed" or is_failure(word)),
        ("waiting", not pod.get("spec", {}).get("nodeName")),
        ("ready", phase == "Running" and is_pod_ready(pod)),
        ("running", phase == "Running"),
    )
    return next((mood for mood, holds in signs if holds), "starting")


def deployment_view(deployment: Object) -> DeploymentView:
    spec, status = deployment.get("spec", {}), deployment.get("status", {})
    wanted, updated = int(spec.get("replicas", 1)), int(status.get("updatedReplicas", 0))
    total, available = int(status.get("replicas", 0)), int(status.get("availableReplicas", 0))
    containers = spec.get("template", {}).get("spec", {}).get("containers") or [{}]
    return DeploymentView(
        name=name_of(deployment),
        wanted=wanted,
        ready=int(status.get("readyReplicas", 0)),
        updated=updated,
        revision=annotations_of(deployment).get(REVISION, ""),
        image=str(containers[0].get("image", "")),
        progress=_progress(deployment, wanted=wanted, updated=updated, total=total, available=available),
    )


def _progress(deployment: Object, *, wanted: int, updated: int, total: int, available: int) -> str:
    progressing = condition(deployment, "Progressing") or {}
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return "the rollout has stopped: progress deadline exceeded"
    if deployment.get("spec", {}).get("paused"):
        return "paused"
    if is_unseen(deployment) or updated < wanted:
        return f"rolling out: {updated} of {wanted} updated"
    if total > updated:
        return f"rolling out: {total - updated} old pods still there"
    return "complete" if available >= wanted else f"{available} of {wanted} available"


def tag_of(image: str) -> str:
    """Answer `1.0` for `registry:5000/my-app:1.0`, and `latest` where no tag is given."""
    last = image.rpartition("/")[2].partition("@")[0]
    return last.partition(":")[2] or ("latest" if last else "")


def _owner_of(pod: Object, owners: dict[str, Object]) -> tuple[str, str]:
    """Answer `Deployment web-app` and the revision, as far as the owners are known."""
    reference = controller_of(pod)
    if reference is None:
        return "", ""
    parent = owners.get(str(reference.get("uid")), {})
    grandparent = controller_of(parent) or reference
    return f"{grandparent.get('kind')} {grandparent.get('name')}", annotations_of(parent).get(REVISION, "")


def _other_owners(pods: Iterable[PodView], shown: set[str]) -> tuple[OwnerView, ...]:
    by_owner: dict[str, list[PodView]] = {}
    for pod in pods:
        if pod.owner and pod.owner not in shown:
            by_owner.setdefault(pod.owner, []).append(pod)
    return tuple(
        OwnerView(owner, len(owned), sum(pod.mood == "ready" for pod in owned))
        for owner, owned in sorted(by_owner.items())
    )


def _nodes_with_pods(nodes: dict[str, Object], pods: Iterable[PodView]) -> tuple[NodeView, ...]:
    by_node: dict[str, list[PodView]] = {name: [] for name in nodes}
    for pod in pods:
        if pod.node:
            by_node.setdefault(pod.node, []).append(pod)
    views = [_node_view(name, nodes.get(name), tuple(by_node[name])) for name in by_node]
    return tuple(sorted(views, key=lambda view: (view.role != "control plane", view.name)))


def _node_view(name: str, node: Object | None, pods: tuple[PodView, ...]) -> NodeView:
    if node is None:  # this account may not list nodes, or the node has just gone
        return NodeView(name, "node", "unknown", True, True, "", "", "", pods)
    is_control_plane = "node-role.kubernetes.io/control-plane" in labels_of(node)
    spec, capacity = node.get("spec", {}), node.get("status", {}).get("capacity") or {}
    is_ready, is_cordoned = is_true(node, "Ready"), bool(spec.get("unschedulable"))
    repels = any(taint.get("effect") in {"NoSchedule", "NoExecute"} for taint in spec.get("taints") or ())
    state = "Ready" if is_ready else "NotReady"
    return NodeView(
        name=name,
        role="control plane" if is_control_plane else "worker",
        state=f"{state}, SchedulingDisabled" if is_cordoned else state,
        is_ready=is_ready,
        takes_pods=is_ready and not repels and not is_cordoned,
        capacity=str(capacity.get("pods", "")),
        cpu=str(capacity.get("cpu", "")),
        memory=memory_in_words(str(capacity.get("memory", ""))),
        pods=pods,
    )


def memory_in_words(quantity: str) -> str:
    """Answer `15.6 GiB` for `16384000Ki`; other notations stay as they are."""
    units = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
    number, unit = quantity[:-2], quantity[-2:]
    if unit not in units or not number.isdigit():
        return quantity
    return f"{int(number) * units[unit] / 2**30:.1f} GiB"


def rank_of(pod: PodView) -> str:
    """Answer what pods are sorted by: old revisions first, so that a new one grows at the end."""
    return f"{pod.owner} {pod.revision.rjust(6)} {pod.name}"
