"""The scopes of a ResourceQuota.

Models: validateResourceQuotaScopes, validateScopedResourceSelectorRequirement in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, invalid, required

if TYPE_CHECKING:
    from collections.abc import Collection

    from kubetutor.api.objects import Object

_SCOPES = {
    "Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
}  # fmt: skip
_COMPUTE = {"cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"}
_OTHER_COUNTS = {
    "ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage", "requests.storage",
    "resourcequotas", "services", "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps",
    "services.nodeports", "services.loadbalancers",
}  # fmt: skip
_STANDARD = {"pods", *_COMPUTE, *_OTHER_COUNTS}
_CONFLICTS = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
_WITH_VALUES, _WITHOUT = {"In", "NotIn"}, {"Exists", "DoesNotExist"}
_UNSUPPORTED, _MISPLACED = "unsupported scope", "unsupported scope applied to resource"
_MUST_EXIST = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
_NEEDS_VALUES = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
_HAS_VALUES = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"


def validate_scopes(spec: Object) -> list[FieldError]:
    path, scopes = "spec.scopes", spec.get("scopes") or []
    errors: list[FieldError] = []
    for scope in scopes:
        if scope not in _SCOPES:
            errors.append(invalid(path, scopes, _UNSUPPORTED))
        errors += [invalid(path, scopes, _MISPLACED) for _ in _unfit(scope, spec)]
    return errors + [invalid(path, scopes, "conflicting scopes") for _ in _conflicts(scopes)]


def validate_scope_selector(spec: Object) -> list[FieldError]:
    path, selector = "spec.scopeSelector.matchExpressions", spec.get("scopeSelector") or {}
    errors: list[FieldError] = []
    for requirement in selector.get("matchExpressions") or ():
        scope = requirement.get("scopeName", "")
        if scope not in _SCOPES:
            errors.append(invalid(f"{path}.scopeName", scope, _UNSUPPORTED))
        errors += [invalid(path, selector, _MISPLACED) for _ in _unfit(scope, spec)]
        errors += _validate_operator(requirement, path)
    scopes = [requirement.get("scopeName") for requirement in selector.get("matchExpressions") or ()]
    return errors + [invalid(path, selector, "conflicting scopes") for _ in _conflicts(scopes)]


def _validate_operator(requirement: Object, path: str) -> list[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    errors: list[FieldError] = []
    has_values = requirement.get("scopeName") in {"PriorityClass", "VolumeAttributesClass"}
    if requirement.get("scopeName") in _SCOPES and not has_values and operator != "Exists":
        errors.append(invalid(f"{path}.operator", operator, _MUST_EXIST))
    if operator in _WITH_VALUES and not values:
        errors.append(required(f"{path}.values", _NEEDS_VALUES))
    elif operator in _WITHOUT and values:
        errors.append(invalid(f"{path}.values", values, _HAS_VALUES))
    elif operator not in _WITH_VALUES | _WITHOUT:
        errors.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    return errors


def _unfit(scope: str, spec: Object) -> list[str]:
    """List what a quota counts that no object in this scope is."""
    if scope == "BestEffort":
        fit: Collection[str] = {"pods"}
    elif scope == "VolumeAttributesClass":
        fit = {"persistentvolumeclaims", "requests.storage"}
    else:
        fit = {"pods", *_COMPUTE} if scope in _SCOPES else _STANDARD
    return [name for name in spec.get("hard") or () if name in _STANDARD and name not in fit]


def _conflicts(scopes: Collection[str | None]) -> list[set[str]]:
    return [pair for pair in _CONFLICTS if pair <= set(scopes)]
