"""Rules that a schema states as expressions: `x-kubernetes-validations`."""

from __future__ import annotations

from kubetutor.embedded.apiserver.custom.structural import RULES, Schema, subschemas
from kubetutor.embedded.apiserver.field import FieldError, invalid

BLOCKING = {
    "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid",
}  # fmt: skip
NOT_CHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)


def rule_errors(schema: Schema, errors: list[FieldError]) -> list[FieldError]:
    """Say that rules were not asked, where something else that is wrong keeps them from being asked."""
    if has_rules(schema) and any(error.reason in BLOCKING for error in errors):
        return [invalid("<nil>", None, NOT_CHECKED)]
    return []


def has_rules(schema: Schema) -> bool:
    return any(each.get(RULES) for each in subschemas(schema))
