"""What hangs below an object: binding and eviction. Scale has its own file, status is the registry's own.

Models: pkg/registry/core/pod/storage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.kinds import Kind, kinds_by_resource
from kubetutor.api.objects import is_being_deleted, labels_of, uid_of
from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.apiserver.options import DeleteOptions, WriteOptions, delete_options
from kubetutor.embedded.apiserver.status import bad_request, conflict
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.registry import Registry

EVICTION_KIND = Kind("policy", "v1", "Eviction", "evictions")


def bind(registry: Registry, namespace: str | None, name: str, node: str, options: WriteOptions) -> Object:
    """Put a pod on a node. 409 when it is on one already, or going away."""
    pods = kinds_by_resource()["pods"]
    pod = registry.get(pods, namespace, name)
    binding = Kind("", "v1", "Binding", "pods/binding")
    if is_being_deleted(pod):
        raise conflict(binding, name, f"pod {name} is being deleted, cannot be assigned to a host")
    if bound := pod["spec"].get("nodeName"):
        raise conflict(binding, name, f'pod {name} is already assigned to node "{bound}"')
    if pod["spec"].get("schedulingGates"):
        raise conflict(binding, name, f"pod {name} has non-empty .spec.schedulingGates")
    condition = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": timestamp(registry.now()),
        "observedGeneration": pod["metadata"].get("generation", 1),
    }
    status = pod.get("status", {})
    others = [entry for entry in status.get("conditions", ()) if entry["type"] != "PodScheduled"]
    new = {
        **pod,
        "metadata": dict(pod["metadata"]),
        "spec": {**pod["spec"], "nodeName": node},
        "status": {**status, "conditions": [*others, condition]},
    }
    return registry.commit(pods, new, pod, options, "binding")


def evict(
    registry: Registry, namespace: str | None, name: str, eviction: Object, options: WriteOptions
) -> Object:
    """Delete a pod unless a disruption budget forbids it now (429)."""
    pods = kinds_by_resource()["pods"]
    pod = registry.get(pods, namespace, name)
    if (eviction.get("metadata") or {}).get("name") not in {None, "", name}:
        raise bad_request("name in URL does not match name in Eviction object")
    for budget in registry.store.list("poddisruptionbudgets.policy", namespace):
        selector = budget["spec"].get("selector")
        if matches(from_selector(selector), labels_of(pod)) and _counts(pod):
            _require_budget(budget)
    wanted = delete_options(eviction.get("deleteOptions"), {})
    registry.delete(
        pods,
        namespace,
        name,
        DeleteOptions(
            grace_period=wanted.grace_period,
            uid=wanted.uid or uid_of(pod),
            resource_version=wanted.resource_version,
            dry_run=wanted.dry_run or options.dry_run,
        ),
    )
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _counts(pod: Object) -> bool:
    """Say whether the end of this pod is a disruption: not if it never ran, has ended, or is about to."""
    return not is_being_deleted(pod) and pod.get("status", {}).get("phase") == "Running"


def _require_budget(budget: Object) -> None:
    if budget.get("status", {}).get("disruptionsAllowed", 0) > 0:
        return
    name = budget["metadata"]["name"]
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    cause = {
        "reason": "DisruptionBudget",
        "message": f"The disruption budget {name} needs {budget.get('status', {}).get('desiredHealthy', 0)} healthy "
        f"pods and has {budget.get('status', {}).get('currentHealthy', 0)} currently",
    }
    raise ApiError(429, "TooManyRequests", message, {"causes": [cause]})
