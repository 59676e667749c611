"""Decides which pods of a StatefulSet come and go. Nothing here acts.

1. From the lowest number up: a missing pod is made, a pod that has ended is deleted.
   OrderedReady takes one step at a time: it waits until each pod is available before it looks at the next.
2. From the highest number down: a pod beyond `replicas` is deleted. OrderedReady waits for one to be gone before the
   next goes, and for a pod that is not ready to become so, unless that is the one to go.
3. RollingUpdate: from the highest number down to `partition`, delete pods of an old revision, one at a time. They come
   back with the new one. (`maxUnavailable` is for a feature that is off by default.)

Models: updateStatefulSet, processReplica and processCondemned in pkg/controller/statefulset/stateful_set_control.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_pod_finished, name_of
from kubetutor.embedded.controllers.replicaset import seconds_until_available
from kubetutor.embedded.controllers.statefulset_pods import (
    is_healthy,
    is_running_and_ready,
    ordinal_of,
    ordinals,
    revision_of,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kubetutor.api.objects import Object


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of pods to make, pods to delete, and why."""

    create: tuple[int, ...] = ()
    delete: tuple[Object, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A StatefulSet, its pods by number, and the names of its two revisions: the one it comes from and today's."""

    stateful_set: Object
    pods: dict[int, Object]
    current: str
    update: str
    now: dt.datetime

    @property
    def is_ordered(self) -> bool:
        return bool(self.stateful_set["spec"].get("podManagementPolicy") != "Parallel")

    @property
    def replicas(self) -> list[Object | None]:
        """Answer the pods that should be there, in order; None for a missing one."""
        return [self.pods.get(ordinal) for ordinal in ordinals(self.stateful_set)]

    @property
    def condemned(self) -> list[Object]:
        """Answer the pods that should not be there, the highest number first."""
        wanted = ordinals(self.stateful_set)
        return [self.pods[ordinal] for ordinal in sorted(self.pods, reverse=True) if ordinal not in wanted]

    def seconds_until_available(self, pod: Object) -> float | None:
        return seconds_until_available(pod, self.stateful_set["spec"].get("minReadySeconds", 0), self.now)

    def is_available(self, pod: Object | None) -> bool:
        return pod is not None and is_running_and_ready(pod) and self.seconds_until_available(pod) == 0


def by_ordinal(stateful_set: Object, pods: Iterable[Object]) -> dict[int, Object]:
    numbered = ((ordinal_of(stateful_set, pod), pod) for pod in pods)
    return {ordinal: pod for ordinal, pod in numbered if ordinal is not None}


def plan_set(view: View) -> Plan:
    """Take the next step; with pod management Parallel, all steps that can be taken at once."""
    create: list[int] = []
    delete: list[Object] = []
    for ordinal, pod in zip(ordinals(view.stateful_set), view.replicas, strict=True):
        if pod is None:
            create.append(ordinal)
        elif is_pod_finished(pod):
            delete += [] if is_being_deleted(pod) else [pod]
        elif not view.is_ordered or (view.is_available(pod) and not is_being_deleted(pod)):
            continue
        if view.is_ordered:
            return Plan(tuple(create), tuple(delete), f"pod {ordinal} comes before those after it")
    going, waits = _plan_scaling_down(view)
    if view.is_ordered and (going or waits):
        return Plan(delete=tuple(going), why="pods go one by one, the highest number first")
    updated = _plan_update(view)
    return Plan(tuple(create), (*delete, *going, *updated), "all pods that should be there are")


def _plan_scaling_down(view: View) -> tuple[list[Object], bool]:
    """Answer which pods to delete, and whether there is one to wait for."""
    if not view.is_ordered:
        return [pod for pod in view.condemned if not is_being_deleted(pod)], False
    unhealthy = [pod for pod in reversed(view.condemned) if not is_healthy(pod)]
    for pod in view.condemned:
        if is_being_deleted(pod):
            return [], True
        may_go = view.is_available(pod) or (bool(unhealthy) and name_of(pod) == name_of(unhealthy[0]))
        return ([pod], True) if may_go else ([], True)
    return [], False


def _plan_update(view: View) -> list[Object]:
    """Answer the pod to replace: the highest of an old revision, when all new ones above it are ready."""
    strategy = view.stateful_set["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return []
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    for pod in reversed(view.replicas[partition:]):
        if pod is not None and revision_of(pod) != view.update and not is_being_deleted(pod):
            return [pod]
        if pod is None or not is_healthy(pod):
            return []
    return []


def uses_current(stateful_set: Object, ordinal: int) -> bool:
    """Say whether a pod that is made now is still of the revision that the set comes from."""
    strategy = stateful_set["spec"].get("updateStrategy") or {}
    if strategy.get("type") != "RollingUpdate":
        return False
    kept = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    return bool(ordinal < ordinals(stateful_set).start + kept)


def stateful_set_status(view: View) -> Object:
    """Answer the numbers of the status. When all pods are of today's revision and ready, it becomes the current one."""
    pods = list(view.pods.values())
    staying = [pod for pod in pods if not is_being_deleted(pod)]
    counts = {
        "replicas": len(pods),
        "readyReplicas": sum(map(is_running_and_ready, pods)),
        "availableReplicas": sum(map(view.is_available, pods)),
        "currentReplicas": sum(revision_of(pod) == view.current for pod in staying),
        "updatedReplicas": sum(revision_of(pod) == view.update for pod in staying),
    }
    current, wanted = view.current, len(ordinals(view.stateful_set))
    strategy = (view.stateful_set["spec"].get("updateStrategy") or {}).get("type")
    done = {counts["replicas"], counts["readyReplicas"], counts["updatedReplicas"]} == {wanted}
    if strategy == "RollingUpdate" and done:
        current, counts["currentReplicas"] = view.update, wanted
    always = {"replicas", "availableReplicas"}
    status: Object = {name: count for name, count in counts.items() if count or name in always}
    return {**status, "currentRevision": current, "updateRevision": view.update}


def seconds_until_change(view: View) -> float | None:
    """Answer when a pod becomes available by time alone."""
    waits = [view.seconds_until_available(pod) for pod in view.pods.values()]
    return min((wait for wait in waits if wait), default=None)
