"""The types of every kind that is served, in the small form that decoding and patching need.

The published definitions are 5 MB of text, most of it prose. They are boiled down once to plain tuples, which are
kept in a file; types are made from those when they are first walked.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import tempfile
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from kubetutor.api.kinds import KINDS
from kubetutor.embedded.apiserver.definitions import (
    REF_PREFIX,
    definition_names,
    definitions_path,
    load_definitions,
)
from kubetutor.embedded.apiserver.go_types import KEPT_COLLECTIONS, KEPT_TEXTS, OMITTED_ZEROS, named_types

if TYPE_CHECKING:
    from pathlib import Path

# a field: (scalar, struct's name, items, values, Go's type name, empty is dropped, extras by keyword)
Field: TypeAlias = tuple[Any, ...]

FORMAT: Final = 6  # of the file; raise it when the tuples change
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1."
_EXTRA_KINDS: Final = {
    ("autoscaling", "v1", "Scale"), ("policy", "v1", "Eviction"), ("authentication.k8s.io", "v1", "TokenRequest"),
    ("apps", "v1", "DeploymentRollback"), ("", "v1", "Status"),
}  # fmt: skip
_SCALARS: Final = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    f"{_META}Time": "time",
    f"{_META}MicroTime": "micro-time",
    f"{_META}FieldsV1": "any",
    f"{_META}Patch": "any",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
}
_BY_TYPE: Final = {
    "string": "string",
    "boolean": "boolean",
    "number": "number",
    "integer": "int64",
    "object": "any",
}
_GO_NAMES: Final = {
    "boolean": "bool", "number": "float64", "bytes": "[]uint8", "quantity": "resource.Quantity", "time": "v1.Time",
    "micro-time": "v1.MicroTime", "int-or-string": "intstr.IntOrString",
}  # fmt: skip
_EXTRAS: Final = ("merge-key", "strategy", "list-type", "list-map-keys", "map-type")


class TypeNode:
    """The type of one field: a struct with `fields`, a list with `items`, a map with `values`, or a `scalar`.

    `scalar` is one of string, boolean, number, int32, int64, bytes, quantity, int-or-string, time, micro-time, any.
    """

    __slots__ = ("_extras", "_ref", "_schema", "drops_empty", "go_type", "items", "scalar", "values")

    def __init__(self, schema: Schema, field: Field) -> None:
        scalar, self._ref, items, values, self.go_type, self.drops_empty, self._extras = field
        self._schema = schema
        self.scalar: str | None = scalar
        self.items: TypeNode | None = TypeNode(schema, items) if items else None
        self.values: TypeNode | None = TypeNode(schema, values) if values else None

    @property
    def is_struct(self) -> bool:
        return self._ref is not None

    @property
    def fields(self) -> dict[str, TypeNode]:
        """Map a struct's fields to their types; empty for what is no struct."""
        return self._schema.fields_of(self._ref) if self._ref is not None else {}

    @property
    def required(self) -> tuple[str, ...]:
        return self._schema.required_of(self._ref) if self._ref is not None else ()

    @property
    def struct_name(self) -> str:
        """Answer the bare name of a struct: `DeploymentSpec`."""
        return str(self.go_type.rpartition(".")[2])

    @property
    def merge_key(self) -> str | None:
        merge_key: str | None = self._extra("merge-key")
        return merge_key

    @property
    def patch_strategy(self) -> str | None:
        strategy: str | None = self._extra("strategy")
        return strategy

    @property
    def patch_strategies(self) -> tuple[str, ...]:
        strategy = self._extra("strategy")
        return tuple(strategy.split(",")) if strategy else ()

    @property
    def list_type(self) -> str | None:
        list_type: str | None = self._extra("list-type")
        return list_type

    @property
    def list_map_keys(self) -> tuple[str, ...]:
        return tuple(self._extra("list-map-keys") or ())

    @property
    def map_type(self) -> str | None:
        map_type: str | None = self._extra("map-type")
        return map_type

    def field(self, name: str) -> TypeNode | None:
        return self.fields.get(name)

    def _extra(self, name: str) -> Any:
        return self._extras.get(name) if self._extras else None


class Schema:
    """All types, by (group, version, kind)."""

    _preloaded: ClassVar[tuple[dict[tuple[str, str, str], str], dict[str, tuple[Any, ...]]] | None] = None

    def __init__(self, kinds: dict[tuple[str, str, str], str], structs: dict[str, tuple[Any, ...]]) -> None:
        self._kinds, self._structs = kinds, structs
        self._fields: dict[str, dict[str, TypeNode]] = {}

    @classmethod
    def preload(cls) -> None:
        """Make the boiled-down form now, for this process and all that are forked from it."""
        cls._preloaded = _compile()

    @classmethod
    def load(cls, cache_dir: Path | None = None) -> Schema:
        """Take what was preloaded, or read the boiled-down form from the folder, or make it and put it there."""
        if cls._preloaded is not None:
            return cls(*cls._preloaded)
        if cache_dir is None:
            return cls(*_compile())
        path = cache_dir / f"schema-{_fingerprint()}.marshal"
        try:
            return cls(*marshal.loads(path.read_bytes()))  # noqa: S302  # our own file, in our own folder
        except (OSError, ValueError, EOFError, TypeError):  # not there yet, or torn
            compiled = _compile()
            _keep(path, marshal.dumps(compiled))
            return cls(*compiled)

    def type_of(self, group: str, version: str, kind: str) -> TypeNode | None:
        name = self._kinds.get((group, version, kind))
        return None if name is None else TypeNode(self, _struct_field(name))

    @property
    def metadata(self) -> TypeNode:
        """Answer the type of every object's metadata."""
        return TypeNode(self, _struct_field(f"{_META}ObjectMeta"))

    def fields_of(self, name: str) -> dict[str, TypeNode]:
        fields = self._fields.get(name)
        if fields is None:
            fields = {field: TypeNode(self, spec) for field, spec in self._structs[name][0].items()}
            self._fields[name] = fields
        return fields

    def required_of(self, name: str) -> tuple[str, ...]:
        required: tuple[str, ...] = self._structs[name][1]
        return required


