"""Labels and the selectors that choose by them.

Models: k8s.io/apimachinery/pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, malformed, required
from kubetutor.embedded.apiserver.formats import label_value, qualified_name

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

MISMATCH = "`selector` does not match template `labels`"


def validate_labels(labels: dict[str, str] | None, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for key, value in (labels or {}).items():
        errors += malformed(path, key, qualified_name(key))
        errors += malformed(path, value, label_value(value))
    return errors


def validate_selector(selector: Object | None, path: str) -> list[FieldError]:
    """Check a LabelSelector: `matchLabels` and `matchExpressions`."""
    if not selector:
        return []
    errors = validate_labels(selector.get("matchLabels"), f"{path}.matchLabels")
    for index, requirement in enumerate(selector.get("matchExpressions", ())):
        errors += _validate_requirement(requirement, f"{path}.matchExpressions[{index}]")
    return errors


def is_empty(selector: Object) -> bool:
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Say whether a well-formed LabelSelector chooses these labels."""
    wanted = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_meets(requirement, labels) for requirement in selector.get("matchExpressions", ()))


def validate_template_labels(selector: Object | None, template: Object, path: str) -> list[FieldError]:
    """Check that a workload's selector chooses its own pods. No selector chooses nothing, an empty one all."""
    labels = template.get("metadata", {}).get("labels")
    if selector is not None and (is_empty(selector) or matches(selector, labels or {})):
        return []
    return [invalid(f"{path}.metadata.labels", labels, MISMATCH)]


def _meets(requirement: Object, labels: dict[str, str]) -> bool:
    key, values = requirement.get("key", ""), requirement.get("values", ())
    operator = requirement.get("operator")
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return labels.get(key) not in values
    return (key in labels) == (operator == "Exists")


def _validate_requirement(requirement: Object, path: str) -> list[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values", [])
    errors: list[FieldError] = []
    if operator in {"In", "NotIn"}:
        if not values:
            errors.append(required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in {"Exists", "DoesNotExist"}:
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            errors.append(forbidden(f"{path}.values", detail))
    else:
        errors.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    errors += malformed(f"{path}.key", requirement.get("key", ""), qualified_name(requirement.get("key", "")))
    for index, value in enumerate(values):
        errors += malformed(f"{path}.values[{index}]", value, label_value(value))
    return errors
