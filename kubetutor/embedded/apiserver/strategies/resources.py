"""Amounts of resources: which names there are, and which amounts.

Models: pkg/apis/core/helper/helpers.go, validateResourceRequirements in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import qualified_name
from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, malformed, required

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_QUALIFIED = {f"{use}.{name}" for use in ("requests", "limits") for name in _COMPUTE}
_COUNTED = {
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
    "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
}  # fmt: skip
QUOTA_RESOURCES = {*_COMPUTE, *_QUALIFIED, *_COUNTED, "requests.storage"}
STANDARD_RESOURCES = {*QUOTA_RESOURCES, "storage"}
_HUGE = "hugepages-"


def validate_container_resources(resources: Object, path: str) -> list[FieldError]:
    """Check requests against limits, and both against the names that there are."""
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    if not limits and not requests:
        return []
    errors: list[FieldError] = []
    for name, amount in limits.items():
        errors += validate_container_resource(name, f"{path}.limits[{name}]")
        errors += validate_amount(name, amount, f"{path}.limits[{name}]")
    for name, amount in requests.items():
        errors += validate_container_resource(name, f"{path}.requests[{name}]")
        errors += validate_amount(name, amount, f"{path}.requests[{name}]")
        errors += _compare(name, amount, limits.get(name), path)
    names = {*limits, *requests}
    if not names & {"cpu", "memory"} and any(name.startswith(_HUGE) for name in names):
        errors.append(forbidden(path, "HugePages require cpu or memory"))
    return errors


def validate_resource_name(name: str, path: str) -> list[FieldError]:
    errors = malformed(path, name, qualified_name(name))
    if not errors and "/" not in name and name not in STANDARD_RESOURCES and not _is_huge(name):
        errors.append(invalid(path, name, "must be a standard resource type or fully qualified"))
    return errors


def validate_container_resource(name: str, path: str) -> list[FieldError]:
    if name in _COMPUTE:
        return []
    errors = validate_resource_name(name, path)
    if "/" not in name:
        if not name.startswith(_HUGE):
            errors.append(invalid(path, name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        errors.append(invalid(path, name, "doesn't follow extended resource name standard"))
    return errors


def validate_quota_resource(name: str, path: str) -> list[FieldError]:
    errors = validate_resource_name(name, path)
    if "/" not in name and name not in QUOTA_RESOURCES and not _is_huge(name):
        errors.append(invalid(path, name, "must be a standard resource for quota"))
    return errors


def validate_amount(name: str, amount: str, path: str) -> list[FieldError]:
    value = amount_of(amount)
    errors: list[FieldError] = []
    if value < 0:
        errors.append(invalid(path, amount, "must be greater than or equal to 0"))
    if value.denominator != 1 and (name in _COUNTED or is_extended(name)):
        errors.append(invalid(path, amount, "must be an integer"))
    return errors


def is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    if is_native(name) or name.startswith("requests."):
        return False
    return not qualified_name(f"requests.{name}")


def _is_huge(name: str) -> bool:
    return name.startswith((_HUGE, f"requests.{_HUGE}"))


def _compare(name: str, request: str, limit: str | None, path: str) -> list[FieldError]:
    may_overcommit = is_native(name) and not name.startswith(_HUGE)
    if limit is None:
        if may_overcommit:
            return []
        return [required(f"{path}.limits", "Limit must be set for non overcommitable resources")]
    wanted, most = amount_of(request), amount_of(limit)
    if wanted != most and not may_overcommit:
        return [invalid(f"{path}.requests", request, f"must be equal to {name} limit of {limit}")]
    if wanted > most:
        return [
            invalid(f"{path}.requests", request, f"must be less than or equal to {name} limit of {limit}")
        ]
    return []
