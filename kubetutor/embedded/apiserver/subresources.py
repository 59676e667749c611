"""What hangs below an object: binding and eviction. Scale has its own file, status is the registry's own.

Models: pkg/registry/core/pod/storage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.kinds import Kind, kinds_by_resource
from kubetutor.api.objects import is_being_deleted, is_pod_ready, labels_of, uid_of
from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.apiserver.options import DeleteOptions, WriteOptions, delete_options
from kubetutor.embedded.apiserver.status import bad_request, conflict
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.registry import Registry

EVICTION_KIND = Kind("policy", "v1", "Eviction", "evictions")
BUDGETS = "poddisruptionbudgets.policy"
TWO_BUDGETS = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
)


def target_of(binding: Object, name: str) -> str:
    """Answer the node that a Binding names; raises ApiError 400."""
    if (binding.get("metadata") or {}).get("name") not in {None, "", name}:
        raise bad_request("name in URL does not match name in Binding object")
    target = binding.get("target") or {}
    if target.get("kind") not in {None, "", "Node"}:
        kinds = 'supported values: "Node", "<empty>"'
        raise bad_request(f'target.kind: Unsupported value: "{target["kind"]}": {kinds}')
    if not target.get("name"):
        raise bad_request("target.name: Required value")
    node: str = target["name"]
    return node


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
    if _counts(pod):
        _spend(registry, pod, dry_run=bool(options.dry_run))
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


def _spend(registry: Registry, pod: Object, *, dry_run: bool) -> None:
    """Take one disruption off the budget of a pod. Raises ApiError 429 when there is none left, 400 for two budgets."""
    budgets = [
        budget
        for budget in registry.store.list(BUDGETS, pod["metadata"]["namespace"])
        if matches(from_selector(budget["spec"].get("selector")), labels_of(pod))
    ]
    if not budgets:
        return
    if len(budgets) > 1:
        raise bad_request(TWO_BUDGETS)
    budget, status = budgets[0], budgets[0].get("status", {})
    if not is_pod_ready(pod) and _is_free_to_go(budget["spec"], status):
        return
    _require_disruption(budget["metadata"], status)
    if not dry_run:
        spent = {**status, "disruptionsAllowed": status["disruptionsAllowed"] - 1}
        kind = kinds_by_resource()[BUDGETS]
        new = {**budget, "metadata": dict(budget["metadata"]), "status": spent}
        registry.commit(kind, new, budget, WriteOptions(), "status")


def _is_free_to_go(spec: Object, status: Object) -> bool:
    """Say whether a pod that is not ready may go without being counted."""
    if spec.get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    wanted: int = status.get("desiredHealthy", 0)
    healthy: int = status.get("currentHealthy", 0)
    return 0 < wanted <= healthy


def _require_disruption(metadata: Object, status: Object) -> None:
    name = metadata["name"]
    if status.get("observedGeneration", 0) < metadata.get("generation", 1):
        raise _too_many(f"The disruption budget {name} is still being processed by the server.", 10)
    if status.get("disruptionsAllowed", 0) <= 0:
        raise _too_many(
            f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods "
            f"and has {status.get('currentHealthy', 0)} currently"
        )


def _too_many(why: str, seconds: int = 0) -> ApiError:
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    details: Object = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if seconds:
        details["retryAfterSeconds"] = seconds
    return ApiError(429, "TooManyRequests", message, details)