def _compile() -> tuple[dict[tuple[str, str, str], str], dict[str, tuple[Any, ...]]]:
    definitions = load_definitions()
    wanted = {(kind.group, kind.version, kind.kind) for kind in KINDS} | _EXTRA_KINDS
    kinds = {gvk: name for gvk, name in definition_names(definitions).items() if gvk in wanted}
    kinds["", "v1", "DeleteOptions"] = f"{_META}DeleteOptions"
    kinds["meta.k8s.io", "v1", "DeleteOptions"] = f"{_META}DeleteOptions"
    compiler = _Compiler(definitions)
    structs: dict[str, tuple[Any, ...]] = {}
    todo = list(kinds.values())
    while todo:
        name = todo.pop()
        if name not in structs:
            structs[name] = compiler.struct(name)
            todo += compiler.take_references()
    return kinds, structs


class _Compiler:
    """Turns definitions into tuples, and remembers which structs they mention."""

    def __init__(self, definitions: dict[str, dict[str, Any]]) -> None:
        self._definitions = definitions
        self._named = named_types()
        self._references: list[str] = []

    def take_references(self) -> list[str]:
        references, self._references = self._references, []
        return references

    def struct(self, name: str) -> tuple[Any, ...]:
        definition = self._definitions[name]
        required = tuple(definition.get("required", ()))
        package, struct = name.split(".")[-2:]
        fields = {
            field: self.field(schema, f"{struct}.{field}", package, is_required=field in required)
            for field, schema in definition.get("properties", {}).items()
        }
        return fields, required

    def field(self, schema: dict[str, Any], label: str, package: str, *, is_required: bool = False) -> Field:
        extras = {key: schema[name] for key, name in _EXTRA_NAMES if name in schema} or None
        name = self._named.get(label)
        go_name = f"{package}.{name}" if name else None
        reference = schema.get("$ref", "").removeprefix(REF_PREFIX)
        if reference:
            return self._reference(reference, extras)
        kind = _type_of(schema)
        drops = not is_required and label not in KEPT_COLLECTIONS
        if kind == "array":
            items = self.field(schema["items"], label, package)
            return None, None, items, None, f"[]{items[4]}", drops, extras
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            values = self.field(schema["additionalProperties"], "", package)
            return None, None, None, values, go_name or f"map[string]{values[4]}", drops, extras
        scalar = _scalar_of(kind, schema)
        return (
            scalar,
            None,
            None,
            None,
            go_name or _GO_NAMES.get(scalar, scalar),
            _drops(scalar, label, drops),
            extras,
        )

    def _reference(self, name: str, extras: dict[str, Any] | None) -> Field:
        scalar = _SCALARS.get(name)
        if (
            scalar is None
            and ".apiextensions.v1.JSON" in name
            and "properties" not in self._definitions[name]
        ):
            scalar = "any"
        if scalar is not None:
            return scalar, None, None, None, _GO_NAMES.get(scalar, scalar), False, extras
        self._references.append(name)
        map_type = self._definitions[name].get("x-kubernetes-map-type")
        if map_type:  # a struct that is changed as a whole says so itself
            extras = {"map-type": map_type, **(extras or {})}
        return _struct_field(name, extras)


_EXTRA_NAMES: Final = tuple(
    zip(
        _EXTRAS,
        (
            "x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy", "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys", "x-kubernetes-map-type",
        ),
        strict=True,
    )
)  # fmt: skip


def _struct_field(name: str, extras: dict[str, Any] | None = None) -> Field:
    return None, name, None, None, ".".join(name.split(".")[-2:]), False, extras


def _type_of(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "object")
    return str(kind if isinstance(kind, str) else kind[0])


def _scalar_of(kind: str, schema: dict[str, Any]) -> str:
    if schema.get("format") == "byte":
        return "bytes"
    if kind == "integer":
        return str(schema.get("format", "int64"))
    return _BY_TYPE[kind]


def _drops(scalar: str, label: str, is_optional: bool) -> bool:
    """Say whether an empty text, a zero or a false is the same as no value."""
    if scalar == "string":
        return is_optional and label not in KEPT_TEXTS
    return label in OMITTED_ZEROS


def _fingerprint() -> str:
    """Name what the boiled-down form is made of."""
    path = definitions_path()
    found = path.stat()
    parts = (FORMAT, marshal.version, str(path), found.st_size, found.st_mtime_ns, len(KINDS))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _keep(path: Path, data: bytes) -> None:
    """Write the file whole or not at all. A folder that cannot be written only costs time at the next start."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)  # noqa: PTH105  # both are names already
