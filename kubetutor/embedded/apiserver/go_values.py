"""Single values as Go's decoder takes them: numbers, times, base64, amounts; or its words why not.

Models: encoding/json/decode.go, encoding/base64, apimachinery/pkg/apis/meta/v1/time.go.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kubetutor.api.quantities import WRONG_FORMAT, canonical
from kubetutor.embedded.apiserver.go_json import go_kind
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_TIME_LAYOUT = "2006-01-02T15:04:05Z07:00"
_TIME_PARTS = (
    ("2006", "[0-9]{4}"), ("-", "-"), ("01", "[0-9]{2}"), ("-", "-"), ("02", "[0-9]{2}"), ("T", "T"),
    ("15", "[0-9]{2}"), (":", ":"), ("04", "[0-9]{2}"), (":", ":"), ("05", "[0-9]{2}(?:[.,][0-9]+)?"),
    ("Z07:00", "Z|[+-][0-9]{2}:[0-9]{2}"),
)  # fmt: skip
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


class WrongTypeError(ValueError):
    """The value has another type than Go's field. `seen` and `go_type` are Go's words for both."""

    def __init__(self, seen: str, go_type: str) -> None:
        self.seen, self.go_type = seen, go_type
        super().__init__(f"json: cannot unmarshal {seen} into Go value of type {go_type}")


class BadValueError(ValueError):
    """The type is right, the value cannot be read. The message is Go's, and names no field."""


def read_scalar(scalar: str, go_type: str, value: Any) -> Any:
    """Answer the value as it is stored. Raises `WrongTypeError` and `BadValueError`."""
    return _READERS[scalar](go_type, value)


def _of_type(value: Any, types: tuple[type, ...], go_type: str) -> Any:
    if type(value) in types:
        return value
    raise WrongTypeError(go_kind(value), go_type)


def _integer(scalar: str, go_type: str, value: Any) -> Any:
    if type(value) is int:
        least, most = _RANGES[scalar]
        if least <= value <= most:
            return value
    if type(value) in {int, float}:
        raise WrongTypeError(f"number {_number(value)}", go_type)
    raise WrongTypeError(go_kind(value), go_type)


def _number(value: float) -> str:
    """Show a number that is no integer, or too large for one, as it may have been written."""
    return str(value).replace("e+", "e")


def _quantity(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadValueError(WRONG_FORMAT)
    try:
        return canonical(str(value).strip())
    except ApiError as error:
        raise BadValueError(error.message) from error


def _time(text: str, *, is_micro: bool) -> str:
    match = _TIME.fullmatch(text)
    if match is None:
        raise BadValueError(_time_complaint(text))
    try:
        moment = datetime.fromisoformat(f"{text[:19]}{'+00:00' if match[8] == 'Z' else match[8]}").astimezone(
            UTC
        )
    except (ValueError, OverflowError) as error:
        part = next(
            (word for word in ("year", "month", "day", "hour", "minute", "second") if word in str(error)),
            "day",
        )
        raise BadValueError(f'parsing time "{text}": {part} out of range') from error
    if not is_micro:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    digits = (match[7] or ".")[1:7].ljust(6, "0")
    moment += timedelta(microseconds=int(digits))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _time_complaint(text: str) -> str:
    position = 0
    for layout, pattern in _TIME_PARTS:
        match = re.compile(pattern).match(text, position)
        if match is None:
            return (
                f'parsing time "{text}" as "{_TIME_LAYOUT}": cannot parse "{text[position:]}" as "{layout}"'
            )
        position = match.end()
    return f'parsing time "{text}": extra text: "{text[position:]}"'


def _base64(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadValueError(f"illegal base64 data at input byte {_bad_base64_byte(text)}") from error
    return base64.b64encode(data).decode()


def _bad_base64_byte(text: str) -> int:
    """Find the byte that Go stumbles over. Four characters make three bytes; two or three with padding make less."""
    data = text.encode("utf-8", "replace")
    held = 0
    for index, byte in enumerate(data):
        if byte in b"\r\n":
            continue
        if byte == ord("="):
            rest = data[index + 1 :].lstrip(b"\r\n")
            if held < 2 or (held == 2 and rest[:1] not in {b"=", b""}):
                return index if held < 2 else len(data) - len(rest)
            after = rest[1:].lstrip(b"\r\n") if held == 2 else rest
            return len(data) - len(after)
        if byte not in _BASE64:
            return index
        held = (held + 1) % 4
    return len(data) - held


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "int32": lambda go_type, value: _integer("int32", go_type, value),
    "int64": lambda go_type, value: _integer("int64", go_type, value),
    "int-or-string": lambda _, value: value if isinstance(value, str) else _integer("int32", "int32", value),
    "quantity": lambda _, value: _quantity(value),
    "number": lambda go_type, value: _of_type(value, (int, float), go_type),
    "boolean": lambda go_type, value: _of_type(value, (bool,), go_type),
    "bytes": lambda go_type, value: _base64(_of_type(value, (str,), go_type)),
    "string": lambda go_type, value: _of_type(value, (str,), go_type),
    "time": lambda _, value: _time(_of_type(value, (str,), "string"), is_micro=False),
    "micro-time": lambda _, value: _time(_of_type(value, (str,), "string"), is_micro=True),
    "any": lambda _, value: value,
}
