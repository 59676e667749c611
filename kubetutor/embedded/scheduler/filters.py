"""Rules that say where a pod cannot go, in upstream's order and words.

Each is prepared once for a pod, and answers a check of one node; None means that it has nothing to say about the pod.
Models: pkg/scheduler/framework/plugins (nodeunschedulable, nodename, tainttoleration, nodeaffinity, nodeports,
noderesources/fit.go, podtopologyspread/filtering.go, interpodaffinity/filtering.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.objects import labels_of, namespace_of
from kubetutor.api.selectors import matches
from kubetutor.api.taints import first_untolerated, tolerates
from kubetutor.embedded.scheduler.affinity import (
    count_by_domain,
    count_for_term,
    has_node_requirements,
    required_terms,
    wants_node,
)
from kubetutor.embedded.scheduler.decision import Rejection
from kubetutor.embedded.scheduler.resources import host_ports, pod_requests
from kubetutor.embedded.scheduler.spread import REPELLING, constraints_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.scheduler.affinity import NamespaceLabels
    from kubetutor.embedded.scheduler.cache import Cache, NodeInfo
    from kubetutor.embedded.scheduler.spread import Constraint

Check: TypeAlias = "Callable[[NodeInfo], Rejection | None]"
Filter: TypeAlias = "Callable[[Object, Cache, NamespaceLabels], Check | None]"

UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
ANY_ADDRESS = "0.0.0.0"  # noqa: S104  # a port on it clashes with the same port on every address
SPREAD = "node(s) didn't match pod topology spread constraints"


def node_unschedulable(pod: Object, _cache: Cache, _labels: NamespaceLabels) -> Check | None:
    tolerations = pod["spec"].get("tolerations") or ()
    if any(tolerates(each, UNSCHEDULABLE) for each in tolerations):
        return None
    rejection = Rejection(("node(s) were unschedulable",))
    return lambda info: rejection if info.unschedulable else None


def node_name(pod: Object, _cache: Cache, _labels: NamespaceLabels) -> Check | None:
    wanted = pod["spec"].get("nodeName")
    if not wanted:
        return None
    rejection = Rejection(("node(s) didn't match the requested node name",))
    return lambda info: rejection if info.name != wanted else None


def taint_toleration(pod: Object, _cache: Cache, _labels: NamespaceLabels) -> Check | None:
    tolerations = pod["spec"].get("tolerations") or ()
    rejection = Rejection(("node(s) had untolerated taint(s)",))

    def check(info: NodeInfo) -> Rejection | None:
        if not info.taints:
            return None
        return rejection if first_untolerated(info.taints, tolerations, REPELLING) else None

    return check


def node_affinity(pod: Object, _cache: Cache, _labels: NamespaceLabels) -> Check | None:
    if not has_node_requirements(pod):
        return None
    rejection = Rejection(("node(s) didn't match Pod's node affinity/selector",))
    return lambda info: None if wants_node(pod, info) else rejection


def node_ports(pod: Object, _cache: Cache, _labels: NamespaceLabels) -> Check | None:
    wanted = host_ports(pod)
    if not wanted:
        return None
    rejection = Rejection(("node(s) didn't have free ports for the requested pod ports",), hopeless=False)

    def clash(one: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
        return one[1:] == other[1:] and (one[0] == other[0] or ANY_ADDRESS in {one[0], other[0]})

    return lambda info: (
        rejection if any(clash(mine, theirs) for mine in wanted for theirs in info.ports) else None
    )


def node_resources_fit(pod: Object, _cache: Cache, _labels: NamespaceLabels) -> Check | None:
    requests = {name: amount for name, amount in pod_requests(pod).items() if amount}

    def check(info: NodeInfo) -> Rejection | None:
        reasons, hopeless = [], False
        if info.pods + 1 > info.allocatable.get("pods", 0):
            reasons.append("Too many pods")
        for name, amount in requests.items():
            capacity = info.allocatable.get(name, 0)
            if amount > capacity - info.requested[name]:
                reasons.append(f"Insufficient {name}")
                hopeless = hopeless or amount > capacity
        return Rejection(tuple(reasons), hopeless) if reasons else None

    return check


def pod_topology_spread(pod: Object, cache: Cache, _labels: NamespaceLabels) -> Check | None:
    constraints = constraints_of(pod, "DoNotSchedule")
    if not constraints:
        return None
    keys = {each.topology_key for each in constraints}
    complete = [info for info in cache.nodes.values() if keys <= info.labels.keys()]
    checks = [_spread_check(pod, cache, each, complete) for each in constraints]
    return lambda info: next((found for check in checks if (found := check(info))), None)


def _spread_check(pod: Object, cache: Cache, constraint: Constraint, nodes: list[NodeInfo]) -> Check:
    key = constraint.topology_key
    counted = [info for info in nodes if constraint.counts_node(pod, info)]
    by_node = constraint.count_by_node(cache, pod)
    by_domain = {info.labels[key]: 0 for info in counted}
    for info in counted:
        by_domain[info.labels[key]] += by_node[info.name]
    least = min(by_domain.values(), default=0) if len(by_domain) >= constraint.min_domains else 0
    itself = 1 if matches(constraint.requirements, labels_of(pod)) else 0

    def check(info: NodeInfo) -> Rejection | None:
        domain = info.labels.get(key)
        if domain is None:
            return Rejection((f"{SPREAD} (missing required label)",))
        skew = by_domain.get(domain, 0) + itself - least
        return Rejection((SPREAD,), hopeless=False) if skew > constraint.max_skew else None

    return check


def inter_pod_affinity(pod: Object, cache: Cache, labels: NamespaceLabels) -> Check | None:
    checks = [
        check
        for check in (
            _affinity_check(pod, cache, labels),
            _anti_affinity_check(pod, cache, labels),
            _existing_anti_affinity_check(pod, cache, labels),
        )
        if check is not None
    ]
    if not checks:
        return None
    return lambda info: next((found for check in checks if (found := check(info))), None)


def _affinity_check(pod: Object, cache: Cache, labels: NamespaceLabels) -> Check | None:
    terms = required_terms(pod, "podAffinity")
    if not terms:
        return None
    by_node = cache.count_by_node(
        lambda namespace: all(term.in_namespace(namespace, labels(namespace)) for term in terms),
        [term.requirements for term in terms],
    )
    domains = {term: count_by_domain(cache.nodes, by_node, term.topology_key) for term in terms}
    own = labels(namespace_of(pod) or "")
    # The first of a group that wants to be together may go anywhere.
    is_first = not any(domains.values()) and all(term.means(pod, own) for term in terms)
    rejection = Rejection(("node(s) didn't match pod affinity rules",))

    def check(info: NodeInfo) -> Rejection | None:
        for term in terms:
            domain = info.labels.get(term.topology_key)
            if domain is None or not (is_first or domains[term][domain]):
                return rejection
        return None

    return check


def _anti_affinity_check(pod: Object, cache: Cache, labels: NamespaceLabels) -> Check | None:
    terms = required_terms(pod, "podAntiAffinity")
    if not terms:
        return None
    forbidden = {
        (term.topology_key, domain)
        for term in terms
        for domain, count in count_for_term(cache, term, labels).items()
        if count
    }
    rejection = Rejection(("node(s) didn't match pod anti-affinity rules",), hopeless=False)
    return lambda info: rejection if forbidden & info.labels.items() else None


def _existing_anti_affinity_check(pod: Object, cache: Cache, labels: NamespaceLabels) -> Check | None:
    own = labels(namespace_of(pod) or "")
    forbidden = set()
    for placement in cache.placements_with_affinity.values():
        info = cache.nodes.get(placement.node)
        for term in required_terms(placement.pod, "podAntiAffinity"):
            if info is not None and term.topology_key in info.labels and term.means(pod, own):
                forbidden.add((term.topology_key, info.labels[term.topology_key]))
    if not forbidden:
        return None
    rejection = Rejection(("node(s) didn't satisfy existing pods anti-affinity rules",), hopeless=False)
    return lambda info: rejection if forbidden & info.labels.items() else None


FILTERS: tuple[tuple[str, Filter], ...] = (
    ("NodeUnschedulable", node_unschedulable),
    ("NodeName", node_name),
    ("TaintToleration", taint_toleration),
    ("NodeAffinity", node_affinity),
    ("NodePorts", node_ports),
    ("NodeResourcesFit", node_resources_fit),
    ("PodTopologySpread", pod_topology_spread),
    ("InterPodAffinity", inter_pod_affinity),
)
