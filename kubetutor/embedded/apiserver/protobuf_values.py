"""The few messages whose JSON form has a rule of its own: times, quantities, raw JSON.

Each function gets the message's fields in wire order and a way to read a nested message; it answers the JSON
value, or None for one that Go writes as null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeAlias

import orjson

from kubetutor.embedded.apiserver.protobuf_wire import as_bytes, as_int
from kubetutor.embedded.clock import micro_timestamp, timestamp

Fields: TypeAlias = list[tuple[int, int | bytes]]
ReadMessage: TypeAlias = Callable[[str, bytes], Any]

SCHEMA = "apiextensions.JSONSchemaProps"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _moment(fields: Fields) -> dt.datetime:
    """Read seconds (1) and nanoseconds (2) since 1970."""
    found = dict(fields)
    seconds, nanoseconds = as_int(found.get(1, 0)), as_int(found.get(2, 0))
    try:
        return EPOCH + dt.timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    except OverflowError as error:
        raise ValueError(f"{seconds} seconds since 1970 is no time") from error


def _time(fields: Fields, _: ReadMessage) -> str | None:
    return timestamp(_moment(fields)) if fields else None


def _micro_time(fields: Fields, _: ReadMessage) -> str | None:
    return micro_timestamp(_moment(fields)) if fields else None


def _quantity(fields: Fields, _: ReadMessage) -> str:
    return as_bytes(dict(fields).get(1, b"0")).decode()


def _int_or_string(fields: Fields, _: ReadMessage) -> int | str:
    found = dict(fields)
    if as_int(found.get(1, 0)) == 0:
        return as_int(found.get(2, 0))
    return as_bytes(found.get(3, b"")).decode()


def _raw_json(fields: Fields, _: ReadMessage) -> Any:
    raw = as_bytes(dict(fields).get(1, b""))
    return orjson.loads(raw) if raw else None


def _schema_or_bool(fields: Fields, read: ReadMessage) -> Any:
    found = dict(fields)
    return read(SCHEMA, as_bytes(found[2])) if 2 in found else bool(found.get(1, 0))


def _first_schema(fields: Fields, read: ReadMessage) -> Any:
    return next((read(SCHEMA, as_bytes(value)) for number, value in fields if number == 1), None)


def _schema_or_list(fields: Fields, read: ReadMessage) -> Any:
    several = [read(SCHEMA, as_bytes(value)) for number, value in fields if number == 2]
    return several or _first_schema(fields, read)


def _schema_or_names(fields: Fields, read: ReadMessage) -> Any:
    names = [as_bytes(value).decode() for number, value in fields if number == 2]
    return names or _first_schema(fields, read)


CONVERSIONS: dict[str, Callable[[Fields, ReadMessage], Any]] = {
    "meta.Time": _time,
    "meta.MicroTime": _micro_time,
    "meta.FieldsV1": _raw_json,
    "resource.Quantity": _quantity,
    "intstr.IntOrString": _int_or_string,
    "runtime.RawExtension": _raw_json,
    "apiextensions.JSON": _raw_json,
    "apiextensions.JSONSchemaPropsOrBool": _schema_or_bool,
    "apiextensions.JSONSchemaPropsOrArray": _schema_or_list,
    "apiextensions.JSONSchemaPropsOrStringArray": _schema_or_names,
}
