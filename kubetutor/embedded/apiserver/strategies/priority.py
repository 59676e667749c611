"""PriorityClasses.

Models: pkg/apis/scheduling/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, forbidden, immutable, not_supported
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

HIGHEST_OF_USERS = 1_000_000_000
SYSTEM_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


def set_defaults(priority_class: Object) -> None:
    priority_class.setdefault("value", 0)
    priority_class.setdefault("preemptionPolicy", "PreemptLowerPriority")


def validate(priority_class: Object) -> list[FieldError]:
    name, value = priority_class["metadata"].get("name", ""), priority_class.get("value", 0)
    errors: list[FieldError] = []
    if name.startswith("system-"):
        if SYSTEM_PRIORITIES.get(name) != value:
            detail = "priority class names with 'system-' prefix are reserved for system use only. error: "
            known = f"value of {name} PriorityClass must be {SYSTEM_PRIORITIES.get(name)}"
            reason = known if name in SYSTEM_PRIORITIES else f"{name} is not a known system priority class"
            errors.append(forbidden("metadata.name", detail + reason))
    elif value > HIGHEST_OF_USERS:
        detail = f"maximum allowed value of a user defined priority is {HIGHEST_OF_USERS}"
        errors.append(forbidden("value", detail))
    policy = priority_class.get("preemptionPolicy", "")
    if policy not in {"PreemptLowerPriority", "Never"}:
        errors.append(not_supported("preemptionPolicy", policy, ("PreemptLowerPriority", "Never")))
    return errors


def validate_update(new: Object, old: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    if new.get("value") != old.get("value"):
        errors.append(forbidden("value", "may not be changed in an update."))
    return errors + immutable("preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))


STRATEGY = Strategy(
    defaults=set_defaults, validate=validate, validate_update=validate_update, has_generation=True
)
