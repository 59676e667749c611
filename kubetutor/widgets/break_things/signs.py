"""What can be seen of a deed: pure functions of how it was before and how it is now, one for each button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.widgets.break_things.plan import is_broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kubetutor.widgets.break_things.plan import Step
    from kubetutor.widgets.break_things.snapshot import Choice, Scene
    from kubetutor.widgets.cluster_map.snapshot import PodView


@dataclass(frozen=True, slots=True)
class Before:
    """What matters of the moment before a deed."""

    pod: PodView | None = None
    uids: frozenset[str] = frozenset()
    on_node: frozenset[str] = frozenset()  # uids of the pods on the chosen node
    owner: str = ""
    deployment: str = ""
    image: str = ""


def before_of(scene: Scene, choice: Choice) -> Before:
    pod, deployment = scene.pod(choice.pod), scene.deployment(choice.deployment)
    return Before(
        pod=pod,
        uids=frozenset(one.uid for one in scene.pods),
        on_node=frozenset(one.uid for one in scene.pods if one.node == choice.node),
        owner=pod.owner if pod else "",
        deployment=choice.deployment,
        image=deployment.image if deployment else "",
    )


def signs_of(step: Step, before: Before, scene: Scene) -> tuple[str, ...]:
    """Answer sentences about what can be seen now, in the order in which it happens."""
    return tuple(SIGNS[step.name](step, before, scene))


def _of_crash(_step: Step, before: Before, scene: Scene) -> Iterator[str]:
    was = before.pod
    now = next((pod for pod in scene.pods if was and pod.uid == was.uid), None)
    if was is None or now is None or (now.restarts == was.restarts and now.mood != "failing"):
        return
    if now.mood == "failing":
        yield f"{now.name} is in {now.status}."
    if now.restarts > was.restarts:
        yield f"The kubelet has started the container again: {now.restarts} restarts."
        if now.mood == "ready":
            yield f"{now.name} is Ready again, with the same address {now.address}."


def _of_delete(_step: Step, before: Before, scene: Scene) -> Iterator[str]:
    was = before.pod
    if was is None:
        return
    now = next((pod for pod in scene.pods if pod.uid == was.uid), None)
    if now is not None and now.mood == "ending":
        yield f"{was.name} is Terminating."
    new = [pod for pod in scene.pods if was.owner and pod.owner == was.owner and pod.uid not in before.uids]
    if new:
        yield f"A new pod takes its place: {new[0].name}."
    if now is None:
        yield f"{was.name} is gone."
    if new and new[0].mood == "ready":
        yield f"{new[0].name} is Ready."


def _of_stop(step: Step, before: Before, scene: Scene) -> Iterator[str]:
    node = scene.node(step.target)
    if node is None or node.is_ready:
        return
    yield f"The cluster has noticed: {node.name} is NotReady."
    left = [pod for pod in scene.pods if pod.uid in before.on_node]
    if any(pod.mood == "ending" for pod in left):
        yield "Its pods are to be deleted, and wait for a kubelet that does not answer."
    new = [pod for pod in scene.pods if pod.uid not in before.uids and pod.node != node.name]
    if before.on_node and len(new) >= len(before.on_node) and all(pod.mood == "ready" for pod in new):
        yield f"{_count(len(new), 'pod')} on other nodes took their place and are Ready."


def _of_start(step: Step, _before: Before, scene: Scene) -> Iterator[str]:
    node = scene.node(step.target)
    if node is not None and node.is_ready:
        yield f"{node.name} is Ready. Pods do not move back by themselves."


def _of_flood(_step: Step, _before: Before, scene: Scene) -> Iterator[str]:
    if scene.flood is None:
        return
    if scene.flood.mood == "ready":
        yield f"The pod {scene.flood.name} asks from the node {scene.flood.node}."
    elif scene.flood.mood == "failing":
        yield f"The pod {scene.flood.name} fails: {scene.flood.status}."


def _of_calm(_step: Step, _before: Before, scene: Scene) -> Iterator[str]:
    if scene.flood is None:
        yield "The pod that asked is gone."


def _of_ship(_step: Step, before: Before, scene: Scene) -> Iterator[str]:
    deployment = scene.deployment(before.deployment)
    if deployment is None or not is_broken(deployment):
        return
    pods = scene.pods_of(deployment.name)
    new = [pod for pod in pods if pod.image == deployment.image]
    if new:
        yield f"A new ReplicaSet begins: {new[0].name} is its first pod."
    failing = next((pod for pod in new if pod.mood == "failing"), None)
    if failing is not None:
        old = [pod for pod in pods if pod.image != deployment.image and pod.mood == "ready"]
        yield f"The new pod fails ({failing.status}), so the rollout waits. {_count(len(old), 'old pod')} still serve requests."
    if "progress deadline" in deployment.progress:
        yield "The Deployment says so too: progress deadline exceeded."


def _of_undo(_step: Step, before: Before, scene: Scene) -> Iterator[str]:
    deployment = scene.deployment(before.deployment)
    if deployment is None or is_broken(deployment):
        return
    yield f"{deployment.name} is to run {deployment.image} again."
    pods = scene.pods_of(deployment.name)
    is_clean = all(pod.image == deployment.image for pod in pods)
    if is_clean and deployment.ready >= deployment.wanted and deployment.progress == "complete":
        yield f"{deployment.ready} of {deployment.wanted} pods are Ready, and the broken ones are gone."


SIGNS: dict[str, Callable[[Step, Before, Scene], Iterator[str]]] = {
    "crash": _of_crash, "delete": _of_delete, "stop": _of_stop, "start": _of_start,
    "flood": _of_flood, "calm": _of_calm, "ship": _of_ship, "undo": _of_undo,
}  # fmt: skip


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
