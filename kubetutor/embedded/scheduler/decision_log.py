"""The newest decisions, as who looks at the scheduler may read them: node, plugin, verdict.

They are kept in memory only, so they end with the scheduler. `control_plane.py` lets the API server answer them at
`/debug/scheduler/decisions`, for that is where a real API server has what helps to find out what it does: a path
that is no resource and that discovery does not name, for those who may read such paths. An annotation on the pod
would show in `kubectl get -o yaml`, where a real cluster has none; an API group of its own would show in discovery.

Unlike upstream: nobody can ask a real scheduler how it decided; it writes that into its log, with `-v=10`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import key_of, uid_of
from kubetutor.embedded.scheduler.filters import FILTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kubetutor.api.objects import Object
    from kubetutor.embedded.scheduler.decision import Decision

KEPT = 200
ORDER = (*(plugin for plugin, _ in FILTERS), "VolumeBinding")
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One decision, the nodes that there were, and when (RFC 3339)."""

    uid: str
    decision: Decision
    nodes: tuple[str, ...]
    when: str


class DecisionLog:
    """Keeps the newest attempts. They are written as JSON only when somebody reads them."""

    def __init__(self, kept: int = KEPT) -> None:
        self.attempts: deque[Attempt] = deque(maxlen=kept)

    def add(self, pod: Object, decision: Decision, nodes: Iterable[str], when: str) -> None:
        self.attempts.append(Attempt(uid_of(pod), decision, tuple(nodes), when))

    def read(self, query: Mapping[str, str]) -> dict[str, list[Entry]]:
        """Answer the decisions about the pod with this `uid`, or about all pods; the newest first."""
        uid = query.get("uid")
        return {"decisions": [entry_of(each) for each in reversed(self.attempts) if uid in {None, each.uid}]}


def entry_of(attempt: Attempt) -> Entry:
    """Write a decision as JSON. A node with `rejectedBy` passed all filters that stand before that one."""
    decision = attempt.decision
    verdicts: dict[str, Entry] = {name: {"scores": {}} for name in attempt.nodes}
    for verdict in decision.verdicts:
        row = verdicts.setdefault(verdict.node, {"scores": {}})
        if verdict.score is not None:
            score = {"score": verdict.score / verdict.weight, "weight": verdict.weight}
            row["scores"][verdict.plugin] = score
        elif not verdict.passed:  # asked twice, with promised pods and without: the first answer counts
            row.setdefault("rejectedBy", verdict.plugin)
            row.setdefault("reason", verdict.reason)
    entry: Entry = {
        "pod": decision.pod, "uid": attempt.uid, "time": attempt.when, "node": decision.node,
        "message": decision.message, "filters": list(ORDER), "nodes": verdicts,
    }  # fmt: skip
    if decision.room is not None:
        victims = [key_of(victim) for victim in decision.room.victims]
        entry["nominated"] = {"node": decision.room.node, "victims": victims}
    return entry
