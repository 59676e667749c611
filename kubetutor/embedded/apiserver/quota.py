"""ResourceQuotas, at the moment when something new asks for its share.

What is used is counted from the objects that there are, so a quota cannot lag behind.

Models: apiserver/pkg/admission/plugin/resourcequota/controller.go.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.quota_scopes import covers
from kubetutor.embedded.quota_usage import COMPUTE, show, sum_of, usage_of
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.admission import Reader


def check_quotas(kind: Kind, obj: Object, reader: Reader) -> None:
    """Raise a 403 if the new object would exceed a quota of its namespace."""
    namespace, name = obj["metadata"].get("namespace"), obj["metadata"].get("name", "")
    quotas = [quota for quota in reader.list("resourcequotas", namespace) if covers(quota, kind, obj)]
    if not quotas:
        return
    usage = usage_of(kind, obj)
    for quota in quotas:
        hard = quota.get("spec", {}).get("hard", {})
        _require_amounts(kind, quota, hard, obj)
        wanted = {resource: amount for resource, amount in usage.items() if resource in hard}
        if wanted:
            counted = [each for each in reader.list(kind.resource, namespace) if covers(quota, kind, each)]
            complaint = _exceeded(wanted, sum_of(kind, counted), hard)
            if complaint:
                raise _forbidden(kind, name, f"exceeded quota: {quota['metadata']['name']}, {complaint}")


def _exceeded(wanted: dict[str, Fraction], used: dict[str, Fraction], hard: dict[str, str]) -> str | None:
    """Say how far a request goes over the quota, or answer None."""
    zero = Fraction()
    over = sorted(name for name in wanted if used.get(name, zero) + wanted[name] > amount_of(hard[name]))
    if not over:
        return None
    requested = ",".join(f"{name}={show(wanted[name], hard[name])}" for name in over)
    in_use = ",".join(f"{name}={show(used.get(name, zero), hard[name])}" for name in over)
    limited = ",".join(f"{name}={hard[name]}" for name in over)
    return f"requested: {requested}, used: {in_use}, limited: {limited}"


def _require_amounts(kind: Kind, quota: Object, hard: dict[str, str], obj: Object) -> None:
    """Refuse a pod that does not say how much it needs of what a quota limits."""
    if kind.resource != "pods":
        return
    missing: dict[str, set[str]] = {}
    for resource in hard:
        field, _, name = resource.rpartition(".")
        if name in COMPUTE and field in {"", "requests", "limits"}:
            for container in obj["spec"].get("containers", ()):
                if name not in container.get("resources", {}).get(field or "requests", {}):
                    missing.setdefault(resource, set()).add(container.get("name", ""))
    if missing:
        shown = "; ".join(
            f"{resource} for: {','.join(sorted(missing[resource]))}" for resource in sorted(missing)
        )
        complaint = f"failed quota: {quota['metadata']['name']}: must specify {shown}"
        raise _forbidden(kind, obj["metadata"].get("name", ""), complaint)


def _forbidden(kind: Kind, name: str, complaint: str) -> ApiError:
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    shown = {key: value for key, value in details.items() if value}
    return ApiError(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {complaint}', shown)
