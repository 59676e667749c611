"""What is wrong with the schema of a definition.

A schema must be structural: every field has one type, stated outside of `allOf`, `anyOf`, `oneOf` and `not`, so that
unknown fields can be told from known ones.

Models: apiextensions-apiserver/pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionOpenAPISchema),
pkg/apiserver/schema/{validation,complete}.go, pkg/apiserver/schema/defaulting/validation.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.custom.list_schema import list_errors
from kubetutor.embedded.apiserver.custom.pruning import prune
from kubetutor.embedded.apiserver.custom.structural import (
    EMBEDDED,
    INT_OR_STRING,
    LIST_MAP_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    META_FIELDS,
    PRESERVES,
    RULES,
    Schema,
)
from kubetutor.embedded.apiserver.custom.validation import validate
from kubetutor.embedded.apiserver.custom.values import pattern_complaint
from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, not_supported, required
from kubetutor.embedded.apiserver.go_json import clone

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = ("array", "boolean", "integer", "number", "object", "string")
AT_ROOT = (
    "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum",
    "MaxLength", "MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items",
    "Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations",
)  # fmt: skip
_IN_JSON = {"XPreserveUnknownFields": PRESERVES, "XValidations": RULES}
ALLOWED_AT_ROOT = {_IN_JSON.get(name, name[0].lower() + name[1:]) for name in AT_ROOT}
NOT_SUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
EITHER = [{"type": "integer"}, {"type": "string"}]
EMPTY_AT = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
# what may not stand in a nested schema: (keyword, what upstream says)
NESTED = (
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    (PRESERVES, "must be false to be structural"),
    (EMBEDDED, "must be false to be structural"),
    (INT_OR_STRING, "must be false to be structural"),
    (LIST_MAP_KEYS, "must be empty to be structural"),
    (LIST_TYPE, "must be undefined to be structural"),
    (MAP_TYPE, "must be undefined to be structural"),
    (RULES, "must be empty to be structural"),
)


def schema_errors(schema: Schema, path: str, *, has_status: bool) -> list[FieldError]:
    """Answer all that is wrong with a version's schema. `has_status` says that its status has a path of its own."""
    errors = _errors_with_status(schema, path) if has_status else []
    if schema.get("nullable"):
        errors.append(forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    structural = sorted({*_structure(schema, path, "root"), *_completeness(schema, path)}, key=str)
    errors += structural or _default_errors(schema, path)
    return errors + list(_keywords(schema, path, is_root=True))


def field_schema(schema: Schema, path: str) -> Schema | None:
    """Answer the schema of `.spec.colour`; None when there is no such field."""
    found: Schema | None = schema
    for name in path.removeprefix(".").split("."):
        found = ((found or {}).get("properties") or {}).get(name)
    return found


def _errors_with_status(schema: Schema, path: str) -> list[FieldError]:
    if schema.get("type", "object") != "object":
        words = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
        return [invalid(f"{path}.type", schema["type"], words)]
    if set(schema) <= ALLOWED_AT_ROOT:
        return []
    words = f"only [{' '.join(AT_ROOT)}] fields are allowed at the root of the schema if the status subresource is enabled"
    return [invalid(path, schema, words)]


def _structure(schema: Schema, path: str, level: str) -> Iterator[FieldError]:
    """Find what keeps a schema from being structural."""
    if schema.get("type") == "array" and not isinstance(schema.get("items"), dict):
        yield required(f"{path}.items", "must be specified")
    if isinstance(schema.get("items"), dict):
        yield from _structure(schema["items"], f"{path}.items", "item")
    for name, child in (schema.get("properties") or {}).items():
        yield from _structure(child, f"{path}.properties[{name}]", "field")
    if "additionalProperties" in schema and level == "root":
        yield forbidden(f"{path}.additionalProperties", "must not be used at the root")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _structure(schema["additionalProperties"], f"{path}.additionalProperties", "field")
    yield from _type(schema, path, level)
    yield from _extensions(schema, path)
    yield from _meta_fields(schema, path, level)
    yield from _junctors(schema, path)


def _type(schema: Schema, path: str, level: str) -> Iterator[FieldError]:
    kind = schema.get("type", "")
    if schema.get(EMBEDDED) and kind != "object":
        words = "must be object if x-kubernetes-embedded-resource is true"
        yield invalid(f"{path}.type", kind, words) if kind else required(f"{path}.type", words)
    elif not kind and not schema.get(INT_OR_STRING) and not schema.get(PRESERVES):
        yield required(f"{path}.type", EMPTY_AT[level])
    if level == "root" and kind not in {"", "object"}:
        yield invalid(f"{path}.type", kind, "must be object at the root")


def _extensions(schema: Schema, path: str) -> Iterator[FieldError]:
    if schema.get(INT_OR_STRING):
        for name in (PRESERVES, EMBEDDED):
            if schema.get(name):
                yield invalid(f"{path}.{name}", True, "must be false if x-kubernetes-int-or-string is true")
    if schema.get(EMBEDDED) and "additionalProperties" in schema:
        yield forbidden(
            f"{path}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set"
        )
    if schema.get(EMBEDDED) and not schema.get(PRESERVES) and not schema.get("properties"):
        words = "x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        yield required(f"{path}.properties", f"must not be empty if {words}")


def _meta_fields(schema: Schema, path: str, level: str) -> Iterator[FieldError]:
    if level != "root" and not schema.get(EMBEDDED):
        return
    properties = schema.get("properties") or {}
    for name, wanted in (("kind", "string"), ("apiVersion", "string"), ("metadata", "object")):
        if name in properties and properties[name].get("type", "") != wanted:
            where = f"{path}.properties[{name}].type"
            yield invalid(where, properties[name].get("type", ""), f"must be {wanted}")
    metadata = properties.get("metadata")
    if level == "root" and metadata is not None and not _is_plain_metadata(metadata):
        words = (
            "must not specify anything other than name and generateName, but metadata is implicitly specified"
        )
        yield forbidden(f"{path}.properties[metadata]", words)


def _is_plain_metadata(schema: Schema) -> bool:
    return set(schema) <= {"type", "properties", "default"} and set(schema.get("properties") or {}) <= {
        "name", "generateName",
    }  # fmt: skip


def _nested_of(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for name in ("anyOf", "allOf", "oneOf"):
        for index, child in enumerate(schema.get(name) or ()):
            yield f"{name}[{index}]", child
    if "not" in schema:
        yield "not", schema["not"]


def _junctors(schema: Schema, path: str) -> Iterator[FieldError]:
    """Look into what `allOf` and the like hold. Two patterns with types are allowed: a number or a text."""
    complaint = pattern_complaint(schema["pattern"]) if schema.get("pattern") else ""
    if complaint:
        words = f"must be a valid regular expression, but isn't: {complaint}"
        yield invalid(f"{path}.pattern", schema["pattern"], words)
    for name, child in _nested_of(schema):
        if name.startswith("anyOf") and schema.get("anyOf") == EITHER:
            continue
        skipped = name == "allOf[0]" and child.get("anyOf") == EITHER
        rest = {key: value for key, value in child.items() if key != "anyOf"} if skipped else child
        yield from _nested(rest, f"{path}.{name}")


def _nested(schema: Schema, path: str) -> Iterator[FieldError]:
    yield from (forbidden(f"{path}.{name}", words) for name, words in NESTED if schema.get(name))
    if "metadata" in (schema.get("properties") or {}):
        yield forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context")
    for name, child in (schema.get("properties") or {}).items():
        yield from _nested(child, f"{path}.properties[{name}]")
    if isinstance(schema.get("items"), dict):
        yield from _nested(schema["items"], f"{path}.items")
    yield from _junctors(schema, path)


def _completeness(schema: Schema, path: str) -> Iterator[FieldError]:
    """Find what the root's nested schemas speak of and the root does not. Upstream looks no deeper."""
    for name, child in _nested_of(schema):
        yield from _missing(schema, child, f"{path}.{name}", path)


def _missing(schema: Schema, nested: Schema, path: str, where: str) -> Iterator[FieldError]:
    properties = schema.get("properties") or {}
    for name, child in (nested.get("properties") or {}).items():
        if name in properties:
            below = f".properties[{name}]"
            yield from _missing(properties[name], child, path + below, where + below)
        else:
            yield required(
                f"{where}.properties[{name}]", f"because it is defined in {path}.properties[{name}]"
            )
    if isinstance(nested.get("items"), dict):
        if isinstance(schema.get("items"), dict):
            yield from _missing(schema["items"], nested["items"], f"{path}.items", f"{where}.items")
        else:
            yield required(f"{where}.items", f"because it is defined in {path}.items")
    for name, child in _nested_of(nested):
        yield from _missing(schema, child, f"{path}.{name}", where)


def _default_errors(schema: Schema, path: str) -> list[FieldError]:
    """Answer the defaults that the schema itself would refuse."""
    errors: list[FieldError] = []
    default = schema.get("default")
    if default is not None:
        pruned = clone(default)
        if prune(pruned, schema, is_object=bool(schema.get(EMBEDDED))):
            errors.append(invalid(f"{path}.default", default, "must not have unknown fields"))
        errors += validate(default, schema, path=f"{path}.default")
    if isinstance(schema.get("items"), dict):
        errors += _default_errors(schema["items"], f"{path}.items")
    for name, child in (schema.get("properties") or {}).items():
        errors += _default_errors(child, f"{path}.properties[{name}]")
    return errors


def _keywords(
    schema: Any, path: str, *, is_root: bool = False, forbids_default: str = ""
) -> Iterator[FieldError]:
    """Find keywords that are not supported, or not together."""
    if not isinstance(schema, dict):
        return
    if schema.get("type") and schema["type"] not in TYPES:
        yield not_supported(f"{path}.type", schema["type"], TYPES)
    if "default" in schema and forbids_default:
        yield forbidden(f"{path}.default", f"must not be set {forbids_default}")
    yield from (
        forbidden(f"{path}.{name}", f"{name} is not supported") for name in NOT_SUPPORTED if name in schema
    )
    if isinstance(schema.get("items"), list):
        yield forbidden(f"{path}.items", "items must be a schema object and not an array")
    if schema.get("uniqueItems"):
        words = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        yield forbidden(f"{path}.uniqueItems", words)
    if schema.get("properties") and schema.get("additionalProperties", True) is not True:
        words = "additionalProperties and properties are mutual exclusive"
        yield forbidden(f"{path}.additionalProperties", words)
    yield from _children(schema, path, is_root=is_root, forbids_default=forbids_default)
    if schema.get(PRESERVES) is False:
        yield invalid(f"{path}.{PRESERVES}", False, "must be true or undefined")
    yield from list_errors(schema, path)


def _children(schema: Schema, path: str, *, is_root: bool, forbids_default: str) -> Iterator[FieldError]:
    yield from _keywords(
        schema.get("additionalProperties"), f"{path}.additionalProperties", forbids_default=forbids_default
    )
    for name, child in (schema.get("properties") or {}).items():
        reason = f"in top-level {name}" if is_root and name in META_FIELDS else forbids_default
        yield from _keywords(child, f"{path}.properties[{name}]", forbids_default=reason)
    for name, child in _nested_of(schema):
        yield from _keywords(child, f"{path}.{name}", forbids_default=forbids_default)
    yield from _keywords(schema.get("items"), f"{path}.items", forbids_default=forbids_default)
