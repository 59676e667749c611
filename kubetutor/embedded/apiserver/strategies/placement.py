"""What a pod says of the nodes it may run on: affinity, tolerations, spreading.

Models: validateAffinity, ValidateTolerations, validateTopologySpreadConstraints in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_label, dns_subdomain, label_value, qualified_name
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    invalid,
    malformed,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.labels import (
    SET_OPERATORS,
    validate_selector,
    validate_set_values,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_BAD_OPERATOR = "not a valid selector operator"


def validate_tolerations(tolerations: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, toleration in enumerate(tolerations):
        at = f"{path}[{index}]"
        key, operator = toleration.get("key", ""), toleration.get("operator", "")
        effect = toleration.get("effect", "")
        if key:
            errors += malformed(f"{at}.key", key, qualified_name(key))
        elif operator != "Exists":
            detail = (
                'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            )
            errors.append(invalid(f"{at}.operator", operator, detail))
        if "tolerationSeconds" in toleration and effect != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            errors.append(invalid(f"{at}.effect", effect, detail))
        errors += _validate_operator(operator, toleration.get("value", ""), f"{at}.operator")
        if effect and effect not in TAINT_EFFECTS:
            errors.append(not_supported(f"{at}.effect", effect, TAINT_EFFECTS))
    return errors


def _validate_operator(operator: str, value: str, path: str) -> list[FieldError]:
    if operator in {"Equal", ""}:
        complaints = label_value(value)
        return [invalid(path, value, ";".join(complaints))] if complaints else []
    if operator == "Exists":
        return [invalid(path, value, "value must be empty when `operator` is 'Exists'")] if value else []
    if operator in {"Lt", "Gt"}:
        return [not_supported(path, operator, ("Equal", "Exists", "Lt", "Gt"))]
    return [not_supported(path, operator, ("Equal", "Exists"))]


def validate_affinity(affinity: Object, path: str) -> list[FieldError]:
    errors = _validate_node_affinity(affinity.get("nodeAffinity", {}), f"{path}.nodeAffinity")
    for name in ("podAffinity", "podAntiAffinity"):
        errors += _validate_pod_affinity(affinity.get(name, {}), f"{path}.{name}")
    return errors


def validate_spread(constraints: list[Object], path: str) -> list[FieldError]:
    """Check `topologySpreadConstraints`."""
    errors: list[FieldError] = []
    pairs = [(item.get("topologyKey", ""), item.get("whenUnsatisfiable", "")) for item in constraints]
    for index, constraint in enumerate(constraints):
        at, (key, action) = f"{path}[{index}]", pairs[index]
        errors += _positive(constraint.get("maxSkew", 0), f"{at}.maxSkew")
        if not key:
            errors.append(required(f"{at}.topologyKey", "can not be empty"))
        if action not in {"DoNotSchedule", "ScheduleAnyway"}:
            errors.append(
                not_supported(f"{at}.whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway"))
            )
        if pairs[index] in pairs[index + 1 :]:
            errors.append(duplicate(f"{at}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}"))
        if "minDomains" in constraint:
            errors += _positive(constraint["minDomains"], f"{at}.minDomains")
            if action != "DoNotSchedule":
                detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                errors.append(invalid(f"{at}.minDomains", constraint["minDomains"], detail))
        for policy in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if constraint.get(policy, "Honor") not in {"Honor", "Ignore"}:
                errors.append(not_supported(f"{at}.{policy}", constraint[policy], ("Honor", "Ignore")))
        errors += validate_selector(constraint.get("labelSelector"), f"{at}.labelSelector")
    return errors


def _positive(number: int, path: str) -> list[FieldError]:
    return [] if number > 0 else [invalid(path, number, "must be greater than zero")]


def _validate_node_affinity(affinity: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if _REQUIRED in affinity:
        terms = affinity[_REQUIRED].get("nodeSelectorTerms", [])
        at = f"{path}.{_REQUIRED}.nodeSelectorTerms"
        if not terms:
            errors.append(required(at, "must have at least one node selector term"))
        for index, term in enumerate(terms):
            errors += _validate_term(term, f"{at}[{index}]", checks_values=True)
    for index, weighted in enumerate(affinity.get(_PREFERRED, ())):
        at = f"{path}.{_PREFERRED}[{index}]"
        errors += _validate_weight(weighted, at)
        errors += _validate_term(weighted.get("preference", {}), f"{at}.preference", checks_values=False)
    return errors


def _validate_term(term: Object, path: str, *, checks_values: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, requirement in enumerate(term.get("matchExpressions", ())):
        at = f"{path}.matchExpressions[{index}]"
        errors += _validate_expression(requirement, at)
        for position, value in enumerate(requirement.get("values", ()) if checks_values else ()):
            errors += malformed(f"{at}.values[{position}]", value, label_value(value))
    for index, requirement in enumerate(term.get("matchFields", ())):
        errors += _validate_field(requirement, f"{path}.matchFields[{index}]")
    return errors


def _validate_expression(requirement: Object, path: str) -> list[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values", [])
    errors = validate_set_values(operator, values, path)
    if operator in {"Gt", "Lt"}:
        if len(values) != 1:
            detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            errors.append(required(f"{path}.values", detail))
    elif operator not in SET_OPERATORS:
        errors.append(invalid(f"{path}.operator", operator, _BAD_OPERATOR))
    return errors + malformed(
        f"{path}.key", requirement.get("key", ""), qualified_name(requirement.get("key", ""))
    )


def _validate_field(requirement: Object, path: str) -> list[FieldError]:
    operator, key = requirement.get("operator", ""), requirement.get("key", "")
    values = requirement.get("values", [])
    errors: list[FieldError] = []
    if operator not in {"In", "NotIn"}:
        errors.append(invalid(f"{path}.operator", operator, _BAD_OPERATOR))
    elif len(values) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        errors.append(required(f"{path}.values", detail))
    if key != "metadata.name":
        return [*errors, invalid(f"{path}.key", key, "not a valid field selector key")]
    for index, value in enumerate(values):
        errors += malformed(f"{path}.values[{index}]", value, dns_subdomain(value))
    return errors


def _validate_pod_affinity(affinity: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, term in enumerate(affinity.get(_REQUIRED, ())):
        errors += _validate_pod_term(term, f"{path}.{_REQUIRED}[{index}]")
    for index, weighted in enumerate(affinity.get(_PREFERRED, ())):
        at = f"{path}.{_PREFERRED}[{index}]"
        errors += _validate_weight(weighted, at)
        errors += _validate_pod_term(weighted.get("podAffinityTerm", {}), f"{at}.podAffinityTerm")
    return errors


def _validate_weight(weighted: Object, path: str) -> list[FieldError]:
    weight = weighted.get("weight", 0)
    return [] if 1 <= weight <= 100 else [invalid(f"{path}.weight", weight, "must be in the range 1-100")]


def _validate_pod_term(term: Object, path: str) -> list[FieldError]:
    errors = validate_selector(term.get("labelSelector"), f"{path}.labelSelector")
    errors += validate_selector(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    for name in term.get("namespaces", ()):
        errors += malformed(f"{path}.namespace", name, dns_label(name))
    key = term.get("topologyKey", "")
    if not key:
        errors.append(required(f"{path}.topologyKey", "can not be empty"))
    return errors + malformed(f"{path}.topologyKey", key, qualified_name(key))
