"""What is wrong with a field, in upstream's words.

A path is plain text: `spec.containers[0].name`. Values are shown as a Go program shows them: text quoted,
numbers bare, the rest as compact JSON.

Models: k8s.io/apimachinery/pkg/util/validation/field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

IMMUTABLE = "field is immutable"
_ESCAPED = re.compile(r'[\x00-\x1f\x7f-\x9f"\\\ud800-\udfff]')
_SHORT_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    "\v": "\\v",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldError:
    """One cause of a 422. `reason` is `FieldValueInvalid` and the like, `message` the text after the path."""

    reason: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def invalid(path: str, value: Any, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", path, _with_value("Invalid value", value, detail))


def malformed(path: str, value: Any, complaints: Iterable[str]) -> list[FieldError]:
    """Answer one error for each complaint about a value's form."""
    return [invalid(path, value, complaint) for complaint in complaints]


def one_of(path: str, value: Any, supported: Collection[str]) -> list[FieldError]:
    """Answer an error for a value that is not supported: "Required value" when there is none."""
    if value in supported:
        return []
    return [not_supported(path, value, supported)] if value else [required(path)]


def not_supported(path: str, value: Any, supported: Iterable[str]) -> FieldError:
    detail = ", ".join(map(quote, supported))
    text = _with_value("Unsupported value", value, f"supported values: {detail}" if detail else "")
    return FieldError("FieldValueNotSupported", path, text)


def required(path: str, detail: str = "") -> FieldError:
    return FieldError("FieldValueRequired", path, _with_detail("Required value", detail))


def forbidden(path: str, detail: str) -> FieldError:
    return FieldError("FieldValueForbidden", path, _with_detail("Forbidden", detail))


def duplicate(path: str, value: Any, detail: str = "") -> FieldError:
    return FieldError("FieldValueDuplicate", path, _with_value("Duplicate value", value, detail))


def not_found(path: str, value: Any) -> FieldError:
    return FieldError("FieldValueNotFound", path, _with_value("Not found", value))


def too_long(path: str, limit: int) -> FieldError:
    return FieldError("FieldValueTooLong", path, f"Too long: may not be more than {limit} bytes")


def too_many(path: str, count: int, limit: int) -> FieldError:
    detail = f"must have at most {limit} item{'' if limit == 1 else 's'}"
    return FieldError("FieldValueTooMany", path, _with_value("Too many", count, detail))


def immutable(path: str, new: Any, old: Any) -> list[FieldError]:
    """Answer an error if the field has changed."""
    return [] if new == old else [invalid(path, new, IMMUTABLE)]


def non_negative(path: str, value: int | None) -> list[FieldError]:
    """Answer an error for a number below zero. None is a field that is not set."""
    if value is None or value >= 0:
        return []
    return [invalid(path, value, "must be greater than or equal to 0")]


def render(value: Any) -> str:
    """Show a value as upstream's messages do."""
    if isinstance(value, str):
        return quote(value)
    text = orjson.dumps(value).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def quote(text: str) -> str:
    """Quote a text as Go's %q does."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    return f"\\x{ord(char):02x}" if ord(char) < 0x80 else f"\\u{ord(char):04x}"


def _with_value(title: str, value: Any, detail: str = "") -> str:
    return _with_detail(f"{title}: {render(value)}", detail)


def _with_detail(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text
