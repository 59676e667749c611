"""What a schema does not describe is taken out of an object; what is left out gets its default.

Models: apiextensions-apiserver/pkg/apiserver/schema/pruning/algorithm.go, .../schema/defaulting/algorithm.go.
"""

from __future__ import annotations

from typing import Any

from kubetutor.embedded.apiserver.custom.structural import (
    EMBEDDED,
    META_FIELDS,
    PRESERVES,
    Schema,
    additional,
)
from kubetutor.embedded.apiserver.go_json import clone


def prune(value: Any, schema: Schema | None, *, is_object: bool = False) -> list[str]:
    """Remove unknown fields in place, and answer their paths in order: `spec.seats[0].colour`.

    `is_object` says that the value is a whole object: its metadata is somebody else's business.
    """
    whole = {**(schema or {}), EMBEDDED: True} if is_object else schema
    found: list[str] = []
    _prune(value, whole, "", found)
    return sorted(found)


def _prune(value: Any, schema: Schema | None, path: str, found: list[str]) -> None:
    schema = schema or {}
    if isinstance(value, list):
        items = schema.get("items")
        if items is None and schema.get(PRESERVES):
            return
        for index, child in enumerate(value):
            _prune(child, items, f"{path}[{index}]", found)
    elif isinstance(value, dict):
        _prune_map(value, schema, path, found)


def _prune_map(value: dict[str, Any], schema: Schema, path: str, found: list[str]) -> None:
    properties, values = schema.get("properties") or {}, additional(schema)
    for key in list(value):
        if schema.get(EMBEDDED) and key in META_FIELDS:
            continue
        below = f"{path}.{key}" if path else key
        if key in properties:
            _prune(value[key], properties[key], below, found)
        elif values is not None:
            _prune(value[key], values, below, found)
        elif not schema.get(PRESERVES):
            found.append(below)
            del value[key]


def drop_nulls(value: Any, schema: Schema | None) -> None:
    """Remove, in place, each null that its schema neither allows nor has a default for."""
    schema = schema or {}
    if isinstance(value, list):
        for child in value:
            drop_nulls(child, schema.get("items"))
    elif isinstance(value, dict):
        properties, values = schema.get("properties") or {}, additional(schema)
        for key in list(value):
            child = properties.get(key, values)
            if child is None:
                continue
            if value[key] is None and not child.get("nullable") and child.get("default") is None:
                del value[key]
            else:
                drop_nulls(value[key], child)


def set_defaults(value: Any, schema: Schema | None) -> None:
    """Fill in, in place, what is left out and has a default. A map that is not there is not made for its defaults."""
    schema = schema or {}
    if isinstance(value, list):
        items = schema.get("items") or {}
        for index, child in enumerate(value):
            if child is None and not items.get("nullable"):
                value[index] = clone(items.get("default"))
            set_defaults(value[index], items)
    elif isinstance(value, dict):
        properties, values = schema.get("properties") or {}, additional(schema)
        for key, child in properties.items():
            if child.get("default") is not None and _is_missing(value, key, child):
                value[key] = clone(child["default"])
        for key in value:
            child = properties.get(key, values)
            if child is not None:
                if value[key] is None and not child.get("nullable"):
                    value[key] = clone(child.get("default"))
                set_defaults(value[key], child)


def _is_missing(value: dict[str, Any], key: str, schema: Schema) -> bool:
    return key not in value or (value[key] is None and not schema.get("nullable"))
