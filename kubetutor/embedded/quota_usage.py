"""How much of a ResourceQuota objects use.

Models: pkg/quota/v1/evaluator/core and apiserver/pkg/quota/v1/generic.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kubetutor.api.quantities import parse as amount_of
from kubetutor.api.quantities import write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object

COMPUTE = ("cpu", "memory", "ephemeral-storage")
COUNTED = {
    "pods", "services", "configmaps", "secrets", "persistentvolumeclaims", "resourcequotas",
    "replicationcontrollers",
}  # fmt: skip


def resource_behind(counted: str) -> str | None:
    """Answer whose objects use what a quota calls `counted`: `pods` for `requests.cpu`; None if nothing here does."""
    if counted.startswith("count/"):
        return counted.removeprefix("count/")
    if counted in COUNTED:
        return counted
    if counted.startswith("services."):
        return "services"
    if counted == "requests.storage":
        return "persistentvolumeclaims"
    return "pods" if counted.rpartition(".")[2] in COMPUTE else None


def sum_of(kind: Kind, objects: Iterable[Object]) -> dict[str, Fraction]:
    """Add up what objects of one kind use."""
    total: dict[str, Fraction] = {}
    for obj in objects:
        for resource, amount in usage_of(kind, obj).items():
            total[resource] = total.get(resource, Fraction()) + amount
    return total


def show(amount: Fraction, like: str) -> str:
    """Write an amount as the quota writes its limit."""
    return write(amount, "binary" if like.endswith("i") else "decimal")


def usage_of(kind: Kind, obj: Object) -> dict[str, Fraction]:
    """Answer how much of each countable resource one object uses."""
    suffix = f".{kind.group}" if kind.group else ""
    usage = {f"count/{kind.plural}{suffix}": Fraction(1)}
    if kind.resource in COUNTED:
        usage[kind.resource] = Fraction(1)
    if kind.resource == "pods":
        if obj.get("status", {}).get("phase") in {"Succeeded", "Failed"}:
            return {"count/pods": Fraction(1)}
        usage |= _compute_usage(obj["spec"])
    elif kind.resource == "services":
        kind_of_service = obj["spec"].get("type")
        ports = sum(bool(port.get("nodePort")) for port in obj["spec"].get("ports", ()))
        usage["services.nodeports"] = Fraction(ports)
        usage["services.loadbalancers"] = Fraction(kind_of_service == "LoadBalancer")
    elif kind.resource == "persistentvolumeclaims":
        storage = obj["spec"].get("resources", {}).get("requests", {}).get("storage", "0")
        usage["requests.storage"] = amount_of(storage)
    return usage


def _compute_usage(spec: Object) -> dict[str, Fraction]:
    usage: dict[str, Fraction] = {}
    for field in ("requests", "limits"):
        for name in COMPUTE:
            amount = _pod_amount(spec, field, name)
            if amount is not None:
                usage[f"{field}.{name}"] = amount
                if field == "requests":
                    usage[name] = amount
    return usage


def _pod_amount(spec: Object, field: str, name: str) -> Fraction | None:
    """Add up the containers; an init container counts where it alone needs more."""
    own, first = (
        [
            amount_of(container["resources"][field][name])
            for container in spec.get(group, ())
            if name in container.get("resources", {}).get(field, {})
        ]
        for group in ("containers", "initContainers")
    )
    if not own and not first:
        return None
    return max([sum(own, Fraction()), *first])
