"""Lists whose entries must differ: sets, and lists with keys.

Models: apiextensions-apiserver/pkg/apiserver/schema/listtype/validation.go.
"""

from __future__ import annotations

from typing import Any

import orjson

from kubetutor.embedded.apiserver.custom.structural import LIST_MAP_KEYS, LIST_TYPE, Schema, additional
from kubetutor.embedded.apiserver.field import FieldError, duplicate, invalid


def duplicates(value: Any, schema: Schema | None, path: str = "") -> list[FieldError]:
    """Answer one error for each entry of a list that is there already."""
    schema = schema or {}
    errors: list[FieldError] = []
    if isinstance(value, list):
        errors += _in_list(value, schema, path)
        for index, child in enumerate(value):
            errors += duplicates(child, schema.get("items"), f"{path}[{index}]")
    elif isinstance(value, dict):
        properties, values = schema.get("properties") or {}, additional(schema)
        for key, child in value.items():
            if key in properties:
                errors += duplicates(child, properties[key], f"{path}.{key}" if path else key)
            elif values is not None:
                errors += duplicates(child, values, f"{path}[{key}]")
    return errors


def _in_list(entries: list[Any], schema: Schema, path: str) -> list[FieldError]:
    kind = schema.get(LIST_TYPE)
    if kind == "set":
        return _repeated(entries, path)
    if kind != "map":
        return []
    for index, entry in enumerate(entries):
        if entry is not None and not isinstance(entry, dict):
            return [invalid(f"{path}[{index}]", entry, "must be an object for an array of list-type map")]
    keys = schema.get(LIST_MAP_KEYS) or ()
    return _repeated([{key: entry[key] for key in keys if key in (entry or {})} for entry in entries], path)


def _repeated(entries: list[Any], path: str) -> list[FieldError]:
    """Name an entry when it comes a second time, not again when it comes a third time."""
    times: dict[bytes, int] = {}
    errors = []
    for index, entry in enumerate(entries):
        written = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
        times[written] = times.get(written, 0) + 1
        if times[written] == 2:
            errors.append(duplicate(f"{path}[{index}]", entry))
    return errors
