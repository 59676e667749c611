"""ResourceQuotas and LimitRanges.

Models: ValidateResourceQuota, ValidateLimitRange in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import qualified_name
from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    malformed,
    required,
)
from kubetutor.embedded.apiserver.strategies.quota_scopes import validate_scope_selector, validate_scopes
from kubetutor.embedded.apiserver.strategies.resources import (
    validate_amount,
    validate_container_resource,
    validate_quota_resource,
    validate_resource_name,
)
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_TYPES = {"Pod", "Container", "PersistentVolumeClaim"}
# (lesser field, greater field, the field that is shown, words)
_ORDERS = (
    ("min", "max", "min", "min value {} is greater than max value {}"),
    ("min", "defaultRequest", "defaultRequest", "min value {} is greater than default request value {}"),
    ("defaultRequest", "max", "defaultRequest", "default request value {} is greater than max value {}"),
    ("defaultRequest", "default", "defaultRequest",
     "default request value {} is greater than default limit value {}"),
    ("min", "default", "default", "min value {} is greater than default value {}"),
    ("default", "max", "default", "default value {} is greater than max value {}"),
)  # fmt: skip


def set_quota_defaults(quota: Object) -> None:
    quota.setdefault("spec", {})


def prepare_quota(quota: Object) -> None:
    quota["status"] = {}


def validate_quota(quota: Object) -> list[FieldError]:
    spec = quota["spec"]
    errors: list[FieldError] = []
    for name, amount in spec.get("hard", {}).items():
        path = f"spec.hard[{name}]"
        errors += validate_quota_resource(name, path)
        errors += validate_amount(name, amount, path)
    return errors + validate_scopes(spec) + validate_scope_selector(spec)


def validate_quota_update(new: Object, old: Object) -> list[FieldError]:
    after, before = new["spec"].get("scopes", []), old["spec"].get("scopes", [])
    return [] if set(after) == set(before) else [invalid("spec.scopes", after, "field is immutable")]


def set_limit_defaults(limit_range: Object) -> None:
    for limit in limit_range.setdefault("spec", {}).get("limits", ()):
        if limit.get("type") != "Container":
            continue
        default = {**limit.get("max", {}), **limit.get("default", {})}
        request = {**limit.get("min", {}), **default, **limit.get("defaultRequest", {})}
        if default:
            limit["default"] = default
        if request:
            limit["defaultRequest"] = request


def validate_limit_range(limit_range: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, limit in enumerate(limit_range["spec"].get("limits", ())):
        path, kind = f"spec.limits[{index}]", limit.get("type", "")
        complaints = qualified_name(kind)
        errors += malformed(f"{path}.type", kind, complaints)
        if not complaints and "/" not in kind and kind not in _TYPES:
            detail = "must be a standard limit type or fully qualified"
            errors.append(invalid(f"{path}.type", kind, detail))
        if kind in seen:
            errors.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        errors += _validate_limit(limit, kind, path)
    return errors


def _validate_limit(limit: Object, kind: str, path: str) -> list[FieldError]:
    check = validate_container_resource if kind in {"Pod", "Container"} else validate_resource_name
    errors: list[FieldError] = []
    names: dict[str, None] = {}
    for field in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
        if kind == "Pod" and field.startswith("default"):
            if limit.get(field):
                errors.append(forbidden(f"{path}.{field}", "may not be specified when `type` is 'Pod'"))
            continue
        for name in limit.get(field, {}):
            errors += check(name, f"{path}.{field}[{name}]")
            names[name] = None
    if kind == "PersistentVolumeClaim" and not {"storage"} & {*limit.get("min", {}), *limit.get("max", {})}:
        detail = "either minimum or maximum storage value is required, but neither was provided"
        errors.append(required(f"{path}.limits", detail))
    for name in names:
        errors += _validate_order(limit, name, path)
    return errors


def _validate_order(limit: Object, name: str, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for lesser, greater, shown, words in _ORDERS:
        low, high = limit.get(lesser, {}).get(name), limit.get(greater, {}).get(name)
        if low is not None and high is not None and amount_of(low) > amount_of(high):
            value = limit[shown][name]
            errors.append(invalid(f"{path}.{shown}[{name}]", value, words.format(low, high)))
    ratio = limit.get("maxLimitRequestRatio", {}).get(name)
    if ratio is not None and amount_of(ratio) < 1:
        errors.append(invalid(f"{path}.maxLimitRequestRatio[{name}]", ratio, f"ratio {ratio} is less than 1"))
    return errors


QUOTA = Strategy(
    defaults=set_quota_defaults,
    prepare_create=prepare_quota,
    validate=validate_quota,
    validate_update=validate_quota_update,
)
LIMIT_RANGE = Strategy(defaults=set_limit_defaults, validate=validate_limit_range)
