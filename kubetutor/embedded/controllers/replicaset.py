"""Keeps as many pods as a ReplicaSet asks for.

1. Claim the pods that the selector matches: adopt orphans, release pods whose labels have changed.
2. Count the active ones: not finished, and not being deleted.
3. Too few: create pods from the template. The first refusal ends the round and becomes a ReplicaFailure condition.
4. Too many: rank them, the least useful first, and delete from the front.
5. Write the status. With minReadySeconds, look again when the next pod becomes available.

Unlike upstream: a round writes the status once, after acting, for the cache already knows the new pods.
Models: pkg/controller/replicaset/replica_set.go, replica_set_utils.go; pkg/controller/controller_utils.go;
pkg/controller/replication.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    annotations_of,
    condition,
    controller_of,
    is_being_deleted,
    is_pod_finished,
    is_pod_ready,
    key_of,
    labels_of,
    uid_of,
)
from kubetutor.embedded.clock import parse_timestamp, timestamp
from kubetutor.embedded.controllers import conditions
from kubetutor.embedded.controllers.ownership import Claim, Orphans, queue_owners
from kubetutor.embedded.controllers.pod_control import PodControl, pod_from_template

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.controllers.pod_control import Failure
    from kubetutor.embedded.workqueue import WorkQueue

BURST = 500  # pods created or deleted in one round
CLOCKS_DIFFER = 1.0  # seconds, by rounding and between machines
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
PHASE_RANKS = {"Pending": 0, "Unknown": 1, "Running": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many pods to create, which to delete, and why."""

    create: int = 0
    delete: tuple[Object, ...] = ()
    why: str = ""


def plan_replicas(
    wanted: int, active: list[Object], *, pods_by_node: Mapping[str, int], now: dt.datetime
) -> Plan:
    """Decide what to do about the difference. `pods_by_node` counts the pods of all sets of the same owner."""
    missing = wanted - len(active)
    if missing > 0:
        return Plan(create=min(missing, BURST), why=f"{len(active)} of {wanted} pods are there")
    if missing < 0:
        ranked = sorted(active, key=lambda pod: deletion_rank(pod, pods_by_node, now))
        surplus = tuple(ranked[: min(-missing, BURST)])
        return Plan(delete=surplus, why=f"{len(active)} pods are there and {wanted} are wanted")
    return Plan(why="as wanted")


def deletion_rank(
    pod: Object, pods_by_node: Mapping[str, int], now: dt.datetime
) -> tuple[int | float | str, ...]:
    """Answer what orders pods for deletion; the lowest goes first."""
    node, status = pod["spec"].get("nodeName", ""), pod.get("status", {})
    ready = is_pod_ready(pod)
    restarts = max(
        (entry.get("restartCount", 0) for entry in status.get("containerStatuses") or ()), default=0
    )
    return (
        1 if node else 0,
        PHASE_RANKS.get(status.get("phase", "Pending"), 0),
        1 if ready else 0,
        _deletion_cost(pod),
        -pods_by_node.get(node, 0),
        _age_rank(condition(pod, "Ready") if ready else None, "lastTransitionTime", now),
        -restarts,
        _age_rank(pod["metadata"], "creationTimestamp", now),
        uid_of(pod),
    )


def _deletion_cost(pod: Object) -> int:
    try:
        return int(annotations_of(pod).get(DELETION_COST, "0"))
    except ValueError:
        return 0


def _age_rank(entry: Object | None, field: str, now: dt.datetime) -> int:
    """Answer the age as a power of two, so that pods of about the same age count as equally old."""
    if entry is None or not entry.get(field):
        return 0
    seconds = (now - parse_timestamp(entry[field])).total_seconds()
    return int(math.log2(seconds)) + 1 if seconds >= 1 else 0


def is_active(pod: Object) -> bool:
    return not is_pod_finished(pod) and not is_being_deleted(pod)


def seconds_until_available(pod: Object, min_ready_seconds: int, now: dt.datetime) -> float | None:
    """Answer 0 for an available pod, None for one that is not ready."""
    if not is_pod_ready(pod):
        return None
    if min_ready_seconds == 0:
        return 0.0
    ready = condition(pod, "Ready") or {}
    since = (now - parse_timestamp(ready["lastTransitionTime"])).total_seconds()
    if since < -CLOCKS_DIFFER:
        return 0.0  # the clock was set back: how long ago it was cannot be told, and nobody should wait for a day
    return max(0.0, min_ready_seconds - since)


