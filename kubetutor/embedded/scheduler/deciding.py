"""Decides where one pod goes, as things are now; nothing is written here.

1. Filter: every rule may rule nodes out (`filters.py`). Pods that were promised a node count as if they were on it.
2. Score the nodes that are left (`scores.py`); among the best, take one at random. A node that was promised goes first.
3. No node left: see whether pods of lower priority should make room (`preemption.py`).

Models: pkg/scheduler/schedule_one.go (schedulePod, findNodesThatFitPod).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_pod_finished, key_of, labels_of
from kubetutor.embedded.scheduler import preemption
from kubetutor.embedded.scheduler.cache import Cache, Placement, placed
from kubetutor.embedded.scheduler.decision import (
    Decision,
    Rejection,
    Verdict,
    failure_message,
    refusal_message,
)
from kubetutor.embedded.scheduler.filters import FILTERS
from kubetutor.embedded.scheduler.preemption import Candidate, priority_of
from kubetutor.embedded.scheduler.scores import SCORES, Question
from kubetutor.embedded.scheduler.storage import Storage

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.scheduler.cache import NodeInfo
    from kubetutor.embedded.scheduler.filters import Check

BUDGETS = "poddisruptionbudgets.policy"


class Decider:
    """Knows what is on each node, and which pods were promised one."""

    def __init__(self, client: Client, informers: Informers, chance: random.Random) -> None:
        self.cache, self.storage = Cache(), Storage(client, informers)
        self._informers, self._chance = informers, chance
        self._namespaces, self._budgets = informers["namespaces"], informers[BUDGETS]
        self._promised: dict[str, Placement] = {}

    def note_promise(self, pod: Object, *, waits: bool) -> None:
        """Remember the node that a waiting pod was promised; forget it when it waits no longer."""
        node = pod.get("status", {}).get("nominatedNodeName")
        if waits and node and not is_pod_finished(pod):
            self._promised[key_of(pod)] = placed(pod, node)
        else:
            self._promised.pop(key_of(pod), None)

    def decide(self, pod: Object) -> Decision:
        """Choose a node for the pod; if there is none, say why and who should make room."""
        if complaint := self.storage.complaint(pod):
            message = refusal_message(complaint, len(self.cache.nodes))
            return Decision(key_of(pod), None, (), message)
        verdicts: list[Verdict] = []
        rejections = self._filter(pod, verdicts)
        feasible = [info for name, info in self.cache.nodes.items() if name not in rejections]
        promised = pod.get("status", {}).get("nominatedNodeName")
        if promised in self.cache.nodes and promised not in rejections:
            feasible = [self.cache.nodes[promised]]
        if not feasible:
            return self._without_node(pod, rejections, tuple(verdicts))
        totals = self._score(pod, feasible, verdicts)
        best = max(totals.values())
        chosen = self._chance.choice([name for name, total in totals.items() if total == best])
        return Decision(key_of(pod), chosen, tuple(verdicts))

    def _filter(self, pod: Object, verdicts: list[Verdict]) -> dict[str, Rejection]:
        """Answer which nodes are ruled out, with the promised pods on their nodes, and without them."""
        others = [
            each
            for key, each in self._promised.items()
            if key != key_of(pod) and priority_of(each.pod) >= priority_of(pod)
        ]
        rejections = self._ruled_out(pod, verdicts)
        if not others:
            return rejections
        for each in others:
            self.cache.add(each)
        try:
            return self._ruled_out(pod, verdicts) | rejections
        finally:
            for each in others:
                self.cache.remove(each)

    def _ruled_out(self, pod: Object, verdicts: list[Verdict]) -> dict[str, Rejection]:
        checks, rejections = self._checks(pod), {}
        for name, info in self.cache.nodes.items():
            for plugin, check in checks:
                rejection = check(info)
                if rejection is not None:
                    verdicts.append(Verdict(name, plugin, passed=False, reason=", ".join(rejection.reasons)))
                    rejections[name] = rejection
                    break
        return rejections

    def _checks(self, pod: Object) -> list[tuple[str, Check]]:
        """Answer the rules that have something to say about the pod."""
        checks = [
            (plugin, check)
            for plugin, rule in FILTERS
            if (check := rule(pod, self.cache, self._labels_of_namespace)) is not None
        ]
        if (check := self.storage.check(pod)) is not None:
            checks.append(("VolumeBinding", check))
        return checks

    def _score(self, pod: Object, feasible: list[NodeInfo], verdicts: list[Verdict]) -> dict[str, float]:
        totals = {info.name: 0.0 for info in feasible}
        question = Question(pod, feasible, self.cache, self._informers, self._labels_of_namespace)
        for plugin, weight, rule in SCORES:
            scores = rule(question)
            for name, score in (scores or {}).items():
                totals[name] += weight * score
                verdicts.append(Verdict(name, plugin, passed=True, score=weight * score, weight=weight))
        return totals

    def _labels_of_namespace(self, name: str) -> Mapping[str, str]:
        namespace = self._namespaces.get(name)
        return labels_of(namespace) if namespace is not None else {}

    # ---- no node

    def _without_node(
        self, pod: Object, rejections: dict[str, Rejection], verdicts: tuple[Verdict, ...]
    ) -> Decision:
        refused = self._may_not_preempt(pod)
        tried = {} if refused else self._try_to_make_room(pod, rejections)
        candidates = [each for each in tried.values() if isinstance(each, Candidate)]
        if candidates:
            message = failure_message(rejections.values(), room=True)
            return Decision(key_of(pod), None, verdicts, message, preemption.choose(candidates))
        left = {node: each for node, each in tried.items() if isinstance(each, Rejection)}
        message = failure_message(rejections.values(), not_eligible=refused, left=left.values())
        return Decision(key_of(pod), None, verdicts, message)

    def _may_not_preempt(self, pod: Object) -> str:
        """Answer why no pod is taken away for this one, in upstream's words; nothing if one may be."""
        if pod["spec"].get("preemptionPolicy") == "Never":
            return "preemptionPolicy=Never"
        promised = pod.get("status", {}).get("nominatedNodeName")
        if promised and preemption.is_waiting_for_victims(pod, self.cache.placements_on(promised)):
            return "a terminating pod on the nominated node"
        return ""

    def _try_to_make_room(
        self, pod: Object, rejections: dict[str, Rejection]
    ) -> dict[str, Candidate | Rejection]:
        """Answer for each node where it could help who must leave, or what keeps the pod out even then."""
        budgets = tuple(self._budgets.list(None))
        tried = {}
        for node in [node for node, rejection in rejections.items() if not rejection.hopeless]:
            info = self.cache.nodes[node]

            def refusal(info: NodeInfo = info) -> Rejection | None:
                answers = (check(info) for _, check in self._checks(pod))
                return next((answer for answer in answers if answer is not None), None)

            tried[node] = preemption.find_victims(pod, node, self.cache, refusal, budgets)
        return tried
