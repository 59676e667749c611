"""Says in the status of each PodDisruptionBudget how many of its pods may be evicted now.

1. Find the pods that the budget's selector names, and how many there should be.
2. Work out how many must stay: `minAvailable`, or what should be there without `maxUnavailable`.
3. Count those that are ready and stay. As many as are more than that may go.

Evictions go by this status: the API server takes one off before it lets a pod go.
Models: pkg/controller/disruption/disruption.go.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    controller_of,
    is_being_deleted,
    is_pod_ready,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers import conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

SCALED = {  # kinds of controllers that say how many pods they want, and where they are found
    "Deployment": "deployments.apps",
    "ReplicaSet": "replicasets.apps",
    "ReplicationController": "replicationcontrollers",
    "StatefulSet": "statefulsets.apps",
}


class DisruptionBudgetController:
    name = "disruption-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._budgets, self._pods = (
            context.informers["poddisruptionbudgets.policy"],
            context.informers["pods"],
        )
        self._owners = {kind: context.informers[resource] for kind, resource in SCALED.items()}
        self._queue: WorkQueue | None = None

    def start(self, queue: WorkQueue) -> None:
        self._queue = queue
        self._budgets.on_change(lambda change: queue.add(key_of(change.object)))
        self._pods.on_change(self._look_again)
        for owners in self._owners.values():
            owners.on_change(self._look_again)

    def reconcile(self, key: str) -> float | None:
        budget = self._budgets.get(key)
        if budget is None:
            return None
        old = budget.get("status") or {}
        pods = self._pods_of(budget)
        status = plan_status(budget, pods, self._expected(budget, pods))
        allowed = self._condition(budget, is_enough=status["disruptionsAllowed"] > 0)
        status["observedGeneration"] = budget["metadata"].get("generation", 1)
        status["conditions"] = list(conditions.replace(tuple(old.get("conditions") or ()), allowed))
        if changes := {field: value for field, value in status.items() if old.get(field) != value}:
            self._client.patch(
                "poddisruptionbudgets.policy",
                name_of(budget),
                {"status": changes},
                namespace=namespace_of(budget),
                subresource="status",
            )
        return None

    def _condition(self, budget: Object, *, is_enough: bool) -> Object:
        return {
            "type": "DisruptionAllowed",
            "status": "True" if is_enough else "False",
            "observedGeneration": budget["metadata"].get("generation", 1),
            "lastTransitionTime": timestamp(self._clock.now()),
            "reason": "SufficientPods" if is_enough else "InsufficientPods",
            "message": "",
        }

    def _pods_of(self, budget: Object) -> list[Object]:
        wanted = from_selector(budget["spec"].get("selector"))
        return [pod for pod in self._pods.list(namespace_of(budget)) if matches(wanted, labels_of(pod))]

    def _expected(self, budget: Object, pods: Sequence[Object]) -> int:
        """Answer how many pods there should be: those there are if a number of them must stay, else what is asked for."""
        if isinstance(budget["spec"].get("minAvailable"), int):
            return len(pods)
        owners = {uid_of(owner): owner for owner in map(self._owner, pods) if owner is not None}
        return sum(owner["spec"].get("replicas", 1) for owner in owners.values())

    def _owner(self, pod: Object) -> Object | None:
        """Answer who says how many pods like this one there should be: a deployment rather than its replica set."""
        found, reference = None, controller_of(pod)
        while reference is not None and reference["kind"] in self._owners:
            owner = self._owners[reference["kind"]].get(f"{namespace_of(pod)}/{reference['name']}")
            if owner is None or uid_of(owner) != reference["uid"]:
                break
            found, reference = owner, controller_of(owner)
        return found

    def _look_again(self, change: Change) -> None:
        """Look at all budgets of the namespace: a pod may have had other labels before."""
        if self._queue is not None:
            for budget in self._budgets.list(namespace_of(change.object)):
                self._queue.add(key_of(budget))


def plan_status(budget: Object, pods: Sequence[Object], expected: int) -> Object:
    """Work out the numbers of the status. A share of the pods is rounded up."""
    spec = budget["spec"]
    if "maxUnavailable" in spec:
        desired = max(0, expected - _number(spec["maxUnavailable"], expected))
    else:
        desired = _number(spec.get("minAvailable", 0), expected)
    healthy = sum(1 for pod in pods if is_pod_ready(pod) and not is_being_deleted(pod))
    return {
        "expectedPods": expected,
        "desiredHealthy": desired,
        "currentHealthy": healthy,
        "disruptionsAllowed": max(0, healthy - desired) if expected > 0 else 0,
    }


def _number(amount: int | str, whole: int) -> int:
    return amount if isinstance(amount, int) else ceil(int(amount.rstrip("%")) * whole / 100)
