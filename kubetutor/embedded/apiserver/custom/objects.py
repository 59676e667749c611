"""An object of a custom kind, as it is read from a request or from the store.

1. Its metadata are those of every object, and are read as strictly.
2. Fields that the schema does not know go, and are named; so do nulls that the schema does not allow.

What is left out gets its default later, from the strategy: who applies an object does not own what it left out.

Models: apiextensions-apiserver/pkg/apiserver/customresource_handler.go (unstructuredSchemaCoercer, unstructuredDefaulter).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.conform import Conformed, conform_value
from kubetutor.embedded.apiserver.custom.pruning import drop_nulls, prune, set_defaults
from kubetutor.embedded.apiserver.custom.structural import EMBEDDED, additional
from kubetutor.embedded.apiserver.field import invalid, quote
from kubetutor.embedded.apiserver.go_json import clone
from kubetutor.embedded.apiserver.status import bad_request
from kubetutor.embedded.apiserver.strategies import invalid_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.custom.kind import CustomKind
    from kubetutor.embedded.apiserver.custom.structural import Schema
    from kubetutor.embedded.apiserver.schema import TypeNode


def conform_object(kind: CustomKind, obj: Object, meta: TypeNode) -> Conformed:
    """Make an object fit its schema. `meta` is the type of an object's metadata."""
    value: Object = clone(obj)
    known = _read_metadata(value, meta)
    unknown = prune(value, kind.schema, is_object=True)
    drop_nulls(value, kind.schema)
    error = known.type_error
    for embedded, path in _embedded(value, kind.schema, ""):
        inner = _read_metadata(embedded, meta)
        error = error or inner.type_error
        unknown += [f"{path}.{_path(each)}" for each in inner.unknown_fields]
    named = tuple(f"unknown field {quote(path)}" for path in unknown)
    return Conformed(value, error, (*known.unknown_fields, *named))


def check_type_meta(kind: CustomKind, obj: Object) -> None:
    """Refuse an object that says to be of another version (400) or of another kind (422)."""
    version, name = obj.get("apiVersion") or "", obj.get("kind")
    if version != kind.api_version:
        reason = f"({version}) does not match the expected API version ({kind.api_version})"
        raise bad_request(f"the API version in the data {reason}")
    if name != kind.kind:
        named = str((obj.get("metadata") or {}).get("name") or "")
        wrong = invalid("kind", name, f"must be {kind.kind}")
        raise invalid_error(replace(kind, kind=str(name)), named, [wrong])


def _read_metadata(value: Object, meta: TypeNode) -> Conformed:
    """Replace the metadata of an object by what can be read of them."""
    if "metadata" not in value:
        return Conformed(None, None, ())
    read = conform_value(meta, value["metadata"] or {})
    value["metadata"] = read.value or {}
    unknown = tuple(f"unknown field {quote(f'metadata.{_path(each)}')}" for each in read.unknown_fields)
    return Conformed(read.value, read.type_error, unknown)


def _path(complaint: str) -> str:
    return complaint.removeprefix('unknown field "').removesuffix('"')


def _embedded(value: Any, schema: Schema | None, path: str) -> Iterator[tuple[Object, str]]:
    """Find the whole objects inside of a value, each with its path."""
    schema = schema or {}
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from _embedded(child, schema.get("items"), f"{path}[{index}]")
    elif isinstance(value, dict):
        if schema.get(EMBEDDED):
            yield value, path
        properties, values = schema.get("properties") or {}, additional(schema)
        for key, child in value.items():
            yield from _embedded(child, properties.get(key, values), f"{path}.{key}" if path else key)


def shown_object(kind: CustomKind, obj: Object) -> Object:
    """Answer a stored object in the version of a kind, as the schemas of today have it."""
    if not kind.is_read_anew:
        return obj if obj.get("apiVersion") == kind.api_version else {**obj, "apiVersion": kind.api_version}
    whole = _converted(kind.api_version, kind.storage_schema, obj)
    set_defaults(whole, kind.storage_schema)
    if kind.version != kind.storage_version:
        prune(whole, kind.schema, is_object=True)
        drop_nulls(whole, kind.schema)
    return whole


def kept_object(kind: CustomKind, obj: Object) -> Object:
    """Answer an object in the version in which its kind is stored."""
    if kind.version == kind.storage_version:
        return obj
    return _converted(f"{kind.group}/{kind.storage_version}", kind.storage_schema, obj)


def _converted(api_version: str, schema: Schema, obj: Object) -> Object:
    """Copy an object, but for its metadata, into another version."""
    whole: Object = clone({key: value for key, value in obj.items() if key != "metadata"})
    prune(whole, schema, is_object=True)
    drop_nulls(whole, schema)
    return {**whole, "apiVersion": api_version, "metadata": obj["metadata"]}
