"""Reads affinity: of pods to nodes, of pods to other pods, and the domains that topology keys make of nodes.

Models: staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity, pkg/scheduler/framework (AffinityTerm).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.objects import labels_of, namespace_of
from kubetutor.api.selectors import Requirement, from_labels, from_selector, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kubetutor.api.objects import Object
    from kubetutor.api.selectors import Requirements
    from kubetutor.embedded.scheduler.cache import Cache, NodeInfo

NamespaceLabels: TypeAlias = "Callable[[str], Mapping[str, str]]"


def affinity_of(pod: Object, kind: str) -> Object:
    """Answer `nodeAffinity`, `podAffinity` or `podAntiAffinity` of the pod, empty if it has none."""
    found: Object = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return found


def has_node_requirements(pod: Object) -> bool:
    required = affinity_of(pod, "nodeAffinity").get("requiredDuringSchedulingIgnoredDuringExecution")
    return bool(pod["spec"].get("nodeSelector") or required)


def wants_node(pod: Object, info: NodeInfo) -> bool:
    """Say whether the node meets the pod's nodeSelector and its required node affinity."""
    if not matches(from_labels(pod["spec"].get("nodeSelector") or {}), info.labels):
        return False
    required = affinity_of(pod, "nodeAffinity").get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    return any(term_matches(term, info) for term in required.get("nodeSelectorTerms") or ())


def term_matches(term: Object, info: NodeInfo) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return matches(_requirements(expressions), info.labels) and matches(
        _requirements(fields), {"metadata.name": info.name}
    )


def _requirements(expressions: Iterable[Object]) -> Requirements:
    return tuple(
        Requirement(each["key"], each["operator"], tuple(each.get("values") or ())) for each in expressions
    )


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a pod's affinity to other pods, with its weight if it is only preferred."""

    topology_key: str
    requirements: Requirements
    namespaces: frozenset[str]
    namespace_requirements: Requirements | None
    weight: int = 0

    def in_namespace(self, namespace: str, labels_of_namespace: Mapping[str, str]) -> bool:
        if namespace in self.namespaces:
            return True
        wanted = self.namespace_requirements
        return wanted is not None and matches(wanted, labels_of_namespace)

    def means(self, pod: Object, labels_of_namespace: Mapping[str, str]) -> bool:
        """Say whether the term speaks of this pod."""
        inside = self.in_namespace(namespace_of(pod) or "", labels_of_namespace)
        return inside and matches(self.requirements, labels_of(pod))


def required_terms(pod: Object, kind: str) -> list[Term]:
    found = affinity_of(pod, kind).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    return [_term(pod, each, 0) for each in found]


def preferred_terms(pod: Object, kind: str) -> list[Term]:
    found = affinity_of(pod, kind).get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return [_term(pod, each["podAffinityTerm"], each["weight"]) for each in found]


def _term(pod: Object, term: Object, weight: int) -> Term:
    names, selector = term.get("namespaces") or (), term.get("namespaceSelector")
    own = (namespace_of(pod) or "",) if not names and selector is None else ()
    return Term(
        topology_key=term["topologyKey"],
        requirements=from_selector(term.get("labelSelector")),
        namespaces=frozenset([*names, *own]),
        namespace_requirements=from_selector(selector) if selector is not None else None,
        weight=weight,
    )


def count_by_domain(nodes: Mapping[str, NodeInfo], count_by_node: Counter[str], key: str) -> Counter[str]:
    """Add the counts of all nodes with the same value of a topology key."""
    total: Counter[str] = Counter()
    for name, count in count_by_node.items():
        value = nodes[name].labels.get(key) if name in nodes else None
        if value is not None:
            total[value] += count
    return total


def count_for_term(cache: Cache, term: Term, namespace_labels: NamespaceLabels) -> Counter[str]:
    """Count the pods that a term means, in each domain of its topology key."""
    by_node = cache.count_by_node(
        lambda namespace: term.in_namespace(namespace, namespace_labels(namespace)), [term.requirements]
    )
    return count_by_domain(cache.nodes, by_node, term.topology_key)
