"""Reads topology spread constraints: how evenly pods of a kind lie over zones or nodes.

A pod without any gets upstream's two default wishes, if a service or a controller tells which pods are its like.
Models: pkg/scheduler/framework/plugins/podtopologyspread/common.go, plugin.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import controller_of, labels_of, namespace_of
from kubetutor.api.selectors import Requirement, from_labels, from_selector, matches
from kubetutor.api.taints import first_untolerated
from kubetutor.embedded.scheduler.affinity import wants_node

if TYPE_CHECKING:
    from collections import Counter

    from kubetutor.api.objects import Object
    from kubetutor.api.selectors import Requirements
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.scheduler.cache import Cache, NodeInfo

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
DEFAULTS = ((HOSTNAME, 3), (ZONE, 5))
REPELLING = frozenset({"NoSchedule", "NoExecute"})
OWNERS = {
    "ReplicaSet": "replicasets.apps",
    "ReplicationController": "replicationcontrollers",
    "StatefulSet": "statefulsets.apps",
}


@dataclass(frozen=True, slots=True)
class Constraint:
    topology_key: str
    max_skew: int
    requirements: Requirements
    min_domains: int = 1
    honors_affinity: bool = True
    honors_taints: bool = False

    def counts_node(self, pod: Object, info: NodeInfo) -> bool:
        """Say whether the node belongs to the domains that are compared."""
        if self.honors_affinity and not wants_node(pod, info):
            return False
        tolerations = pod["spec"].get("tolerations") or ()
        return not self.honors_taints or first_untolerated(info.taints, tolerations, REPELLING) is None

    def count_by_node(self, cache: Cache, pod: Object) -> Counter[str]:
        own = namespace_of(pod)
        return cache.count_by_node(lambda namespace: namespace == own, [self.requirements], with_ending=False)


def constraints_of(pod: Object, action: str) -> list[Constraint]:
    """Answer the pod's own constraints with this `whenUnsatisfiable`."""
    return [
        _constraint(pod, each)
        for each in pod["spec"].get("topologySpreadConstraints") or ()
        if each["whenUnsatisfiable"] == action
    ]


def _constraint(pod: Object, written: Object) -> Constraint:
    labels = labels_of(pod)
    same = tuple(
        Requirement(key, "In", (labels[key],)) for key in written.get("matchLabelKeys") or () if key in labels
    )
    return Constraint(
        topology_key=written["topologyKey"],
        max_skew=written["maxSkew"],
        requirements=from_selector(written.get("labelSelector")) + same,
        min_domains=written.get("minDomains") or 1,
        honors_affinity=written.get("nodeAffinityPolicy", "Honor") == "Honor",
        honors_taints=written.get("nodeTaintsPolicy", "Ignore") == "Honor",
    )


def default_constraints(pod: Object, informers: Informers) -> list[Constraint]:
    """Answer the default wishes, if anything tells which other pods are of the same kind."""
    requirements = _pods_alike(pod, informers)
    return [Constraint(key, skew, requirements) for key, skew in DEFAULTS] if requirements else []


def _pods_alike(pod: Object, informers: Informers) -> Requirements:
    labels: dict[str, str] = {}
    for service in informers["services"].list(namespace_of(pod)):
        selector = service["spec"].get("selector") or {}
        if selector and matches(from_labels(selector), labels_of(pod)):
            labels.update(selector)
    found = from_labels(labels)
    owner = controller_of(pod)
    resource = OWNERS.get(owner["kind"]) if owner else None
    if owner is None or resource is None:
        return found
    controller = informers[resource].get(f"{namespace_of(pod)}/{owner['name']}")
    if controller is None:
        return found
    selector = controller["spec"].get("selector") or {}
    return found + (
        from_labels(selector) if resource == "replicationcontrollers" else from_selector(selector)
    )
