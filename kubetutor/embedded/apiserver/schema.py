"""The types of all kinds, for reading objects, patching them and noting who owns which field.

Nothing about a field is typed in by hand: all comes from the published definitions, without their prose.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.embedded.apiserver.definitions import REF_PREFIX, RELEASE, definition_names, load_definitions

if TYPE_CHECKING:
    from pathlib import Path

SPECIAL = {  # definitions that JSON sees as something else than their fields
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time",
}
SCALARS = {"string", "integer", "boolean", "number"}


class TypeNode:
    """One type, as a field has it. `form` is struct, map, list, any, or a scalar's name.

    Scalars: string, boolean, int32, int64, number, bytes, quantity, int-or-string, time, micro-time.
    """

    def __init__(self, schema: Schema, field: dict[str, Any], name: str = "") -> None:
        self._schema, self._field = schema, field
        reference = field.get("$ref", "")
        self._name = name or reference.removeprefix(REF_PREFIX)
        self._definition = schema.definitions.get(self._name, field) if self._name else field

    @property
    def go_type(self) -> str:
        """Answer the last part of the definition's name: `DeploymentSpec`."""
        return self._name.rpartition(".")[2]

    @property
    def go_package(self) -> str:
        """Answer the part before: `v1`."""
        return self._name.split(".")[-2] if self._name else ""

    @cached_property
    def form(self) -> str:
        if self._name in SPECIAL:
            return SPECIAL[self._name]
        definition = self._definition
        type_ = definition.get("type")
        type_ = next((t for t in type_ if t != "null"), None) if isinstance(type_, list) else type_
        if "properties" in definition:
            return "struct"
        if type_ == "array":
            return "list"
        if type_ == "object":
            return "map" if "additionalProperties" in definition else "any"
        if type_ in SCALARS:
            return _scalar(str(type_), definition.get("format"))
        return "any"

    @cached_property
    def fields(self) -> dict[str, TypeNode]:
        """Map the names of a struct's fields to their types."""
        return self._schema.fields_of(self._name, self._definition)

    def field(self, name: str) -> TypeNode | None:
        return self.fields.get(name)

    @cached_property
    def items(self) -> TypeNode | None:
        items = self._definition.get("items")
        return None if items is None else TypeNode(self._schema, items)

    @cached_property
    def values(self) -> TypeNode | None:
        values = self._definition.get("additionalProperties")
        return TypeNode(self._schema, values) if isinstance(values, dict) else None

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self._definition.get("required", ()))

    @property
    def merge_key(self) -> str | None:
        key: str | None = self._field.get("x-kubernetes-patch-merge-key")
        return key

    @property
    def patch_strategies(self) -> tuple[str, ...]:
        text = self._field.get("x-kubernetes-patch-strategy", "")
        return tuple(text.split(",")) if text else ()

    @property
    def list_type(self) -> str | None:
        kind: str | None = self._field.get("x-kubernetes-list-type")
        return kind

    @property
    def list_map_keys(self) -> tuple[str, ...]:
        return tuple(self._field.get("x-kubernetes-list-map-keys", ()))

    @property
    def map_type(self) -> str | None:
        kind: str | None = self._field.get("x-kubernetes-map-type") or self._definition.get("x-kubernetes-map-type")
        return kind


def _scalar(type_: str, format_: str | None) -> str:
    if type_ == "integer":
        return format_ or "int64"
    if type_ == "string" and format_ == "byte":
        return "bytes"
    return type_


class Schema:
    """Every type of one release. Nodes are made when first asked for."""

    def __init__(self, definitions: dict[str, dict[str, Any]]) -> None:
        self.definitions = definitions
        self._nodes: dict[str, TypeNode] = {}
        self._fields: dict[str, dict[str, TypeNode]] = {}
        self._names = definition_names(definitions)

    @classmethod
    def load(cls, cache_dir: Path | None = None) -> Schema:
        """Read the definitions; with a folder, keep them there without their prose, which loads faster."""
        path = None if cache_dir is None else cache_dir / f"schema-{RELEASE}.json"
        if path is not None and path.exists():
            try:
                return cls(orjson.loads(path.read_bytes()))
            except orjson.JSONDecodeError:
                path.unlink()  # half written by a process that was killed: make it again
        bare = {name: _without_prose(definition) for name, definition in load_definitions().items()}
        if path is not None:
            path.write_bytes(orjson.dumps(bare))
        return cls(bare)

    def type_of(self, group: str, version: str, kind: str) -> TypeNode | None:
        name = self._names.get((group, version, kind))
        if name is None:
            return None
        if name not in self._nodes:
            self._nodes[name] = TypeNode(self, {}, name)
        return self._nodes[name]

    def fields_of(self, name: str, definition: dict[str, Any]) -> dict[str, TypeNode]:
        """Map a struct's field names to types; one map for all uses of a named definition."""
        if name in self._fields:
            return self._fields[name]
        properties = definition.get("properties") or {}
        fields = {field: TypeNode(self, value) for field, value in properties.items()}
        if name:
            self._fields[name] = fields
        return fields


def _without_prose(definition: Any) -> Any:
    if isinstance(definition, dict):
        return {
            key: value if key == "required" else _without_prose(value)
            for key, value in definition.items()
            if key != "description" or isinstance(value, dict)
        }
    return definition
