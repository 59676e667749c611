"""What a schema finds wrong with one value alone: its type, its length, its form, its range.

Models: k8s.io/kube-openapi/pkg/validation/validate/{type,values,validator}.go.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from kubetutor.embedded.apiserver.custom.formats import fits_format
from kubetutor.embedded.apiserver.custom.structural import INT_OR_STRING, Schema
from kubetutor.embedded.apiserver.field import (
    FieldError,
    invalid,
    not_supported,
    quote,
    render,
    too_long,
    too_many,
)

_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
_LIMITS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


def type_of(value: Any) -> str:
    return _TYPES.get(type(value), "null")


def is_of_type(value: Any, wanted: tuple[str, ...]) -> bool:
    """Say whether a value is of one of these types: an integer is a number, and 1.0 is an integer."""
    seen = type_of(value)
    if seen in wanted or (seen == "integer" and "number" in wanted):
        return True
    return seen == "number" and "integer" in wanted and float(value).is_integer()


def scalar_errors(value: Any, schema: Schema, path: str, said: str) -> list[FieldError]:
    """Answer the first thing that is wrong with a text, or all with a number. `said` is the path in messages."""
    if isinstance(value, str):
        return _text_errors(value, schema, path, said)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number_errors(value, schema, path, said)
    return []


def _text_errors(value: str, schema: Schema, path: str, said: str) -> list[FieldError]:
    longest, shortest, pattern = (schema.get(name) for name in ("maxLength", "minLength", "pattern"))
    errors = []
    if longest is not None and len(value) > longest:
        errors = [too_long(path, longest)]
    elif shortest is not None and len(value) < shortest:
        errors = [invalid(path, value, f"{said} in body should be at least {shortest} chars long")]
    elif pattern and not _compiled(pattern).search(value):
        errors = [invalid(path, value, f"{said} in body should match '{pattern}'")]
    name = schema.get("format")
    if name and not schema.get(INT_OR_STRING) and not fits_format(name, value):
        error = invalid(path, value, f"{said} in body must be of type {name}: {quote(value)}")
        errors.append(FieldError("FieldValueTypeInvalid", error.path, error.message))
    return errors


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a Go pattern: its `$` is the very end of the text."""
    ends_there = pattern.endswith("$") and not pattern.endswith("\\$")
    return re.compile(pattern.removesuffix("$") + r"\Z" if ends_there else pattern)


def pattern_complaint(pattern: str) -> str:
    """Say what is wrong with a pattern; "" when it can be read."""
    try:
        _compiled(pattern)
    except re.error as error:
        return str(error)
    return ""


def _number_errors(value: float, schema: Schema, path: str, said: str) -> list[FieldError]:
    errors = []
    if schema.get("type") == "integer" and not _fits_integer(value, schema.get("format", "")):
        form = f"with format {schema['format']}" if schema.get("format") else "(default format)"
        errors.append(invalid("<nil>", "", f"Checked value must be of type integer {form} in {said}"))
    factor, least, most = (schema.get(name) for name in ("multipleOf", "minimum", "maximum"))
    if factor is not None and not _is_multiple(value, factor):
        errors.append(invalid(path, value, f"{said} in body should be a multiple of {render(factor)}"))
    if least is not None and _is_beyond(least, value, exclusive=schema.get("exclusiveMinimum")):
        than = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        errors.append(invalid(path, value, f"{said} in body should be {than} {render(least)}"))
    if most is not None and _is_beyond(value, most, exclusive=schema.get("exclusiveMaximum")):
        than = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        errors.append(invalid(path, value, f"{said} in body should be {than} {render(most)}"))
    return errors


def _fits_integer(value: float, form: str) -> bool:
    least, most = _LIMITS.get(form, _LIMITS["int64"])
    return float(value).is_integer() and least <= value <= most


def _is_beyond(larger: float, smaller: float, *, exclusive: bool | None) -> bool:
    return larger >= smaller if exclusive else larger > smaller


def _is_multiple(value: float, factor: float) -> bool:
    if isinstance(value, int) and float(factor).is_integer():
        return value % int(factor) == 0
    times = value / factor
    return math.isclose(times, round(times), rel_tol=1e-9)


def enum_errors(value: Any, schema: Schema, path: str) -> list[FieldError]:
    allowed = schema.get("enum")
    if not allowed or any(each == value and type_of(each) == type_of(value) for each in allowed):
        return []
    shown = [each if isinstance(each, str) else render(each) for each in allowed]
    return [not_supported(path, value, shown)]


def size_errors(size: int, schema: Schema, path: str, said: str, what: str) -> list[FieldError]:
    """Answer what is wrong with the number of Items or Properties."""
    least, most = schema.get(f"min{what}"), schema.get(f"max{what}")
    errors = []
    if least is not None and size < least:
        errors.append(invalid(path, size, f"{said} in body should have at least {least} {what.lower()}"))
    if most is not None and size > most:
        errors.append(too_many(path, size, most))
    return errors
