"""The schemas of an OpenAPI v3 document, from the definitions of every type.

The definitions are JSON Schema that allows null everywhere, for checking manifests; OpenAPI 3.0 knows no null, and
nothing may stand beside a reference. Upstream's extensions stay: kubectl merges lists by them.

Models: k8s.io/kube-openapi/pkg/builder3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.definitions import REF_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COMPONENT_PREFIX = "#/components/schemas/"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
JSON_PATCH = "JSONPatch"
JSON_PATCH_SCHEMA = {
    "description": "The steps of a JSON patch (RFC 6902).",
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "op": {"type": "string", "enum": ["add", "copy", "move", "remove", "replace", "test"]},
            "path": {"type": "string"},
            "from": {"type": "string"},
            "value": {},
        },
        "required": ["op", "path"],
    },
}

Schema = dict[str, Any]


def reference(name: str) -> Schema:
    return {"$ref": COMPONENT_PREFIX + name}


def component_schemas(definitions: Mapping[str, Schema], names: Iterable[str]) -> dict[str, Schema]:
    """Answer the schemas of these types and of all that they hold, sorted by name."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting.extend(_references(definitions[name]))
    return {name: _component(name, definitions[name]) for name in sorted(found)}


def _references(schema: Any) -> Iterator[str]:
    """Walk a schema. A property may itself be called `$ref`; then its value is no text."""
    if isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(REF_PREFIX)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _component(name: str, definition: Schema) -> Schema:
    schema = convert(definition)
    if name == INT_OR_STRING:
        return {**schema, "oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"}
    if (
        "x-kubernetes-group-version-kind" in schema
    ):  # a server may infer both, so upstream does not restrict them
        for field in ("apiVersion", "kind"):
            schema["properties"].get(field, {}).pop("enum", None)
    return schema


def convert(schema: Schema) -> Schema:
    """Turn a schema that allows nulls into one of OpenAPI 3.0."""
    rest = {key: _convert_value(key, value) for key, value in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return rest
    target = reference(schema["$ref"].removeprefix(REF_PREFIX))
    return {"allOf": [target], **rest} if rest else target


def _convert_value(key: str, value: Any) -> Any:
    if key == "type" and isinstance(value, list):
        return next(entry for entry in value if entry != "null")
    if key == "properties":
        return {name: convert(entry) for name, entry in value.items()}
    if key in {"items", "additionalProperties", "not"} and isinstance(value, dict):
        return convert(value)
    if key in {"allOf", "anyOf", "oneOf"}:
        return [convert(entry) for entry in value]
    return value
