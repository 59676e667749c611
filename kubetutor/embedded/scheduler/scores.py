"""Rules that say where a pod is better placed: 0 to 100 for each node, times the rule's weight.

Unlike upstream: no ImageLocality, for images are the same on all nodes here.
Models: pkg/scheduler/framework/plugins (noderesources, tainttoleration, nodeaffinity, interpodaffinity/scoring.go,
podtopologyspread/scoring.go); weights from pkg/scheduler/apis/config/v1/default_plugins.go.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.objects import namespace_of
from kubetutor.api.taints import tolerates
from kubetutor.embedded.scheduler.affinity import (
    affinity_of,
    count_for_term,
    preferred_terms,
    required_terms,
    term_matches,
)
from kubetutor.embedded.scheduler.resources import assumed_requests, pod_requests
from kubetutor.embedded.scheduler.spread import HOSTNAME, constraints_of, default_constraints

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.scheduler.affinity import NamespaceLabels
    from kubetutor.embedded.scheduler.cache import Cache, NodeInfo
    from kubetutor.embedded.scheduler.spread import Constraint

BEST = 100
COMPARED = ("cpu", "memory")
REQUIRED_AFFINITY_WEIGHT = 1  # what a pod that requires the newcomer's company counts for

Scores: TypeAlias = "dict[str, float]"


@dataclass(frozen=True, slots=True)
class Question:
    """A pod and the nodes that it could go to."""

    pod: Object
    nodes: Sequence[NodeInfo]
    cache: Cache
    informers: Informers
    namespace_labels: NamespaceLabels


Score: TypeAlias = "Callable[[Question], Scores | None]"


def least_allocated(question: Question) -> Scores | None:
    """Prefer nodes with much left."""
    wanted = assumed_requests(question.pod)

    def score(info: NodeInfo) -> float:
        parts = []
        for name in COMPARED:
            capacity = info.allocatable.get(name, 0)
            if capacity:
                left = capacity - info.assumed[name] - wanted.get(name, 0)
                parts.append(max(0, left) * BEST // capacity)
        return sum(parts) // len(parts) if parts else 0

    return {info.name: score(info) for info in question.nodes}


def balanced_allocation(question: Question) -> Scores | None:
    """Prefer nodes whose cores and memory would be used alike."""
    wanted = pod_requests(question.pod)
    if not any(wanted.get(name) for name in COMPARED):
        return None

    def score(info: NodeInfo) -> float:
        used = [
            min(1.0, (info.requested[name] + wanted.get(name, 0)) / info.allocatable[name])
            for name in COMPARED
            if info.allocatable.get(name)
        ]
        deviation = abs(used[0] - used[1]) / 2 if len(used) == len(COMPARED) else 0.0
        return float(int((1 - deviation) * BEST))

    return {info.name: score(info) for info in question.nodes}


def taint_toleration(question: Question) -> Scores | None:
    """Prefer nodes with fewer PreferNoSchedule taints that the pod does not tolerate."""
    tolerations = question.pod["spec"].get("tolerations") or ()

    def count(info: NodeInfo) -> int:
        return sum(
            taint["effect"] == "PreferNoSchedule" and not any(tolerates(each, taint) for each in tolerations)
            for taint in info.taints
        )

    counts = {info.name: count(info) for info in question.nodes}
    most = max(counts.values())
    return {name: BEST - BEST * found // most for name, found in counts.items()} if most else None


def node_affinity(question: Question) -> Scores | None:
    """Prefer nodes that the pod prefers."""
    preferred = affinity_of(question.pod, "nodeAffinity").get(
        "preferredDuringSchedulingIgnoredDuringExecution"
    )
    if not preferred:
        return None
    sums = {
        info.name: sum(each["weight"] for each in preferred if term_matches(each["preference"], info))
        for info in question.nodes
    }
    most = max(sums.values())
    return {name: BEST * found // most for name, found in sums.items()} if most else None


def inter_pod_affinity(question: Question) -> Scores | None:
    """Prefer nodes near the pods that the pod likes, or that like it."""
    weights = _wished_domains(question)
    weights.update(_offered_domains(question))
    if not weights:
        return None
    sums = {
        info.name: sum(weight for (key, value), weight in weights.items() if info.labels.get(key) == value)
        for info in question.nodes
    }
    least, most = min(sums.values()), max(sums.values())
    return (
        {name: BEST * (found - least) / (most - least) for name, found in sums.items()}
        if most > least
        else None
    )


def _wished_domains(question: Question) -> Counter[tuple[str, str]]:
    """Weigh the domains that the pod's own preferences speak of."""
    weights: Counter[tuple[str, str]] = Counter()
    for kind, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
        for term in preferred_terms(question.pod, kind):
            found = count_for_term(question.cache, term, question.namespace_labels)
            for domain, count in found.items():
                weights[term.topology_key, domain] += sign * term.weight * count
    return weights


