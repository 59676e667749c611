"""A definition's schema as a type: what patches, server-side apply and managed fields must know of a field.

Models: apiextensions-apiserver/pkg/apiserver/schema/structural.go, k8s.io/kube-openapi/pkg/schemaconv.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.embedded.apiserver.field_type import FieldType

Schema = dict[str, Any]

PRESERVES = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
INT_OR_STRING = "x-kubernetes-int-or-string"
LIST_TYPE = "x-kubernetes-list-type"
LIST_MAP_KEYS = "x-kubernetes-list-map-keys"
MAP_TYPE = "x-kubernetes-map-type"
RULES = "x-kubernetes-validations"
META_FIELDS = ("apiVersion", "kind", "metadata")
_TEXT: Schema = {"type": "string"}
_ANYTHING: Schema = {PRESERVES: True}


class StructuralType:
    """The type of one field. Satisfies `FieldType`; `metadata` is the type of an object's metadata."""

    merge_key = None
    patch_strategies: tuple[str, ...] = ()
    required: tuple[str, ...] = ()  # objects are plain maps: nothing is there that nobody wrote

    def __init__(self, schema: Schema, metadata: FieldType) -> None:
        self._schema, self._metadata = schema, metadata
        self._is_object = bool(schema.get(EMBEDDED))

    @cached_property
    def fields(self) -> dict[str, FieldType]:
        """Map the declared fields to their types; of an object also those that every object has."""
        own: dict[str, FieldType] = {
            name: self._child(schema) for name, schema in (self._schema.get("properties") or {}).items()
        }
        if self._is_object:
            own |= {"apiVersion": self._child(_TEXT), "kind": self._child(_TEXT), "metadata": self._metadata}
        return own

    @cached_property
    def items(self) -> FieldType | None:
        schema = self._schema.get("items")
        return self._child(schema) if isinstance(schema, dict) else None

    @cached_property
    def values(self) -> FieldType | None:
        """Answer the type of what is not declared, where that may be there."""
        schema = additional(self._schema)
        if schema is None and self._schema.get(PRESERVES):
            return self._child(_ANYTHING)
        return None if schema is None else self._child(schema)

    @property
    def list_type(self) -> str | None:
        list_type: str | None = self._schema.get(LIST_TYPE)
        return list_type

    @property
    def list_map_keys(self) -> tuple[str, ...]:
        return tuple(self._schema.get(LIST_MAP_KEYS) or ())

    @property
    def map_type(self) -> str | None:
        map_type: str | None = self._schema.get(MAP_TYPE)
        return map_type

    def field(self, name: str) -> FieldType | None:
        return self.fields.get(name)

    def default_of(self, name: str) -> Any:
        """Answer the default of a declared field; None when it has none."""
        return ((self._schema.get("properties") or {}).get(name) or {}).get("default")

    def _child(self, schema: Schema) -> StructuralType:
        return StructuralType(schema, self._metadata)


class ObjectType(StructuralType):
    """The type of a whole object. Its status has a path of its own if `has_status`."""

    def __init__(self, schema: Schema, metadata: FieldType, *, has_status: bool) -> None:
        super().__init__({**schema, EMBEDDED: True}, metadata)
        self._has_status = has_status

    def reset_fields(self, subresource: str) -> frozenset[str]:
        """Answer the fields whose changes through this subresource are thrown away."""
        if subresource == "status":
            return frozenset({"metadata", "spec"})
        return frozenset({"status"} if self._has_status else ())


def additional(schema: Schema) -> Schema | None:
    """Answer the schema of a map's values; None when the schema describes no map."""
    found = schema.get("additionalProperties")
    if found is True:
        return {}
    return found if isinstance(found, dict) else None


def subschemas(schema: Schema) -> Iterator[Schema]:
    """Walk a schema and everything in it that describes a part of the value."""
    yield schema
    children = list((schema.get("properties") or {}).values())
    children += [child for child in (additional(schema), schema.get("items")) if isinstance(child, dict)]
    for child in children:
        yield from subschemas(child)


def has_defaults(schema: Schema) -> bool:
    return any("default" in each for each in subschemas(schema))
