"""PodDisruptionBudgets.

Models: pkg/apis/policy/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, invalid, not_supported
from kubetutor.embedded.apiserver.strategies.int_or_percent import (
    at_most_100_percent,
    validate_int_or_percent,
)
from kubetutor.embedded.apiserver.strategies.labels import validate_selector
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_EMPTY_STATUS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
_POLICIES = ("AlwaysAllow", "IfHealthyBudget")


def set_defaults(budget: Object) -> None:
    budget.setdefault("spec", {})


def prepare_create(budget: Object) -> None:
    budget["status"] = dict.fromkeys(_EMPTY_STATUS, 0)


def validate(budget: Object) -> list[FieldError]:
    spec = budget["spec"]
    errors: list[FieldError] = []
    if "minAvailable" in spec and "maxUnavailable" in spec:
        shown = {
            "MinAvailable": spec["minAvailable"], "Selector": spec.get("selector"),
            "MaxUnavailable": spec["maxUnavailable"],
            "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
        }  # fmt: skip
        errors.append(invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set"))
    for name in ("minAvailable", "maxUnavailable"):
        if name in spec:
            errors += validate_int_or_percent(spec[name], f"spec.{name}")
            errors += at_most_100_percent(spec[name], f"spec.{name}")
    errors += validate_selector(spec.get("selector"), "spec.selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in _POLICIES:
        errors.append(not_supported("spec.unhealthyPodEvictionPolicy", policy, _POLICIES))
    return errors


STRATEGY = Strategy(
    defaults=set_defaults, prepare_create=prepare_create, validate=validate, has_generation=True
)
