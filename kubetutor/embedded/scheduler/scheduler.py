"""Chooses a node for each pod that has none, and binds it there.

1. Pods without a node wait in order of priority, then of arrival.
2. Decide where the pod whose turn it is goes (`deciding.py`).
3. Bind: write `spec.nodeName` and PodScheduled=True; the kubelet of that node does the rest.
4. No node: say why (PodScheduled=False, FailedScheduling), and try again when nodes or pods change.
5. If pods of lower priority should make room: delete them, and promise the node to the pod (`nominatedNodeName`).

Models: pkg/scheduler/schedule_one.go, pkg/scheduler/backend/queue.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import random
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    condition,
    is_being_deleted,
    is_pod_finished,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers import conditions
from kubetutor.embedded.controllers.disruption import mark_disrupted
from kubetutor.embedded.scheduler.deciding import Decider
from kubetutor.embedded.scheduler.decision_log import DecisionLog
from kubetutor.embedded.scheduler.preemption import CAUSE
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.scheduler.preemption import Candidate
    from kubetutor.embedded.workqueue import WorkQueue

log = logging.getLogger(__name__)

NAME = "default-scheduler"
QUIET = 1.0  # seconds in which the same failure of the same pod is told once
GATED = "Scheduling is blocked due to non-empty scheduling gates"


class Scheduler:
    name = NAME

    def __init__(self, context: Context, *, chance: random.Random | None = None) -> None:
        self._client, self._clock, self._informers = context.client, context.clock, context.informers
        self._events = context.events.as_component(NAME)
        self._nodes, self._pods = context.informers["nodes"], context.informers["pods"]
        self.decider = Decider(context.client, self._informers, chance or random.Random())  # noqa: S311  # chooses nodes, not secrets
        self._waiting_for_storage: set[str] = set()
        self._order = itertools.count()
        self._heap: list[tuple[int, int, str]] = []
        self._waiting: set[str] = set()
        self._unschedulable: dict[str, tuple[str, float]] = {}
        self.decisions = DecisionLog()

    def start(self, queue: WorkQueue) -> None:
        self._queue = queue
        self._nodes.on_change(self._on_node)
        self._pods.on_change(self._on_pod)
        for informer in self.decider.storage.informers:
            informer.on_change(lambda _: self._retry_those_with_claims())

    # ---- what waits

    def _on_node(self, change: Change) -> None:
        self.decider.cache.on_node(change)
        if change.type != "DELETED" and (
            change.old is None or _node_facts(change.old) != _node_facts(change.object)
        ):
            self._retry_all()

    def _on_pod(self, change: Change) -> None:
        made_room = self.decider.cache.on_pod(change)
        key, pod = key_of(change.object), change.object
        waits = change.type != "DELETED" and is_ours(pod)
        self.decider.note_promise(pod, waits=waits)
        if not waits:
            self._unschedulable.pop(key, None)
            self._waiting.discard(key)
            self._waiting_for_storage.discard(key)
        elif change.old is None or _pod_facts(change.old) != _pod_facts(pod):
            self._add(pod)
        if made_room:
            self._retry_all()
        elif change.type != "DELETED" and pod["spec"].get("nodeName"):
            self._retry_those_with_affinity()

    def _add(self, pod: Object) -> None:
        key = key_of(pod)
        if key not in self._waiting:
            self._waiting.add(key)
            heapq.heappush(self._heap, (-(pod["spec"].get("priority") or 0), next(self._order), key))
        self._queue.add(key)

    def _retry_all(self) -> None:
        for key in self._unschedulable:
            if (pod := self._pods.get(key)) is not None:
                self._add(pod)

    def _retry_those_with_affinity(self) -> None:
        for key in self._unschedulable:
            pod = self._pods.get(key)
            if pod is not None and (pod["spec"].get("affinity") or {}).get("podAffinity"):
                self._add(pod)

    def _retry_those_with_claims(self) -> None:
        for key in (*self._waiting_for_storage, *self._unschedulable):
            pod = self._pods.get(key)
            if pod is not None and self.decider.storage.is_asked_for_by(pod):
                self._add(pod)

    # ---- one pod

    def reconcile(self, key: str) -> float | None:
        """Schedule the pod whose turn it is. The key is a ticket: it need not be that pod's."""
        del key
        found = self._next()
        if found is None:
            return None
        try:
            self._schedule_one(found)
        except ApiError as error:
            if error.code not in {404, 409}:
                self._add(found)
                raise
        finally:
            if self._heap:
                self._queue.add(self._heap[0][2])
        return None

    def _next(self) -> Object | None:
        while self._heap:
            _, _, key = heapq.heappop(self._heap)
            if key not in self._waiting:
                continue
            self._waiting.discard(key)
            pod = self._pods.get(key)
            if pod is not None and is_ours(pod):
                return pod
        return None

    def _schedule_one(self, pod: Object) -> None:
        if pod["spec"].get("schedulingGates"):
            self._write_condition(pod, "SchedulingGated", GATED)
            return
        decision = self.decider.decide(pod)
        self.decisions.add(pod, decision, self.decider.cache.nodes, timestamp(self._clock.now()))
        self._waiting_for_storage.discard(key_of(pod))
        if decision.node is None:
            self._fail(pod, decision.message)
            if decision.room is not None:
                self._make_room(pod, decision.room)
        elif self.decider.storage.choose_node(pod, decision.node):
            self._bind(pod, decision.node)
        else:
            self._waiting_for_storage.add(key_of(pod))

    def _bind(self, pod: Object, node: str) -> None:
        now = timestamp(self._clock.now())
        entry = {
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": now,
        }
        body = {
            "metadata": {"uid": uid_of(pod)},
            "spec": {"nodeName": node},
            "status": {"conditions": list(conditions.replace(_conditions(pod), entry))},
        }
        self._client.patch("pods", name_of(pod), body, namespace=namespace_of(pod), subresource="binding")
        log.info("Successfully bound pod %s to node %s", key_of(pod), node)
        self._events.normal(pod, "Scheduled", f"Successfully assigned {key_of(pod)} to {node}")

    def _fail(self, pod: Object, message: str) -> None:
        key, now = key_of(pod), self._clock.monotonic()
        told, when = self._unschedulable.get(key, ("", 0.0))
        self._unschedulable[key] = (message, when)
        if told != message or now - when >= QUIET:
            self._unschedulable[key] = (message, now)
            self._events.warning(pod, "FailedScheduling", message)
        self._write_condition(pod, "Unschedulable", message)

    def _make_room(self, pod: Object, room: Candidate) -> None:
        """Promise the node to the pod, and delete those who must leave it."""
        body = {"metadata": {"uid": uid_of(pod)}, "status": {"nominatedNodeName": room.node}}
        self._client.patch("pods", name_of(pod), body, namespace=namespace_of(pod), subresource="status")
        for victim in room.victims:
            if not is_being_deleted(victim):
                self._take_away(victim, f"Preempted by pod {uid_of(pod)} on node {room.node}")

    def _take_away(self, victim: Object, message: str) -> None:
        try:
            mark_disrupted(self._client, victim, cause=CAUSE, now=timestamp(self._clock.now()))
            self._client.delete(
                "pods",
                name_of(victim),
                namespace=namespace_of(victim),
                options={"preconditions": {"uid": uid_of(victim)}},
            )
        except ApiError as error:
            if error.code not in {404, 409}:
                raise
            return  # it went by itself
        self._events.normal(victim, "Preempted", message)

    def _write_condition(self, pod: Object, reason: str, message: str) -> None:
        current = condition(pod, "PodScheduled") or {}
        if current.get("reason") == reason and current.get("message") == message:
            return
        entry = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": timestamp(self._clock.now()),
            "reason": reason,
            "message": message,
        }
        body = {
            "metadata": {"uid": uid_of(pod)},
            "status": {"conditions": list(conditions.replace(_conditions(pod), entry))},
        }
        self._client.patch("pods", name_of(pod), body, namespace=namespace_of(pod), subresource="status")


def is_ours(pod: Object) -> bool:
    """Say whether the pod waits for this scheduler."""
    spec = pod["spec"]
    if spec.get("nodeName") or is_being_deleted(pod) or is_pod_finished(pod):
        return False
    return bool(spec.get("schedulerName", NAME) == NAME)


def _conditions(pod: Object) -> conditions.Conditions:
    return tuple(pod.get("status", {}).get("conditions") or ())


def _node_facts(node: Object) -> tuple[object, ...]:
    """Answer everything about a node that may let a pod in."""
    spec = node.get("spec", {})
    allocatable = node.get("status", {}).get("allocatable")
    return labels_of(node), spec.get("taints"), spec.get("unschedulable"), allocatable


def _pod_facts(pod: Object) -> tuple[object, ...]:
    return labels_of(pod), pod["spec"]
