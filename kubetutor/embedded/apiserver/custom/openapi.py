"""Custom kinds in the OpenAPI v3 documents: what `kubectl explain` and clients that write code read.

Models: apiextensions-apiserver/pkg/controller/openapi/builder/builder.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.custom.structural import EMBEDDED, INT_OR_STRING, additional
from kubetutor.embedded.apiserver.definitions import REF_PREFIX

if TYPE_CHECKING:
    from kubetutor.embedded.apiserver.custom.kind import CustomKind
    from kubetutor.embedded.apiserver.custom.structural import Schema

_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_CONVENTIONS = (
    "More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
)
_API_VERSION = (
    "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized "
    f"schemas to the latest internal value, and may reject unrecognized values. {_CONVENTIONS}#resources"
)
_KIND = (
    "Kind is a string value representing the REST resource this object represents. Servers may infer this from the "
    f"endpoint the client submits requests to. Cannot be updated. In CamelCase. {_CONVENTIONS}#types-kinds"
)
_METADATA = f"Standard object's metadata. {_CONVENTIONS}#metadata"
_LIST_METADATA = f"Standard list metadata. {_CONVENTIONS}#types-kinds"


def custom_definitions(kind: CustomKind) -> dict[str, Schema]:
    """Answer the definitions of a kind and of its list, by their names."""
    name = f"{'.'.join(reversed(kind.group.split('.')))}.{kind.version}."
    own = f"{name}{kind.kind}"
    return {own: _of_object(kind), f"{name}{kind.list_kind}": _of_list(kind, own)}


def _of_object(kind: CustomKind) -> Schema:
    schema: Schema = _described(kind.schema) if kind.schema else {"type": "object"}
    if kind.schema:
        schema["properties"] = {
            **schema.get("properties", {}),
            **_type_meta(),
            "metadata": _meta("ObjectMeta", _METADATA),
        }
    return {**schema, **_mark(kind, kind.kind)}


def _of_list(kind: CustomKind, name: str) -> Schema:
    doc = f"List of {kind.plural}. {_CONVENTIONS}"
    properties = {
        **_type_meta(),
        "items": {"description": doc, "type": "array", "items": {"$ref": REF_PREFIX + name}},
        "metadata": _meta("ListMeta", _LIST_METADATA),
    }
    return {
        "description": f"{kind.list_kind} is a list of {kind.kind}",
        "type": "object",
        "required": ["items"],
        "properties": properties,
        **_mark(kind, kind.list_kind),
    }


def _mark(kind: CustomKind, name: str) -> Schema:
    gvk = {"group": kind.group, "kind": name, "version": kind.version}
    mark: dict[str, Any] = {"x-kubernetes-group-version-kind": [gvk]}
    if kind.selectable:
        mark["x-kubernetes-selectable-fields"] = [{"fieldPath": path} for path in kind.selectable]
    return mark


def _type_meta() -> dict[str, Schema]:
    return {
        "apiVersion": {"type": "string", "description": _API_VERSION},
        "kind": {"type": "string", "description": _KIND},
    }


def _meta(name: str, description: str) -> Schema:
    return {"$ref": f"{REF_PREFIX}{_META}{name}", "description": description}


def _described(schema: Schema) -> Schema:
    """Copy a schema; the whole objects inside of it have metadata, and what may be a number says so."""
    copy = dict(schema)
    if "properties" in schema:
        copy["properties"] = {name: _described(child) for name, child in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        copy["items"] = _described(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        copy["additionalProperties"] = _described(additional(schema) or {})
    if schema.get(INT_OR_STRING) and "anyOf" not in schema:
        copy["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if schema.get(EMBEDDED):
        copy["properties"] = {
            **copy.get("properties", {}),
            **_type_meta(),
            "metadata": _meta("ObjectMeta", _METADATA),
        }
        copy["required"] = [
            *schema.get("required", ()),
            *({"kind", "apiVersion"} - set(schema.get("required", ()))),
        ]
    return copy
