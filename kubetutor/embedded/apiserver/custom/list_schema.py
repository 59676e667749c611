"""What is wrong with what a schema says of lists and maps: sets, keyed lists, atomic maps, and rules.

Models: apiextensions-apiserver/pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionOpenAPISchema).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.custom import expressions
from kubetutor.embedded.apiserver.custom.structural import (
    LIST_MAP_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    RULES,
    Schema,
)
from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, not_supported, required

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST_TYPES, MAP_TYPES = ("atomic", "set", "map"), ("atomic", "granular")


def list_errors(schema: Schema, path: str) -> Iterator[FieldError]:
    """Look at one schema, not at those inside of it."""
    yield from _of_type(schema, path, MAP_TYPE, "object")
    if schema.get(MAP_TYPE, "atomic") not in MAP_TYPES:
        yield not_supported(f"{path}.{MAP_TYPE}", schema[MAP_TYPE], MAP_TYPES)
    yield from _of_type(schema, path, LIST_TYPE, "array")
    if schema.get("type") == "array" and schema.get(LIST_TYPE) == "set":
        yield from _set(schema, path)
    if schema.get(LIST_TYPE, "atomic") not in LIST_TYPES:
        yield not_supported(f"{path}.{LIST_TYPE}", schema[LIST_TYPE], LIST_TYPES)
    if schema.get(LIST_MAP_KEYS) and schema.get(LIST_TYPE) != "map":
        words, where = "must be map if x-kubernetes-list-map-keys is non-empty", f"{path}.{LIST_TYPE}"
        yield invalid(where, schema[LIST_TYPE], words) if LIST_TYPE in schema else required(where, words)
    if schema.get(LIST_TYPE) == "map":
        yield from _map(schema, path)
    if schema.get(LIST_TYPE) in {"set", "map"} and (schema.get("items") or {}).get("nullable"):
        words = f"cannot be nullable when x-kubernetes-list-type is {schema[LIST_TYPE]}"
        yield forbidden(f"{path}.items.nullable", words)
    yield from _rules(schema, path)


def _of_type(schema: Schema, path: str, keyword: str, wanted: str) -> Iterator[FieldError]:
    kind = schema.get("type", "")
    if keyword in schema and kind != wanted:
        words, where = f"must be {wanted} if {keyword} is specified", f"{path}.type"
        yield invalid(where, kind, words) if kind else required(where, words)


def _set(schema: Schema, path: str) -> Iterator[FieldError]:
    items = schema.get("items") or {}
    words = "must be atomic as item of a list with x-kubernetes-list-type=set"
    if items.get("type") == "array" and items.get(LIST_TYPE, "atomic") != "atomic":
        yield invalid(f"{path}.items.{LIST_TYPE}", items[LIST_TYPE], words)
    if items.get("type") == "object" and items.get(MAP_TYPE) != "atomic":
        yield invalid(f"{path}.items.{MAP_TYPE}", items.get(LIST_TYPE), words)


def _map(schema: Schema, path: str) -> Iterator[FieldError]:
    keys, items = schema.get(LIST_MAP_KEYS) or [], schema.get("items")
    if not keys:
        yield required(f"{path}.{LIST_MAP_KEYS}", "must not be empty if x-kubernetes-list-type is map")
    if items is None:
        yield required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map")
    if not isinstance(items, dict):
        return
    if items.get("type") != "object":
        words = "must be object if parent array's x-kubernetes-list-type is map"
        yield invalid(f"{path}.items.type", items.get("type", ""), words)
        return
    yield from _keys(keys, items, path)


def _keys(keys: list[str], items: Schema, path: str) -> Iterator[FieldError]:
    properties = items.get("properties") or {}
    for index, key in enumerate(keys):
        where = f"{path}.items.properties[{key}]"
        if key not in properties:
            yield invalid(f"{path}.{LIST_MAP_KEYS}", keys, "entries must all be names of item properties")
        elif properties[key].get("type") in {"array", "object"}:
            words = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            yield invalid(f"{where}.type", items["type"], words)
        if key in keys[:index]:
            yield invalid(f"{path}.{LIST_MAP_KEYS}", keys, "must not contain duplicate entries")
    for key in keys:
        where = f"{path}.items.properties[{key}]"
        if key not in properties:
            continue
        if key not in (items.get("required") or ()) and properties[key].get("default") is None:
            words = "so it must have a default or be a required property"
            yield required(f"{where}.default", f"this property is in x-kubernetes-list-map-keys, {words}")
        if properties[key].get("nullable"):
            words = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
            yield forbidden(f"{where}.nullable", words)


def _rules(schema: Schema, path: str) -> Iterator[FieldError]:
    for index, rule in enumerate(schema.get(RULES) or ()):
        where, message = f"{path}.{RULES}[{index}]", rule.get("message", "")
        if not rule.get("rule", "").strip():
            yield required(f"{where}.rule", "rule is not specified")
        elif message and not message.strip():
            yield invalid(f"{where}.message", message, "must be non-empty if specified")
        elif "\n" in message.strip():
            yield invalid(f"{where}.message", message, "must not contain line breaks")
        elif "\n" in rule["rule"].strip() and not message.strip():
            yield required(f"{where}.message", "message must be specified if rule contains line breaks")
        elif expressions.is_available() and (wrong := expressions.complaint(rule["rule"])):
            yield invalid(f"{where}.rule", rule, f"compilation failed: {wrong}")