def _offered_domains(question: Question) -> Counter[tuple[str, str]]:
    """Weigh the domains of pods that are there and speak of the newcomer."""
    weights: Counter[tuple[str, str]] = Counter()
    own = question.namespace_labels(namespace_of(question.pod) or "")
    for placement in question.cache.placements_with_affinity.values():
        info = question.cache.nodes.get(placement.node)
        if info is None:
            continue
        terms = [(term, term.weight) for term in preferred_terms(placement.pod, "podAffinity")]
        terms += [(term, -term.weight) for term in preferred_terms(placement.pod, "podAntiAffinity")]
        terms += [(term, REQUIRED_AFFINITY_WEIGHT) for term in required_terms(placement.pod, "podAffinity")]
        for term, weight in terms:
            if term.topology_key in info.labels and term.means(question.pod, own):
                weights[term.topology_key, info.labels[term.topology_key]] += weight
    return weights


def pod_topology_spread(question: Question) -> Scores | None:
    """Prefer domains with fewer pods of the same kind."""
    pod = question.pod
    has_own = bool(pod["spec"].get("topologySpreadConstraints"))
    constraints = (
        constraints_of(pod, "ScheduleAnyway") if has_own else default_constraints(pod, question.informers)
    )
    if not constraints:
        return None
    keys = {each.topology_key for each in constraints}
    nodes = [info for info in question.nodes if not has_own or keys <= info.labels.keys()]
    sums = {info.name: 0.0 for info in nodes}
    for constraint in constraints:
        _add_crowding(sums, question, constraint, nodes)
    rounded = {name: round(found) for name, found in sums.items()}
    most, least = max(rounded.values(), default=0), min(rounded.values(), default=0)
    scores = {
        name: BEST * (most + least - found) // most if most else BEST for name, found in rounded.items()
    }
    return {info.name: scores.get(info.name, 0) for info in question.nodes}


def _add_crowding(sums: Scores, question: Question, constraint: Constraint, nodes: list[NodeInfo]) -> None:
    """Add to each node how crowded its domain is; a domain among many weighs more."""
    key = constraint.topology_key
    by_node = constraint.count_by_node(question.cache, question.pod)
    if key == HOSTNAME:
        by_domain = {info.labels.get(key, ""): by_node[info.name] for info in nodes}
        weight = math.log(len(nodes) + 2)
    else:
        by_domain = {info.labels[key]: 0 for info in nodes if key in info.labels}
        weight = math.log(len(by_domain) + 2)
        for info in question.cache.nodes.values():
            domain = info.labels.get(key)
            if domain in by_domain and constraint.counts_node(question.pod, info):
                by_domain[domain] += by_node[info.name]
    for info in nodes:
        if key in info.labels:
            sums[info.name] += by_domain[info.labels[key]] * weight + constraint.max_skew - 1


SCORES: tuple[tuple[str, int, Score], ...] = (
    ("TaintToleration", 3, taint_toleration),
    ("NodeAffinity", 2, node_affinity),
    ("NodeResourcesFit", 1, least_allocated),
    ("PodTopologySpread", 2, pod_topology_spread),
    ("InterPodAffinity", 2, inter_pod_affinity),
    ("NodeResourcesBalancedAllocation", 1, balanced_allocation),
)
