"""Labels and the selectors that choose by them.

Models: k8s.io/apimachinery/pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import label_value, qualified_name
from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, malformed, required

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

SET_OPERATORS = {"In", "NotIn", "Exists", "DoesNotExist"}
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


def validate_template_labels(selector: Object | None, template: Object, path: str) -> list[FieldError]:
    """Check that a workload's selector chooses its own pods. No selector chooses nothing, an empty one all."""
    labels = template.get("metadata", {}).get("labels")
    if selector is not None and matches(from_selector(selector), labels or {}):
        return []
    return [invalid(f"{path}.metadata.labels", labels, MISMATCH)]


def validate_set_values(operator: str, values: list[str], path: str) -> list[FieldError]:
    """Check that an operator on a set has the values that it needs; others are not looked at."""
    if operator in {"In", "NotIn"} and not values:
        return [required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")]
    if operator in {"Exists", "DoesNotExist"} and values:
        detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        return [forbidden(f"{path}.values", detail)]
    return []


def _validate_requirement(requirement: Object, path: str) -> list[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values", [])
    errors = validate_set_values(operator, values, path)
    if operator not in SET_OPERATORS:
        errors.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    errors += malformed(f"{path}.key", requirement.get("key", ""), qualified_name(requirement.get("key", "")))
    for index, value in enumerate(values):
        errors += malformed(f"{path}.values[{index}]", value, label_value(value))
    return errors
