"""What the scheduler decided about a pod, and what each rule said about each node.

Models: pkg/scheduler/framework/types.go (FitError).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.embedded.scheduler.preemption import Candidate

NO_NODES = "no nodes available to schedule pods"
NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a filter rules a node out. `hopeless`: not even removing other pods would help."""

    reasons: tuple[str, ...]
    hopeless: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one plugin said about one node: a filter passes or not, a score is 0 to 100 times its `weight`."""

    node: str
    plugin: str
    passed: bool
    reason: str = ""
    score: float | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """The node for a pod, or None and the message that says why there is none. `room`: who must leave for it."""

    pod: str
    node: str | None
    verdicts: tuple[Verdict, ...]
    message: str = ""
    room: Candidate | None = None


def failure_message(
    rejections: Iterable[Rejection],
    *,
    not_eligible: str = "",
    room: bool = False,
    left: Iterable[Rejection] = (),
) -> str:
    """Count the reasons of all nodes, as FailedScheduling says them.

    `not_eligible` says why no pod is taken away for this one; with `room`, some are, and nothing more is to be said.
    `left` is what keeps the pod out of nodes even if all pods of lower priority went.
    """
    rejections = tuple(rejections)
    total = len(rejections)
    if total == 0:
        return NO_NODES
    reasons = Counter(reason for rejection in rejections for reason in rejection.reasons)
    message = _available(total, reasons)
    if room:
        return message
    if not_eligible:
        return f"{message} no new claims to deallocate, preemption: not eligible due to {not_eligible}."
    outlook = Counter(reason for rejection in left for reason in rejection.reasons)
    outlook[NOT_HELPFUL] = sum(rejection.hopeless for rejection in rejections)
    return f"{message} no new claims to deallocate, preemption: {_available(total, outlook)}"


def refusal_message(complaint: str, nodes: int) -> str:
    """Say what keeps a pod from all nodes alike, as FailedScheduling says it: upstream then finds no node to preempt on."""
    return f"0/{nodes} nodes are available: {complaint}. not found" if nodes else NO_NODES


def _available(total: int, reasons: Counter[str]) -> str:
    counted = sorted(f"{count} {reason}" for reason, count in reasons.items() if count)
    return f"0/{total} nodes are available: {', '.join(counted)}."
