"""Which pods a ResourceQuota holds for: all, or those that its scopes choose. Other objects have no scopes.

Unlike upstream: no claim is in the scope VolumeAttributesClass.
Models: pkg/quota/v1/evaluator/core/pods.go (podMatchesScopeFunc), pkg/apis/core/helper/qos.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.quantities import parse as amount_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object

_COMPUTE = ("cpu", "memory")
_AFFINITIES = ("podAffinity", "podAntiAffinity")
_REQUIRED, _PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)


def covers(quota: Object, kind: Kind, obj: Object) -> bool:
    """Say whether a quota counts this object, as far as its scopes go."""
    requirements = _requirements(quota.get("spec", {}))
    if not requirements:
        return True
    return kind.resource == "pods" and all(_matches(obj["spec"], each) for each in requirements)


def _requirements(spec: Object) -> list[Object]:
    named = [{"scopeName": scope, "operator": "Exists"} for scope in spec.get("scopes") or ()]
    return named + list((spec.get("scopeSelector") or {}).get("matchExpressions") or ())


def _matches(spec: Object, requirement: Object) -> bool:
    if requirement["scopeName"] == "PriorityClass":
        return _has_class(spec.get("priorityClassName"), requirement)
    is_in = _SCOPES.get(requirement["scopeName"])
    return is_in is not None and is_in(spec)


def _has_class(name: str | None, requirement: Object) -> bool:
    operator, values = requirement["operator"], requirement.get("values") or ()
    if operator in {"Exists", "DoesNotExist"}:
        return bool(name) is (operator == "Exists")
    return (name in values) is (operator == "In")


def is_terminating(spec: Object) -> bool:
    """Say whether a pod ends by itself. So the scope calls it; it has nothing to do with being deleted."""
    return spec.get("activeDeadlineSeconds") is not None


def is_best_effort(spec: Object) -> bool:
    """Say whether no container asks for any CPU or memory."""
    return not any(
        amount_of(amount) > 0
        for group in ("containers", "initContainers")
        for container in spec.get(group) or ()
        for amounts in (container.get("resources") or {}).values()
        if isinstance(amounts, dict)  # `claims` is a list
        for name, amount in amounts.items()
        if name in _COMPUTE
    )


def looks_into_other_namespaces(spec: Object) -> bool:
    """Say whether a pod wants to be near to, or far from, pods of other namespaces."""
    rules = [(spec.get("affinity") or {}).get(name) or {} for name in _AFFINITIES]
    terms = [term for rule in rules for term in rule.get(_REQUIRED) or ()]
    terms += [each["podAffinityTerm"] for rule in rules for each in rule.get(_PREFERRED) or ()]
    return any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms)


_SCOPES: dict[str, Callable[[Object], bool]] = {
    "Terminating": is_terminating,
    "NotTerminating": lambda spec: not is_terminating(spec),
    "BestEffort": is_best_effort,
    "NotBestEffort": lambda spec: not is_best_effort(spec),
    "CrossNamespacePodAffinity": looks_into_other_namespaces,
}
