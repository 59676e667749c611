"""ResourceQuotas, at the moment when something new asks for its share.

What is used is counted from the objects that there are, so a quota cannot lag behind.

Models: apiserver/pkg/admission/plugin/resourcequota/controller.go. Unlike upstream: quotas with scopes hold for
nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kubetutor.api.quantities import parse as amount_of
from kubetutor.api.quantities import write
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.admission import Reader

_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_COUNTED = {
    "pods", "services", "configmaps", "secrets", "persistentvolumeclaims", "resourcequotas",
    "replicationcontrollers",
}  # fmt: skip


def check_quotas(kind: Kind, obj: Object, reader: Reader) -> None:
    """Raise a 403 if the new object would exceed a quota of its namespace."""
    namespace, name = obj["metadata"].get("namespace"), obj["metadata"].get("name", "")
    quotas = [quota for quota in reader.list("resourcequotas", namespace) if not _has_scopes(quota)]
    if not quotas:
        return
    usage = usage_of(kind, obj)
    for quota in quotas:
        hard = quota.get("spec", {}).get("hard", {})
        _require_amounts(kind, quota, hard, obj)
        wanted = {resource: amount for resource, amount in usage.items() if resource in hard}
        if wanted:
            complaint = _exceeded(wanted, _sum_of(kind, reader, namespace), hard)
            if complaint:
                raise _forbidden(kind, name, f"exceeded quota: {quota['metadata']['name']}, {complaint}")


def _has_scopes(quota: Object) -> bool:
    spec = quota.get("spec", {})
    return bool(spec.get("scopes") or spec.get("scopeSelector"))


def _exceeded(wanted: dict[str, Fraction], used: dict[str, Fraction], hard: dict[str, str]) -> str | None:
    """Say how far a request goes over the quota, or answer None."""
    zero = Fraction()
    over = sorted(name for name in wanted if used.get(name, zero) + wanted[name] > amount_of(hard[name]))
    if not over:
        return None
    requested = ",".join(f"{name}={_show(wanted[name], hard[name])}" for name in over)
    in_use = ",".join(f"{name}={_show(used.get(name, zero), hard[name])}" for name in over)
    limited = ",".join(f"{name}={hard[name]}" for name in over)
    return f"requested: {requested}, used: {in_use}, limited: {limited}"


def usage_of(kind: Kind, obj: Object) -> dict[str, Fraction]:
    """Answer how much of each countable resource one object uses."""
    suffix = f".{kind.group}" if kind.group else ""
    usage = {f"count/{kind.plural}{suffix}": Fraction(1)}
    if kind.resource in _COUNTED:
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
        for name in _COMPUTE:
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


def _require_amounts(kind: Kind, quota: Object, hard: dict[str, str], obj: Object) -> None:
    """Refuse a pod that does not say how much it needs of what a quota limits."""
    if kind.resource != "pods":
        return
    missing: dict[str, set[str]] = {}
    for resource in hard:
        field, _, name = resource.rpartition(".")
        if name in _COMPUTE and field in {"", "requests", "limits"}:
            for container in obj["spec"].get("containers", ()):
                if name not in container.get("resources", {}).get(field or "requests", {}):
                    missing.setdefault(resource, set()).add(container.get("name", ""))
    if missing:
        shown = "; ".join(
            f"{resource} for: {','.join(sorted(missing[resource]))}" for resource in sorted(missing)
        )
        complaint = f"failed quota: {quota['metadata']['name']}: must specify {shown}"
        raise _forbidden(kind, obj["metadata"].get("name", ""), complaint)


def _sum_of(kind: Kind, reader: Reader, namespace: str | None) -> dict[str, Fraction]:
    total: dict[str, Fraction] = {}
    for obj in reader.list(kind.resource, namespace):
        for resource, amount in usage_of(kind, obj).items():
            total[resource] = total.get(resource, Fraction()) + amount
    return total


def _show(amount: Fraction, like: str) -> str:
    return write(amount, "binary" if like.endswith("i") else "decimal")


def _forbidden(kind: Kind, name: str, complaint: str) -> ApiError:
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    shown = {key: value for key, value in details.items() if value}
    return ApiError(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {complaint}', shown)
