"""Reading protobuf bodies: `kubectl create` and typed Go clients send nothing else.

A body is the letters `k8s` and a zero byte, then a message that names apiVersion and kind and holds the object's own bytes.
The numbers and types of fields are data (`protobuf_fields.json`, written by `tests/upstream/protobuf_table.py`),
read when the first such body comes. The result is what Go would have written as JSON, less its nulls.

Models: k8s.io/apimachinery/pkg/runtime/serializer/protobuf.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.embedded.apiserver.protobuf_values import CONVERSIONS
from kubetutor.embedded.apiserver.protobuf_wire import as_bytes, as_int, walk
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

MAGIC = b"k8s\x00"
MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
TABLE_PATH = Path(__file__).with_name("protobuf_fields.json")
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message. `type` is `string`, `bytes`, `int`, `bool`, `double`, `map TYPE`, `items TYPE` or a message."""

    name: str
    type: str
    is_repeated: bool
    is_pointer: bool
    omits_zero: bool
    omits_empty_message: bool
    is_inline: bool


def decode(body: bytes) -> Object:
    """Answer the object that the body holds, as plain JSON. Raises `ApiError` 400 when it cannot be read."""
    if not body.startswith(MAGIC):
        seen = list(body[: len(MAGIC)])
        raise _refusal(
            f"provided data does not appear to be a protobuf message, expected prefix {list(MAGIC)}, saw {seen}"
        )
    try:
        api_version, kind, raw = _open_envelope(body[len(MAGIC) :])
        return {
            "kind": kind,
            "apiVersion": api_version,
            **_read_message(_message_of(api_version, kind), raw, 0),
        }
    except (ValueError, struct.error) as error:
        raise _refusal(f"the protobuf body cannot be read: {error}") from error


def _refusal(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def _open_envelope(data: bytes) -> tuple[str, str, bytes]:
    """Read a `runtime.Unknown`: answer apiVersion, kind and the object's bytes."""
    outer = dict(walk(data))
    names = dict(walk(as_bytes(outer.get(1, b""))))
    api_version, kind = (as_bytes(names.get(number, b"")).decode() for number in (1, 2))
    return api_version, kind, as_bytes(outer.get(2, b""))


def _message_of(api_version: str, kind: str) -> str:
    kinds = _table()["kinds"]
    name: str | None = kinds.get(f"{api_version} {kind}")
    if name is None and kind == "DeleteOptions":  # every group has it, and it is always the same
        name = kinds["v1 DeleteOptions"]
    if name is None:
        raise _refusal(f'no kind "{kind}" is registered for version "{api_version}"')
    return name


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Read the data file: the message of each kind, and the fields of each message. Takes about a millisecond."""
    content: dict[str, dict[str, Any]] = orjson.loads(TABLE_PATH.read_bytes())
    return content


@cache
def _fields_of(message: str) -> dict[int, Field]:
    """Answer the message's fields by number, in the order in which Go writes them as JSON."""
    lines: list[str] = _table()["messages"][message]
    return dict(_parse_field(line) for line in lines)


def _parse_field(line: str) -> tuple[int, Field]:
    """Read `NUMBER NAME FLAGS TYPE`; the flags are explained in `tests/upstream/protobuf/table.go`."""
    number, name, flags, type_ = line.split(" ", 3)
    return int(number), Field(name, type_, *(flag in flags for flag in "rpozi"))


def _read_message(name: str, data: bytes, depth: int) -> Object:
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH} messages")
    fields = _fields_of(name)
    found: dict[int, Any] = {}
    for number, wire_value in walk(data):
        field = fields.get(number)
        if field is not None:
            _collect(found, number, field, _read_value(field.type, wire_value, depth))
    result: Object = {}
    for number, field in fields.items():
        if number not in found or _is_omitted(field, found[number]):
            continue
        if field.is_inline:
            result.update(found[number])
        else:
            result[field.name] = found[number]
    return result


def _collect(found: dict[int, Any], number: int, field: Field, value: Any) -> None:
    if field.is_repeated:
        found.setdefault(number, []).append(value)
    elif field.type.startswith("map "):
        found.setdefault(number, {}).update(value)
    else:
        found[number] = value


def _is_omitted(field: Field, value: Any) -> bool:
    """Say whether Go's JSON encoder leaves this value out, or writes a null for it, as for a zero time."""
    if value is None:
        return True
    if field.is_pointer or field.is_repeated:
        return False
    if isinstance(value, dict):
        return field.omits_empty_message and not value
    return field.omits_zero and not value


def _read_value(type_: str, value: int | bytes, depth: int) -> Any:
    scalar = _SCALARS.get(type_)
    if scalar is not None:
        return scalar(value)
    data = as_bytes(value)
    shape, _, inner = type_.partition(" ")
    if shape == "map":
        return _read_entry(inner, data, depth)
    if shape == "items":  # a list in a message of its own
        return [_read_value(inner, item, depth) for number, item in walk(data) if number == 1]
    convert = CONVERSIONS.get(type_)
    if convert is not None:
        return convert(list(walk(data)), lambda name, raw: _read_message(name, raw, depth + 1))
    return _read_message(type_, data, depth + 1)


def _read_entry(value_type: str, data: bytes, depth: int) -> dict[str, Any]:
    """Read one entry of a map: a message of key and value."""
    entry = dict(walk(data))
    key = as_bytes(entry.get(1, b"")).decode()
    empty: int | bytes = 0 if value_type in {"int", "bool"} else b""
    value = _read_value(value_type, entry.get(2, empty), depth)
    return {} if value is None else {key: value}


def _read_double(value: int | bytes) -> float:
    number: float = struct.unpack("<d", as_bytes(value))[0]
    return number


_SCALARS = {
    "string": lambda value: as_bytes(value).decode(),
    "bytes": lambda value: base64.b64encode(as_bytes(value)).decode(),
    "int": as_int,
    "bool": lambda value: bool(as_int(value)),
    "double": _read_double,
}
