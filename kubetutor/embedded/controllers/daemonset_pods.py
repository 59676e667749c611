"""Which nodes a DaemonSet is for, and the pods that it makes for them.

The pod of a node is bound to it by node affinity, not by name: the scheduler places it like any other.
Models: NodeShouldRunDaemonPod in pkg/controller/daemon/daemon_controller.go, pkg/controller/daemon/util/daemonset_util.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, is_being_deleted, labels_of, name_of
from kubetutor.api.taints import first_untolerated
from kubetutor.embedded.controllers.controller_history import POD_LABEL
from kubetutor.embedded.controllers.pod_control import pod_from_template
from kubetutor.embedded.scheduler.affinity import wants_node
from kubetutor.embedded.scheduler.cache import NodeInfo

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

PREFIX = "node.kubernetes.io/"
TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
ON_HOST_NETWORK = ("network-unavailable", "NoSchedule")
GENERATION = "deprecated.daemonset.template.generation"
GENERATION_LABEL = "pod-template-generation"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
KEEPS_OUT, DRIVES_OUT = frozenset({"NoSchedule", "NoExecute"}), frozenset({"NoExecute"})


def should_run(daemon_set: Object, node: Object) -> tuple[bool, bool]:
    """Answer whether a pod should be made for the node, and whether one that is there may stay."""
    spec = daemon_set["spec"]["template"]["spec"]
    if spec.get("nodeName", name_of(node)) != name_of(node):
        return False, False
    if not wants_node(daemon_set["spec"]["template"], NodeInfo(node)):
        return False, False
    taints, tolerations = node.get("spec", {}).get("taints") or (), tolerations_of(spec)
    if first_untolerated(taints, tolerations, KEEPS_OUT) is None:
        return True, True
    return False, first_untolerated(taints, tolerations, DRIVES_OUT) is None


def tolerations_of(spec: Object) -> list[Object]:
    """Answer the tolerations of a pod spec with those that every daemon has: a sick node needs its daemons most."""
    tolerated = (*TOLERATED, ON_HOST_NETWORK) if spec.get("hostNetwork") else TOLERATED
    ours = [{"key": f"{PREFIX}{name}", "operator": "Exists", "effect": effect} for name, effect in tolerated]
    return [*(each for each in spec.get("tolerations") or () if each not in ours), *ours]


def new_pod(daemon_set: Object, node: str, hash_: str) -> Object:
    pod = pod_from_template(daemon_set)
    labels = {POD_LABEL: hash_}
    if generation := annotations_of(daemon_set).get(GENERATION):
        labels[GENERATION_LABEL] = generation
    pod["metadata"]["labels"] = {**(pod["metadata"].get("labels") or {}), **labels}
    spec = pod["spec"]
    pod["spec"] = {**spec, "affinity": _bound_to(spec.get("affinity") or {}, node)}
    pod["spec"]["tolerations"] = tolerations_of(spec)
    return pod


def _bound_to(affinity: Object, node: str) -> Object:
    """Answer the affinity with this one node in place of what it requires of nodes, which has been checked."""
    fields = [{"key": "metadata.name", "operator": "In", "values": [node]}]
    required = {"nodeSelectorTerms": [{"matchFields": fields}]}
    return {**affinity, "nodeAffinity": {**(affinity.get("nodeAffinity") or {}), REQUIRED: required}}


def target_of(pod: Object) -> str:
    """Answer the node that the pod is on or meant for."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(REQUIRED) or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name" and field.get("values"):
                return str(field["values"][0])
    return ""


def is_updated(pod: Object, daemon_set: Object, hash_: str) -> bool:
    """Say whether the pod is of today's template."""
    labels, generation = labels_of(pod), annotations_of(daemon_set).get(GENERATION)
    return labels.get(POD_LABEL) == hash_ or (
        generation is not None and labels.get(GENERATION_LABEL) == generation
    )


def has_left(pod: Object) -> bool:
    """Say whether the pod has ended and is being deleted: its place is free."""
    return is_being_deleted(pod) and pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def by_age(pod: Object) -> tuple[bool, str, str]:
    """Order pods: those on a node first, then the oldest."""
    return not pod["spec"].get("nodeName"), pod["metadata"].get("creationTimestamp", ""), name_of(pod)
