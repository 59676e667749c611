"""How far and how fast an autoscaler may go: stabilisation, policies, limits.

1. Stabilise: on the way down, take the highest recommendation of the last minutes; on the way up, the lowest.
2. Limit the speed: a policy allows so many pods, or so many percent, in a period. `Max` takes the policy that allows
   the most, `Min` the one that allows the least, `Disabled` allows nothing.
3. Keep within minReplicas and maxReplicas.

Without `behavior`, the rules are: down by the highest recommendation, up to the double or to 4.
Models: pkg/controller/podautoscaler/horizontal.go (normalizeDesiredReplicas...).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

UP_FACTOR, UP_AT_LEAST = 2, 4
LONGEST = 3600.0  # seconds: neither windows nor periods are longer
WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
UP_LIMIT = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
DOWN_LIMIT = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
READY = ("ReadyForNewScale", "recommended size matches current size")
UP_STABILIZED = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
DOWN_STABILIZED = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened: a recommendation, or a change of so many replicas, up or down. `at` in seconds."""

    at: float
    value: int


@dataclass(slots=True)
class History:
    """What one autoscaler remembers."""

    recommendations: list[Moment] = field(default_factory=list)
    changes: list[Moment] = field(default_factory=list)

    def recommend(self, replicas: int, now: float) -> None:
        self.recommendations = [*_since(self.recommendations, now - LONGEST), Moment(now, replicas)]

    def change(self, by: int, now: float) -> None:
        self.changes = [*_since(self.changes, now - LONGEST), Moment(now, by)]


@dataclass(frozen=True, slots=True)
class Limits:
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """How many replicas there may be, and why: (reason, message) for AbleToScale and for ScalingLimited."""

    replicas: int
    able: tuple[str, str]
    limited: tuple[str, str]

    @property
    def is_limited(self) -> bool:
        return self.limited != WITHIN


def allow(
    current: int, wanted: int, *, limits: Limits, history: History, now: float, window: float
) -> Allowed:
    """Decide without `behavior`. `window` is for the way down."""
    recent = [moment.value for moment in history.recommendations if moment.at >= now - window]
    stable = max([wanted, *recent])
    able = READY if stable == wanted else DOWN_STABILIZED
    fastest = max(UP_FACTOR * current, UP_AT_LEAST)
    most, why = (fastest, UP_LIMIT) if limits.most > fastest else (limits.most, TOO_MANY)
    if stable < limits.least:
        return Allowed(limits.least, able, TOO_FEW)
    if stable > most:
        return Allowed(most, able, why)
    return Allowed(stable, able, WITHIN)


def allow_by_behavior(  # noqa: PLR0913  # the sum of what a decision rests on
    current: int,
    wanted: int,
    behavior: Object,
    *,
    limits: Limits,
    history: History,
    now: float,
    window: float,
) -> Allowed:
    """Decide by `behavior`. `window` is for the way down if it does not say."""
    up, down = behavior["scaleUp"], behavior["scaleDown"]
    stable = _stabilized(current, wanted, history, now, windows=(_window(up, 0), _window(down, window)))
    able = READY
    if stable != wanted:
        able = UP_STABILIZED if wanted >= current else DOWN_STABILIZED
    if stable > current:
        fastest = max(_up_limit(current, up, history, now), current)
        most, why = (fastest, UP_LIMIT) if limits.most > fastest else (limits.most, TOO_MANY)
        return Allowed(most, able, why) if stable > most else Allowed(stable, able, WITHIN)
    if stable < current:
        fastest = min(_down_limit(current, down, history, now), current)
        least, why = (fastest, DOWN_LIMIT) if limits.least < fastest else (limits.least, TOO_FEW)
        return Allowed(least, able, why) if stable < least else Allowed(stable, able, WITHIN)
    return Allowed(stable, able, WITHIN)


def _window(rules: Object, default: float) -> float:
    seconds = rules.get("stabilizationWindowSeconds")
    return default if seconds is None else float(seconds)


def _stabilized(
    current: int, wanted: int, history: History, now: float, *, windows: tuple[float, float]
) -> int:
    recent_up = _since(history.recommendations, now - windows[0])
    recent_down = _since(history.recommendations, now - windows[1])
    lowest = min([wanted, *(moment.value for moment in recent_up)])
    highest = max([wanted, *(moment.value for moment in recent_down)])
    return min(max(current, lowest), highest)


def _since(moments: Iterable[Moment], start: float) -> list[Moment]:
    return [moment for moment in moments if moment.at > start]


def _up_limit(current: int, rules: Object, history: History, now: float) -> int:
    if rules.get("selectPolicy") == "Disabled":
        return current
    proposals: list[int] = []
    for policy in rules["policies"]:
        start = _at_start_of(policy, current, history, now)
        by_percent = math.ceil(start * (1 + policy["value"] / 100))
        proposals.append(start + policy["value"] if policy["type"] == "Pods" else by_percent)
    return min(proposals) if rules.get("selectPolicy") == "Min" else max(proposals)


def _down_limit(current: int, rules: Object, history: History, now: float) -> int:
    if rules.get("selectPolicy") == "Disabled":
        return current
    proposals: list[int] = []
    for policy in rules["policies"]:
        start = _at_start_of(policy, current, history, now)
        by_percent = int(start * (1 - policy["value"] / 100))
        proposals.append(start - policy["value"] if policy["type"] == "Pods" else by_percent)
    return max(proposals) if rules.get("selectPolicy") == "Min" else min(proposals)


def _at_start_of(policy: Object, current: int, history: History, now: float) -> int:
    """Answer how many replicas there were when the policy's period began."""
    changed: int = sum(moment.value for moment in _since(history.changes, now - policy["periodSeconds"]))
    return current - changed
