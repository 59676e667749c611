"""Why a pod may not fit on a node, as far as the API alone shows it: cordon, taints, node labels, requests.

A real scheduler tells nobody how it decided. These are the rules that learners meet most, checked against what is
there now; so a view must say that they are inferred.
Models: pkg/scheduler/framework/plugins (nodeunschedulable, tainttoleration, nodeaffinity, noderesources/fit.go).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kubetutor.api import quantities
from kubetutor.api.objects import is_pod_finished, labels_of, name_of, uid_of
from kubetutor.api.selectors import Requirement, matches
from kubetutor.api.taints import first_untolerated, tolerates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kubetutor.api.objects import Object

CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
REPELLING = frozenset({"NoSchedule", "NoExecute"})
NAME = "metadata.name"
ZERO = Fraction(0)


def checks(pod: Object, node: Object, pods: Sequence[Object] | None) -> dict[str, str]:
    """Map each plugin to why it would rule the node out now, or to nothing if it would not.

    `pods` are all pods of the cluster; without them nothing is said about requests.
    """
    found = {plugin: rule(pod, node) for plugin, rule in RULES.items()}
    if pods is not None:
        found["NodeResourcesFit"] = lacking(pod, node, pods)
    return found


def cordoned(pod: Object, node: Object) -> str:
    tolerated = any(tolerates(each, CORDON) for each in pod["spec"].get("tolerations") or ())
    is_cordoned = (node.get("spec") or {}).get("unschedulable") and not tolerated
    return "the node is cordoned: it takes no new pods" if is_cordoned else ""


def repelled(pod: Object, node: Object) -> str:
    taints = (node.get("spec") or {}).get("taints") or ()
    taints = [each for each in taints if each.get("key") != CORDON["key"]]
    taint = first_untolerated(taints, pod["spec"].get("tolerations") or (), REPELLING)
    if taint is None:
        return ""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"the pod does not tolerate the taint {taint.get('key', '')}{value}:{taint['effect']}"


def unwanted(pod: Object, node: Object) -> str:
    """Check `nodeSelector` and the required node affinity."""
    labels = {**labels_of(node), NAME: name_of(node)}
    for key, value in (pod["spec"].get("nodeSelector") or {}).items():
        if labels.get(key) != value:
            has = f"{key}={labels[key]}" if key in labels else f"no label {key}"
            return f"the pod wants {key}={value}, the node has {has}"
    affinity = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = (affinity or {}).get("nodeSelectorTerms") or ()
    if affinity and not any(_term_matches(term, labels) for term in terms):
        return "the labels of the node do not match the pod's required node affinity"
    return ""


def lacking(pod: Object, node: Object, pods: Iterable[Object]) -> str:
    """Compare what the pod asks for with what the other pods on the node leave."""
    others = [
        each
        for each in pods
        if (each.get("spec") or {}).get("nodeName") == name_of(node)
        and uid_of(each) != uid_of(pod)
        and not is_pod_finished(each)
    ]
    room = (node.get("status") or {}).get("allocatable") or {}
    most = int(room.get("pods", 0) or 0)
    if most and len(others) + 1 > most:
        return f"Too many pods: {len(others)} of {most} are there"
    asked = [requests(each) for each in others]
    for name, amount in requests(pod).items():
        free = quantities.parse(room.get(name, "0")) - sum(each.get(name, ZERO) for each in asked)
        if amount > free:
            return f"Insufficient {name}: the pod asks for {_written(name, amount)}, {_written(name, free)} of {room.get(name, 0)} is free"
    return ""


def requests(pod: Object) -> dict[str, Fraction]:
    """Sum what the containers ask for; an init container counts where it asks for more than all of them."""
    spec = pod.get("spec") or {}
    total: dict[str, Fraction] = {}
    for container in spec.get("containers") or ():
        for name, amount in _asked(container).items():
            total[name] = total.get(name, ZERO) + amount
    for container in spec.get("initContainers") or ():
        is_sidecar = container.get("restartPolicy") == "Always"
        for name, amount in _asked(container).items():
            known = total.get(name, ZERO)
            total[name] = known + amount if is_sidecar else max(known, amount)
    return {name: amount for name, amount in total.items() if amount}


def _asked(container: Object) -> dict[str, Fraction]:
    written = (container.get("resources") or {}).get("requests") or {}
    return {name: quantities.parse(amount) for name, amount in written.items()}


def _written(name: str, amount: Fraction) -> str:
    if name == "memory":
        return f"{float(amount) / 2**20:.0f}Mi"
    return quantities.write(max(amount, ZERO))


def _term_matches(term: Object, labels: dict[str, str]) -> bool:
    expressions = [*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ())]
    return bool(expressions) and matches(
        tuple(
            Requirement(
                str(each.get("key", "")), str(each.get("operator", "")), tuple(each.get("values") or ())
            )
            for each in expressions
        ),
        labels,
    )


RULES: dict[str, Callable[[Object, Object], str]] = {
    "NodeUnschedulable": cordoned,
    "TaintToleration": repelled,
    "NodeAffinity": unwanted,
}
