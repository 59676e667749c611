"""What to do about one autoscaler: decided from what was seen, without doing anything.

Models: pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler, computeReplicasForMetrics).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.autoscaling.metrics import MetricError, Reading, Seen, read
from kubetutor.embedded.controllers.autoscaling.rules import (
    Allowed,
    History,
    Limits,
    allow,
    allow_by_behavior,
)

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object

ABLE, ACTIVE, LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"
GOT_SCALE = "the HPA controller was able to get the target's current scale"
NO_SCALE = "the HPA controller was unable to get the target's current scale: {error}"
SCALED = "the HPA controller was able to update the target scale to {replicas}"
NOT_SCALED = "the HPA controller was unable to update the target scale: {error}"
COUNTED = "the HPA was able to successfully calculate a replica count from {name}"
NOT_COUNTED = "the HPA was unable to compute the replica count: {error}"
DISABLED = "scaling is disabled since the replica count of the target is zero"


@dataclass(slots=True)
class Status:
    """The status as it becomes."""

    fields: Object
    now: dt.datetime
    warnings: list[tuple[str, str]] = field(default_factory=list)

    def say(self, kind: str, value: bool, reason: str, message: str) -> None:
        """Set a condition, in its place; its time is that of the last change of its value."""
        status = "True" if value else "False"
        old = list(self.fields.get("conditions") or ())
        at = next((index for index, entry in enumerate(old) if entry["type"] == kind), len(old))
        before = old[at] if at < len(old) else {}
        same = before.get("status") == status
        since = before.get("lastTransitionTime") if same else timestamp(self.now)
        entry = {"type": kind, "status": status, "lastTransitionTime": since}
        old[at : at + 1] = [{**entry, "reason": reason, "message": message}]
        self.fields = {**self.fields, "conditions": old}

    def show(self, **values: Any) -> None:
        self.fields = {**self.fields, **values}

    def warn(self, reason: str, message: str) -> None:
        self.warnings.append((reason, message))


@dataclass(frozen=True, slots=True)
class Plan:
    """Scale to so many `replicas` (None: leave it), because of `why`. `recommended` is what the metrics asked for."""

    status: Status
    replicas: int | None = None
    why: str = ""
    recommended: int | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What was recommended and done before, and what time it is there: seconds that never jump."""

    history: History
    now: float
    window: float


def plan_scale(seen: Seen, memory: Memory, status: Status) -> Plan:
    """Decide. `seen.replicas` are those that the target's scale asks for now."""
    spec, current = seen.autoscaler["spec"], seen.replicas
    limits = Limits(spec.get("minReplicas", 1), spec["maxReplicas"])
    status.say(ABLE, True, "SucceededGetScale", GOT_SCALE)
    status.show(currentReplicas=current)
    if current == 0:
        status.say(ACTIVE, False, "ScalingDisabled", DISABLED)
        status.show(desiredReplicas=0, currentMetrics=None)
        return Plan(status, why="the target has no replicas")
    if current > limits.most:
        return _to_limit(status, limits.most, "Current number of replicas above Spec.MaxReplicas")
    if current < limits.least:
        return _to_limit(status, limits.least, "Current number of replicas below Spec.MinReplicas")
    chosen = _choose(seen, status)
    if chosen is None:
        return Plan(status, why="no metric can be had")
    return _follow(chosen, seen, memory, status)


def _to_limit(status: Status, replicas: int, why: str) -> Plan:
    status.show(currentMetrics=None)
    return Plan(status, replicas, why)


def _follow(chosen: Reading, seen: Seen, memory: Memory, status: Status) -> Plan:
    current, wanted = seen.replicas, max(chosen.replicas, 0)
    allowed = _allowed(wanted, seen, memory)
    status.say(ABLE, True, *allowed.able)
    status.say(LIMITED, allowed.is_limited, *allowed.limited)
    if allowed.replicas == current:
        status.show(desiredReplicas=current)
        return Plan(status, why="as wanted", recommended=wanted)
    why = f"{chosen.name} above target" if wanted > current else ""
    if wanted < current:
        why = "All metrics below target"
    return Plan(status, allowed.replicas, why, wanted)


def _allowed(wanted: int, seen: Seen, memory: Memory) -> Allowed:
    spec = seen.autoscaler["spec"]
    limits = Limits(spec.get("minReplicas", 1), spec["maxReplicas"])
    rest: dict[str, Any] = {"limits": limits, "history": memory.history}
    rest |= {"now": memory.now, "window": memory.window}
    if spec.get("behavior"):
        return allow_by_behavior(seen.replicas, wanted, spec["behavior"], **rest)
    return allow(seen.replicas, wanted, **rest)


def _choose(seen: Seen, status: Status) -> Reading | None:
    """Take the metric that asks for the most. None when there is none, or when one that failed could forbid going down."""
    metrics = seen.autoscaler["spec"]["metrics"]
    readings: list[Reading] = []
    failures: list[MetricError] = []
    shown: list[Object] = []
    for metric in metrics:
        try:
            readings.append(read(metric, seen))
            shown.append(readings[-1].status)
        except MetricError as failure:
            failures.append(failure)
            shown.append({"type": ""})
            status.warn(failure.reason, str(failure))
    status.show(currentMetrics=shown)
    best = max(readings, key=lambda reading: reading.replicas, default=None)
    if best is not None and not (failures and best.replicas < seen.replicas):
        status.say(ACTIVE, True, "ValidMetricFound", COUNTED.format(name=best.name))
        return best
    first = failures[0]
    status.say(ACTIVE, False, first.reason, NOT_COUNTED.format(error=first))
    status.warn(
        "FailedComputeMetricsReplicas",
        f"invalid metrics ({len(failures)} invalid out of {len(metrics)}), first error is: {first.whole}",
    )
    return None