def replica_set_status(
    replica_set: Object, pods: Iterable[Object], now: dt.datetime
) -> tuple[Object, float | None]:
    """Answer the status without conditions, and the seconds until it changes by time alone."""
    pods = list(pods)
    active = [pod for pod in pods if is_active(pod)]
    template_labels = (replica_set["spec"]["template"].get("metadata") or {}).get("labels") or {}
    wanted_labels = template_labels.items()
    waits = [
        seconds_until_available(pod, replica_set["spec"].get("minReadySeconds", 0), now) for pod in active
    ]
    waiting = [wait for wait in waits if wait]
    status = {
        "replicas": len(active),
        "fullyLabeledReplicas": sum(wanted_labels <= labels_of(pod).items() for pod in active),
        "readyReplicas": sum(is_pod_ready(pod) for pod in active),
        "availableReplicas": sum(wait == 0 for wait in waits),
        "terminatingReplicas": sum(is_being_deleted(pod) and not is_pod_finished(pod) for pod in pods),
        "observedGeneration": replica_set["metadata"].get("generation", 0),
    }
    always = {"replicas", "terminatingReplicas"}
    return {name: value for name, value in status.items() if value or name in always}, min(
        waiting, default=None
    )


class ReplicaSetController:
    name, resource, kind = "replicaset-controller", "replicasets.apps", "ReplicaSet"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._pod_control = PodControl(self._client, context.events.as_component(self.name))
        self._replica_sets = context.informers[self.resource]
        self._pods = context.informers["pods"]
        self._claim = Claim(self._client, "pods", self._pods, Orphans(self._pods))

    def start(self, queue: WorkQueue) -> None:
        self._replica_sets.on_change(lambda change: queue.add(key_of(change.object)))
        self._pods.on_change(lambda change: queue_owners(change, queue, self.kind, self._replica_sets))

    def reconcile(self, key: str) -> float | None:
        replica_set = self._replica_sets.get(key)
        if replica_set is None:
            return None
        pods = self._claim.of(replica_set)
        failure: Failure | None = None
        if not is_being_deleted(replica_set):
            active = [pod for pod in pods if is_active(pod)]
            wanted = replica_set["spec"].get("replicas", 1)
            pods_by_node = self._pods_by_node(replica_set, pods) if wanted < len(active) else {}
            failure = self._carry_out(
                replica_set, plan_replicas(wanted, active, pods_by_node=pods_by_node, now=self._clock.now())
            )
        again = self._write_status(key, failure)
        if failure is not None and failure.error is not None:
            raise failure.error
        return again

    def _pods_by_node(self, replica_set: Object, pods: Iterable[Object]) -> Counter[str]:
        """Count the active pods of every set that has the same controller, on each node."""
        owner = controller_of(replica_set)
        sets = self._replica_sets.controlled_by(owner["uid"]) if owner else ()
        related = [pod for each in sets for pod in self._pods.controlled_by(uid_of(each))] or pods
        return Counter(pod["spec"].get("nodeName", "") for pod in related if is_active(pod))

    def _carry_out(self, replica_set: Object, plan: Plan) -> Failure | None:
        """Create and delete, up to the first failure; answer that."""
        for _ in range(plan.create):
            if failure := self._pod_control.create(replica_set, pod_from_template(replica_set)):
                return failure
        for pod in plan.delete:
            if failure := self._pod_control.delete(replica_set, pod):
                return failure
        return None

    def _write_status(self, key: str, failure: Failure | None) -> float | None:
        replica_set = self._replica_sets.get(key)
        if replica_set is None:
            return None
        now = self._clock.now()
        old = replica_set.get("status") or {}
        status, again = replica_set_status(replica_set, self._pods.controlled_by(uid_of(replica_set)), now)
        entries = failure_conditions(tuple(old.get("conditions") or ()), failure, timestamp(now))
        if entries:
            status["conditions"] = list(entries)
        if self.kind != "ReplicaSet":
            del status["terminatingReplicas"]
        if status != old:
            self._client.update(self.resource, {**replica_set, "status": status}, subresource="status")
        return again


def failure_conditions(
    current: conditions.Conditions, failure: Failure | None, now: str
) -> conditions.Conditions:
    """Answer the conditions with ReplicaFailure as it should be now."""
    if failure is None or failure.error is None:
        return conditions.without(current, "ReplicaFailure")
    if conditions.find(current, "ReplicaFailure"):
        return current
    entry = {
        "type": "ReplicaFailure",
        "status": "True",
        "lastTransitionTime": now,
        "reason": failure.reason,
        "message": str(failure.error),
    }
    return conditions.put(current, entry)


class ReplicationController(ReplicaSetController):
    """Keeps as many pods as a ReplicationController asks for, the older kind of ReplicaSet."""

    name, resource, kind = "replication-controller", "replicationcontrollers", "ReplicationController"
