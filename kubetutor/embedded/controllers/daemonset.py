"""Keeps one pod on every node that fits.

1. Claim the pods that the selector matches; find or make the revision of today's template (`controller_history.py`).
2. Decide which nodes lack a pod and which pods must go (`daemonset_plan.py`). If there is nothing to do, and the
   strategy is RollingUpdate, take its next step. With OnDelete a pod of an old revision stays until somebody deletes it.
3. Carry it out. A pod that failed goes after a wait that grows.
4. Drop the oldest revisions beyond revisionHistoryLimit, and write the status.

Nodes come, go, change their labels and taints: each time those DaemonSets look again that have something to do there.
A taint that only keeps new pods out is not noticed, also not in the status, until something else happens.
Models: pkg/controller/daemon/daemon_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    is_being_deleted,
    key_of,
    labels_of,
    name_of,
    uid_of,
)
from kubetutor.embedded.controllers.controller_history import POD_LABEL, History, Revisions, plan_clean_up
from kubetutor.embedded.controllers.daemonset_plan import (
    Plan,
    View,
    by_node,
    daemon_set_status,
    plan_pods,
    plan_rolling,
)
from kubetutor.embedded.controllers.daemonset_pods import new_pod, should_run
from kubetutor.embedded.controllers.failed_pods import FailedPods
from kubetutor.embedded.controllers.ownership import Claim, Orphans, queue_owners
from kubetutor.embedded.controllers.pod_control import PodControl

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.controllers.pod_control import Failure
    from kubetutor.embedded.workqueue import WorkQueue

DAEMON_SETS = "daemonsets.apps"


class DaemonSetController:
    name = "daemonset-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._events = context.events.as_component(self.name)
        self._daemon_sets = context.informers[DAEMON_SETS]
        self._pods, self._nodes = context.informers["pods"], context.informers["nodes"]
        self._claim = Claim(self._client, "pods", self._pods, Orphans(self._pods))
        self._pod_control = PodControl(self._client, self._events)
        self._history = History(context, hash_label=POD_LABEL)
        self._failed = FailedPods()

    def start(self, queue: WorkQueue) -> None:
        self._daemon_sets.on_change(lambda change: queue.add(key_of(change.object)))
        self._pods.on_change(lambda change: queue_owners(change, queue, "DaemonSet", self._daemon_sets))
        self._nodes.on_change(lambda change: self._on_node(change, queue))

    def _on_node(self, change: Change, queue: WorkQueue) -> None:
        if (
            change.type != "DELETED"
            and change.old is not None
            and _facts(change.old) == _facts(change.object)
        ):
            return
        for daemon_set in self._daemon_sets.list():
            if change.type == "DELETED" or self._has_to_do(daemon_set, change.object):
                queue.add(key_of(daemon_set))

    def _has_to_do(self, daemon_set: Object, node: Object) -> bool:
        """Say whether a node that has changed lacks a pod, has one too many, or may end a pod's being in the wrong place."""
        runs, stays = should_run(daemon_set, node)
        if not any(
            pod["spec"].get("nodeName") == name_of(node)
            for pod in self._pods.controlled_by(uid_of(daemon_set))
        ):
            return runs
        return not stays or daemon_set.get("status", {}).get("numberMisscheduled", 0) > 0

    def reconcile(self, key: str) -> float | None:
        daemon_set = self._daemon_sets.get(key)
        if daemon_set is None:
            return None
        self._claim.of(daemon_set)
        if is_being_deleted(daemon_set):
            return None
        revisions = self._history.settle(daemon_set)
        failure, wait = self._step(self._look(daemon_set, revisions))
        if failure is None:
            self._clean_up(daemon_set, revisions)
        again = self._write_status(key, revisions)
        if failure is not None and failure.error is not None:
            raise failure.error
        return min((each for each in (wait, again) if each is not None), default=None)

    def _look(self, daemon_set: Object, revisions: Revisions) -> View:
        return View(
            daemon_set,
            self._history.hash_of(revisions.current),
            tuple(self._nodes.list()),
            self._clock.now(),
            by_node(self._pods.controlled_by(uid_of(daemon_set))),
        )

    def _step(self, view: View) -> tuple[Failure | None, float | None]:
        """Do what there is to do; answer the first failure, and when a failed pod may go."""
        plan = plan_pods(view)
        waits = [self._end(view, pod) for pod in plan.ended]
        again = min((wait for wait in waits if wait), default=None)
        strategy = (view.daemon_set["spec"].get("updateStrategy") or {}).get("type")
        is_busy = plan.create or plan.delete or 0.0 in waits
        if not is_busy and strategy == "RollingUpdate":
            plan = plan_rolling(view)
        return self._carry_out(view, plan), again

    def _end(self, view: View, pod: Object) -> float:
        """Delete a pod that has ended; answer how long to wait instead, if it failed and others did before."""
        node, owner = pod["spec"].get("nodeName", ""), view.daemon_set
        if pod["status"]["phase"] == "Succeeded":
            message = f"Found succeeded daemon pod {key_of(pod)} on node {node}, will try to delete it"
            self._events.normal(owner, "SucceededDaemonPod", message)
        else:
            generation = owner.get("status", {}).get("observedGeneration", 0)
            key = f"{uid_of(owner)}/{generation}/{node}"
            if wait := self._failed.seconds_left(key, self._clock.monotonic()):
                return wait
            message = f"Found failed daemon pod {key_of(pod)} on node {node}, will try to kill it"
            self._events.warning(owner, "FailedDaemonPod", message)
        self._pod_control.delete(owner, pod)
        return 0.0

    def _carry_out(self, view: View, plan: Plan) -> Failure | None:
        for node in plan.create:
            pod = new_pod(view.daemon_set, node, view.hash)
            if failure := self._pod_control.create(view.daemon_set, pod):
                return failure
        for pod in plan.delete:
            if failure := self._pod_control.delete(view.daemon_set, pod):
                return failure
        return None

    def _clean_up(self, daemon_set: Object, revisions: Revisions) -> None:
        live = {labels_of(pod).get(POD_LABEL) for pod in self._pods.controlled_by(uid_of(daemon_set))}
        limit = daemon_set["spec"].get("revisionHistoryLimit")
        self._history.delete(
            plan_clean_up(revisions.old, limit, lambda each: self._history.hash_of(each) in live)
        )

    def _write_status(self, key: str, revisions: Revisions) -> float | None:
        daemon_set = self._daemon_sets.get(key)
        if daemon_set is None:
            return None
        status, again = daemon_set_status(self._look(daemon_set, revisions))
        status["observedGeneration"] = daemon_set["metadata"].get("generation", 0)
        if revisions.collisions:
            status["collisionCount"] = revisions.collisions
        if status != daemon_set.get("status"):
            self._client.update(DAEMON_SETS, {**daemon_set, "status": status}, subresource="status")
        return again


def _facts(node: Object) -> tuple[object, ...]:
    """Answer everything about a node that says whether a daemon runs there."""
    return name_of(node), labels_of(node), node.get("spec", {}).get("taints")
