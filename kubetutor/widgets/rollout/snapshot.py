"""What the rollout view draws, as a pure function of the objects that a feed knows.

`snapshot_of(objects, deployment, namespace)` answers the ReplicaSets with their pods in their places, the rule
(`rule.py`), the deadline, and the history of revisions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    annotations_of,
    condition,
    is_being_deleted,
    is_pod_ready,
    labels_of,
    name_of,
    uid_of,
)
from kubetutor.widgets.cluster_map.snapshot import mood_of, status_word, tag_of
from kubetutor.widgets.rollout.rule import Rule, rule_of
from kubetutor.widgets.rollout.sets import (
    CHANGE_CAUSE,
    HASH_LABEL,
    Sets,
    available_of,
    image_of,
    pods_of,
    replicas_of,
    revision_of,
    sets_of,
    template_of,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.feed import Objects

NO_LIMIT = 2**31 - 1  # what the API says for: no deadline
DEPLOYMENTS, REPLICA_SETS = "deployments.apps", "replicasets.apps"


@dataclass(frozen=True, slots=True)
class Place:
    """One pod in its place. `counts`: it is available. `mood` decides shape, sign and colour; `why` is the cluster's message."""

    uid: str
    name: str
    status: str
    mood: str
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class SetView:
    """One ReplicaSet with its pods. `size` is how many it is to have now; `free` places are those that it has no pod for."""

    uid: str
    name: str
    is_new: bool
    revision: int
    image: str
    version: str
    hash: str
    size: int
    available: int
    places: tuple[Place, ...]
    free: int

    @property
    def ending(self) -> int:
        return sum(place.mood == "ending" for place in self.places)

    @property
    def living(self) -> int:
        return len(self.places) - self.ending


@dataclass(frozen=True, slots=True)
class Revision:
    """One entry of the history."""

    number: int
    image: str
    cause: str
    replica_set: str
    size: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long the rollout may go without progress. `until` is in seconds since 1970, None while no clock runs."""

    seconds: int
    until: float | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the view shows at one moment. `rule` is None while there is no such Deployment."""

    namespace: str
    name: str
    rule: Rule | None = None
    paused: bool = False
    revision: int = 0
    min_ready_seconds: int = 0
    deadline: Deadline | None = None
    sets: tuple[SetView, ...] = ()
    history: tuple[Revision, ...] = ()
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    loaded: bool = False


def snapshot_of(objects: Objects, name: str, namespace: str) -> Snapshot:
    deployments = {name_of(each): each for each in objects.of(DEPLOYMENTS)}
    notes = tuple(dict.fromkeys(objects.troubles.values()))
    deployment = deployments.get(name)
    if deployment is None:
        others = tuple(sorted(deployments))
        return Snapshot(namespace, name, others=others, notes=notes, loaded=objects.loaded)
    sets, pods = sets_of(deployment, objects.of(REPLICA_SETS)), objects.of("pods")
    rule = rule_of(deployment, sets.all, pods)
    spec = deployment.get("spec", {})
    return Snapshot(
        namespace,
        name,
        rule=rule,
        paused=bool(spec.get("paused")),
        revision=revision_of(deployment),
        min_ready_seconds=int(spec.get("minReadySeconds") or 0),
        deadline=deadline_of(deployment, rule.state),
        sets=_set_views(sets, pods, rule),
        history=_history(sets),
        notes=(*notes, *_complaints(deployment)),
        loaded=objects.loaded,
    )


def deadline_of(deployment: Object, state: str) -> Deadline | None:
    """Answer the deadline; its clock starts anew with each progress, and stands while nothing is under way.

    Models: pkg/controller/deployment/util/deployment_util.go (DeploymentTimedOut).
    """
    seconds = deployment.get("spec", {}).get("progressDeadlineSeconds")
    if seconds is None or seconds >= NO_LIMIT:
        return None
    progress = condition(deployment, "Progressing") or {}
    is_over = progress.get("reason") == "ProgressDeadlineExceeded"
    runs = state in {"held", "moving"} and not is_over and progress.get("reason") != "NewReplicaSetAvailable"
    since = progress.get("lastUpdateTime")
    return Deadline(int(seconds), _seconds_of(since) + seconds if runs and since else None, is_over)


def _seconds_of(moment: str) -> float:
    return dt.datetime.fromisoformat(moment).timestamp()


def _set_views(sets: Sets, pods: tuple[Object, ...], rule: Rule) -> tuple[SetView, ...]:
    """Answer the new set, those old ones that still have pods, and the newest old one even if it has none."""
    by_set = {uid_of(each): pods_of(each, pods) for each in sets.all}
    active = [each for each in sets.old if replicas_of(each) or by_set[uid_of(each)]]
    shown = active or list(sets.old[-1:])
    views = [_set_view(each, by_set[uid_of(each)], rule, is_new=False) for each in shown]
    if sets.new is not None:
        views.append(_set_view(sets.new, by_set[uid_of(sets.new)], rule, is_new=True))
    return tuple(views)


def _set_view(replica_set: Object, pods: tuple[Object, ...], rule: Rule, *, is_new: bool) -> SetView:
    template = template_of(replica_set)
    counting = _available_pods(replica_set, pods)
    size, living = replicas_of(replica_set), sum(not is_being_deleted(pod) for pod in pods)
    return SetView(
        uid=uid_of(replica_set),
        name=name_of(replica_set),
        is_new=is_new,
        revision=revision_of(replica_set),
        image=image_of(template),
        version=tag_of(str((template.get("spec", {}).get("containers") or [{}])[0].get("image", ""))),
        hash=labels_of(replica_set).get(HASH_LABEL, ""),
        size=size,
        available=available_of(replica_set),
        places=tuple(_place(pod, counts=uid_of(pod) in counting) for pod in pods),
        free=max(0, max(rule.desired, size) - max(living, len(pods))),
    )


def _available_pods(replica_set: Object, pods: tuple[Object, ...]) -> set[str]:
    """Answer which pods the set counts as available: those that have been Ready for the longest time."""
    ready = [pod for pod in pods if is_pod_ready(pod) and not is_being_deleted(pod)]
    ready.sort(key=lambda pod: str((condition(pod, "Ready") or {}).get("lastTransitionTime", "")))
    return {uid_of(pod) for pod in ready[: available_of(replica_set)]}


def _place(pod: Object, *, counts: bool) -> Place:
    word, why = status_word(pod)
    mood = mood_of(pod, word, is_node_down=False)
    if mood == "ready" and not counts:
        mood, word = "running", f"{word}, Ready, but not long enough"
    elif mood == "running":
        word = f"{word}, not Ready"
    return Place(uid_of(pod), name_of(pod), word, mood, counts, why)


def _history(sets: Sets) -> tuple[Revision, ...]:
    return tuple(
        Revision(
            number=revision_of(each),
            image=image_of(template_of(each)),
            cause=annotations_of(each).get(CHANGE_CAUSE, ""),
            replica_set=name_of(each),
            size=replicas_of(each),
            is_current=each is sets.new,
        )
        for each in sorted(sets.all, key=revision_of)
    )


def _complaints(deployment: Object) -> tuple[str, ...]:
    """Answer why pods cannot even be created: a quota or an admission rule refuses them."""
    failure = condition(deployment, "ReplicaFailure")
    if failure is None or failure.get("status") != "True":
        return ()
    return (f"Pods cannot be created: {failure.get('message') or failure.get('reason')}",)
