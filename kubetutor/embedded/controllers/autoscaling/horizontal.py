"""Makes a workload as large as its load asks for.

1. Every 15 seconds (see `timings.py`), and not at once when something changes: look at each autoscaler.
2. Read the scale of its target, and which pods that selects.
3. Each metric proposes a number of replicas (`calculator`); the highest counts.
4. Stabilise it, limit its speed, keep it within minReplicas and maxReplicas (`rules`).
5. Write the scale if it is another one, and the status in any case: conditions, what was seen, when it last scaled.

Models: pkg/controller/podautoscaler/horizontal.go.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from kubetutor.api.kinds import KINDS, Kind
from kubetutor.api.objects import key_of, labels_of, namespace_of
from kubetutor.api.selectors import Requirements, matches, parse_labels
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.autoscaling.calculator import Patience
from kubetutor.embedded.controllers.autoscaling.metrics import Seen
from kubetutor.embedded.controllers.autoscaling.plan import (
    ABLE,
    ACTIVE,
    NO_SCALE,
    NOT_SCALED,
    SCALED,
    Memory,
    Plan,
    Status,
    plan_scale,
)
from kubetutor.embedded.controllers.autoscaling.rules import History
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
NOT_SCALABLE = "the server could not find the requested resource"


class PodMetrics(Protocol):
    """What the metrics server knows of pods now."""

    def pods(self, namespace: str | None, requirements: Requirements) -> list[Object]: ...


class HorizontalController:
    name = "horizontal-pod-autoscaler-controller"

    def __init__(self, context: Context, metrics: PodMetrics) -> None:
        self._client, self._clock, self._metrics = context.client, context.clock, metrics
        self._events = context.events.as_component("horizontal-pod-autoscaler")
        self._autoscalers, self._pods = context.informers[AUTOSCALERS], context.informers["pods"]
        timings = context.timings
        self._period, self._window = timings.autoscaler_sync, timings.autoscaler_downscale
        self._patience = Patience(timings.autoscaler_cpu_start, timings.autoscaler_first_readiness)
        self._histories: defaultdict[str, History] = defaultdict(History)
        self._selectors: dict[str, Requirements] = {}

    def start(self, queue: WorkQueue) -> None:
        self._autoscalers.on_change(lambda change: queue.add_after(key_of(change.object), self._period))

    def reconcile(self, key: str) -> float | None:
        autoscaler = self._autoscalers.get(key)
        if autoscaler is None:
            self._histories.pop(key, None)
            self._selectors.pop(key, None)
            return None
        status = Status(autoscaler.get("status") or {}, self._clock.now())
        self._scale(autoscaler, status)
        for reason, message in status.warnings:
            self._events.warning(autoscaler, reason, message)
        if status.fields != autoscaler.get("status"):
            self._client.update(AUTOSCALERS, {**autoscaler, "status": status.fields}, subresource="status")
        return self._period

    def _scale(self, autoscaler: Object, status: Status) -> None:
        try:
            kind = kind_of_target(autoscaler["spec"]["scaleTargetRef"])
            scale = self._client.get(
                kind.resource,
                autoscaler["spec"]["scaleTargetRef"]["name"],
                namespace=namespace_of(autoscaler),
                subresource="scale",
            )
        except ApiError as error:
            status.warn("FailedGetScale", str(error))
            status.say(ABLE, False, "FailedGetScale", NO_SCALE.format(error=error))
            return
        replicas: int = scale["spec"].get("replicas", 0)
        history, now = self._histories[key_of(autoscaler)], self._clock.monotonic()
        if not history.recommendations:
            history.recommend(replicas, now)
        plan = self._plan(autoscaler, scale, replicas, status)
        if plan is None:
            return
        if plan.recommended is not None:
            history.recommend(plan.recommended, now)
        if plan.replicas is not None:
            self._carry_out(plan.replicas, plan.why, autoscaler, kind, status)

    def _plan(self, autoscaler: Object, scale: Object, replicas: int, status: Status) -> Plan | None:
        key, namespace = key_of(autoscaler), namespace_of(autoscaler)
        requirements = parse_labels(scale["status"].get("selector", ""))
        self._selectors[key] = requirements
        pods = [pod for pod in self._pods.list(namespace) if matches(requirements, labels_of(pod))]
        if replicas and (others := self._rivals(namespace, pods)):
            self._refuse(status, replicas, scale["status"]["selector"], others)
            return None
        measured = self._metrics.pods(namespace, requirements)
        seen = Seen(autoscaler, replicas, pods, measured, self._patience, self._clock.now())
        memory = Memory(self._histories[key], self._clock.monotonic(), self._window)
        return plan_scale(seen, memory, status)

    def _rivals(self, namespace: str | None, pods: list[Object]) -> list[str]:
        """Answer the autoscalers that select these pods if they are more than one."""
        keys = [
            key
            for key, requirements in self._selectors.items()
            if key.startswith(f"{namespace}/") and any(matches(requirements, labels_of(pod)) for pod in pods)
        ]
        return sorted(keys) if len(keys) > 1 else []

    @staticmethod
    def _refuse(status: Status, replicas: int, selector: str, rivals: list[str]) -> None:
        message = f"pods by selector {selector} are controlled by multiple HPAs: [{' '.join(rivals)}]"
        status.say(ACTIVE, False, "AmbiguousSelector", message)
        status.show(currentReplicas=replicas, currentMetrics=None)
        status.warn("AmbiguousSelector", message)
        status.warn("FailedComputeMetricsReplicas", message)

    def _carry_out(self, replicas: int, why: str, autoscaler: Object, kind: Kind, status: Status) -> None:
        name, namespace = autoscaler["spec"]["scaleTargetRef"]["name"], namespace_of(autoscaler)
        body = {"spec": {"replicas": replicas}}
        try:
            self._client.patch(kind.resource, name, body, namespace=namespace, subresource="scale")
        except ApiError as error:
            status.warn("FailedRescale", f"New size: {replicas}; reason: {why}; error: {error}")
            status.say(ABLE, False, "FailedUpdateScale", NOT_SCALED.format(error=error))
            return
        status.say(ABLE, True, "SucceededRescale", SCALED.format(replicas=replicas))
        self._events.normal(autoscaler, "SuccessfulRescale", f"New size: {replicas}; reason: {why}")
        before = status.fields["currentReplicas"]
        self._histories[key_of(autoscaler)].change(replicas - before, self._clock.monotonic())
        status.show(desiredReplicas=replicas, lastScaleTime=timestamp(self._clock.now()))


def kind_of_target(reference: Object) -> Kind:
    """Answer the kind that is to be scaled. Raises ApiError 404 in upstream's words."""
    group, name = reference.get("apiVersion", "").rpartition("/")[0], reference["kind"]
    found = [kind for kind in KINDS if (kind.group, kind.kind) == (group, name)]
    if not found:
        raise ApiError(404, "NotFound", f'no matches for kind "{name}" in group "{group}"')
    if "scale" not in found[0].subresources:
        raise ApiError(404, "NotFound", NOT_SCALABLE)
    return found[0]
