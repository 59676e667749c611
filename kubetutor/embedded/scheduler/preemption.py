"""Makes room for a pod by taking pods of lower priority away.

1. Look at the nodes where taking pods away could help (a rule that ruled the node out is not `hopeless`).
2. On each, think all pods of lower priority away. If the pod still does not fit, the node is no candidate.
3. Put back as many as still leave room, those first that a disruption budget protects, then the most important.
   Who cannot be put back is a victim.
4. Take the node where least is lost: fewest broken budgets, then the least important victims, then the fewest.

Models: pkg/scheduler/framework/preemption/preemption.go and plugins/defaultpreemption.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    condition,
    is_being_deleted,
    key_of,
    labels_of,
    namespace_of,
)
from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.scheduler.decision import NO_VICTIMS, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.scheduler.cache import Cache, Placement

CAUSE = ("PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod")
MOST_IMPORTANT = (
    2**31
)  # added to each priority, as upstream does, so that no sum falls when a victim is added


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node, and the pods that must leave it. `broken`: how many of them a disruption budget protects."""

    node: str
    victims: tuple[Object, ...]
    broken: int = 0


def priority_of(pod: Object) -> int:
    return int(pod["spec"].get("priority") or 0)


def is_waiting_for_victims(pod: Object, on_node: Iterable[Placement]) -> bool:
    """Say whether pods that were taken away for this one are still ending on the node that it was promised."""
    return any(
        is_being_deleted(each.pod)
        and priority_of(each.pod) < priority_of(pod)
        and (condition(each.pod, "DisruptionTarget") or {}).get("reason") == CAUSE[0]
        for each in on_node
    )


def find_victims(
    pod: Object, node: str, cache: Cache, refusal: Callable[[], Rejection | None], budgets: Sequence[Object]
) -> Candidate | Rejection:
    """Answer who must leave the node for the pod to fit, or what keeps it out if not even all of lower priority are enough.

    `refusal` answers what rules the node out as the cache is, or None if the pod fits.
    """
    lower = [each for each in cache.placements_on(node) if priority_of(each.pod) < priority_of(pod)]
    if not lower:
        return Rejection((NO_VICTIMS,), hopeless=False)
    protected = _protected(lower, budgets)
    order = sorted(lower, key=lambda each: (key_of(each.pod) not in protected, *_importance(each.pod)))
    away = list(order)
    for placement in away:
        cache.remove(placement)
    try:
        if (still := refusal()) is not None:
            return still
        for placement in order:
            cache.add(placement)
            away.remove(placement)
            if refusal() is not None:
                cache.remove(placement)
                away.append(placement)
        victims = tuple(each.pod for each in away)
    finally:
        for placement in away:
            cache.add(placement)
    broken = sum(1 for victim in victims if key_of(victim) in protected)
    return Candidate(node, victims, broken)


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Answer the candidate that costs least. There must be one."""
    return min(candidates, key=_cost)


def _cost(candidate: Candidate) -> tuple[float, ...]:
    priorities = [priority_of(pod) for pod in candidate.victims]
    highest = max(priorities, default=-MOST_IMPORTANT)
    started = [_age(pod) for pod in candidate.victims if priority_of(pod) == highest]
    total = sum(each + MOST_IMPORTANT for each in priorities)
    # Of equals, those victims who started last: they have the least to lose.
    return candidate.broken, highest, total, len(candidate.victims), -min(started, default=0.0)


def _importance(pod: Object) -> tuple[float, ...]:
    """Sort key: the most important first, of equals the one that started first."""
    return -priority_of(pod), _age(pod)


def _age(pod: Object) -> float:
    """Answer when the pod started, in a form that sorts; one that did not start yet comes last."""
    started = pod.get("status", {}).get("startTime")
    return float("".join(filter(str.isdigit, started))) if started else float("inf")


def _protected(placements: Iterable[Placement], budgets: Sequence[Object]) -> set[str]:
    """Answer the keys of the pods that a budget does not let go."""
    left = Counter({key_of(each): each.get("status", {}).get("disruptionsAllowed", 0) for each in budgets})
    protected = set()
    for placement in sorted(placements, key=lambda each: _importance(each.pod)):
        mine = [each for each in budgets if _covers(each, placement.pod)]
        left.subtract(key_of(each) for each in mine)
        if any(left[key_of(each)] < 0 for each in mine):
            protected.add(key_of(placement.pod))
    return protected


def _covers(budget: Object, pod: Object) -> bool:
    """Say whether the budget speaks of the pod. An empty selector means no pod here, as upstream has it."""
    selector = budget["spec"].get("selector")
    if not selector or namespace_of(budget) != namespace_of(pod):
        return False
    return matches(from_selector(selector), labels_of(pod))
