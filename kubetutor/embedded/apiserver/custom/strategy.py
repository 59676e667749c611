"""What objects of a custom kind do differently from all others: their definition says what is valid.

Models: apiextensions-apiserver/pkg/registry/customresource/{strategy,status_strategy,validator}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.formats import dns_1035_label, dns_subdomain, qualified_name
from kubetutor.embedded.apiserver.custom.list_types import duplicates
from kubetutor.embedded.apiserver.custom.pruning import set_defaults
from kubetutor.embedded.apiserver.custom.rules import rule_errors
from kubetutor.embedded.apiserver.custom.structural import EMBEDDED, Schema, additional
from kubetutor.embedded.apiserver.custom.validation import UNKNOWN, validate
from kubetutor.embedded.apiserver.field import FieldError, invalid, malformed, required
from kubetutor.embedded.apiserver.strategies.metadata import (
    NOT_QUALIFIED,
    STANDARD_FINALIZERS,
    keep_system_metadata,
    validate_metadata,
    validate_metadata_update,
)
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.custom.kind import CustomKind

MOST_REPLICAS = 2**31 - 1


def custom_strategy(kind: CustomKind) -> Strategy:
    """Answer what a create and an update of such an object do."""

    def prepare_create(obj: Object) -> None:
        if kind.has_status:
            obj.pop("status", None)
        obj["metadata"]["generation"] = 1

    def prepare_update(new: Object, old: Object) -> None:
        keep_system_metadata(new, old)
        if kind.has_status:
            new.pop("status", None)
            if "status" in old:
                new["status"] = old["status"]
        if _without_metadata(new) != _without_metadata(old):
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    return Strategy(
        defaults=lambda obj: set_defaults(obj, kind.schema),
        prepare_create=prepare_create,
        prepare_update=prepare_update,
        validate=lambda obj: _validate(kind, obj),
        validate_update=lambda new, old: _validate_update(kind, new, old),
        has_generation=True,
        change_alone=True,
    )


def _validate(kind: CustomKind, obj: Object) -> list[FieldError]:
    found = validate_metadata(obj["metadata"], namespaced=kind.namespaced, name_rule=dns_subdomain)
    errors = [
        *(error for error in found if NOT_QUALIFIED not in error.message),  # a warning here
        *validate(obj, kind.schema),
        *_scale_errors(kind, obj),
        *_embedded_errors(obj, kind.schema, ""),
        *duplicates(obj, kind.schema),
    ]
    return errors + rule_errors(kind.schema, obj, None, errors)


def _validate_update(kind: CustomKind, new: Object, old: Object) -> list[FieldError]:
    errors = [
        *validate_metadata_update(new["metadata"], old["metadata"]),
        *validate(new, kind.schema, old),
        *_scale_errors(kind, new),
        *_embedded_errors(new, kind.schema, ""),
    ]
    if not duplicates(old, kind.schema):
        errors += duplicates(new, kind.schema)
    return errors + rule_errors(kind.schema, new, old, errors)


def validate_status(kind: CustomKind, new: Object, old: Object) -> list[FieldError]:
    """Answer what a definition finds wrong with a new status."""
    schema = (kind.schema.get("properties") or {}).get("status") or {}
    errors = []
    if "status" in new:
        set_defaults(new["status"], schema)
        errors += validate(new["status"], schema, old.get("status", UNKNOWN), path="status")
    errors += _scale_errors(kind, new, of_spec=False)
    if not duplicates(old, kind.schema):
        errors += duplicates(new, kind.schema)
    return errors + rule_errors(kind.schema, new, old, errors)


def warnings(new: Object, old: Object | None) -> list[str]:
    """Warn of finalizers whose names others may use as well."""
    before = ((old or {}).get("metadata") or {}).get("finalizers") or ()
    added = sorted(set((new.get("metadata") or {}).get("finalizers") or ()) - set(before))
    return [warning for name in added for warning in _finalizer_warnings(name)]


def _finalizer_warnings(name: str) -> Iterator[str]:
    start = f'metadata.finalizers: "{name}": '
    yield from (start + complaint for complaint in qualified_name(name))
    if "/" not in name and name not in STANDARD_FINALIZERS:
        path = " including a path (/)" if "." in name else ""
        yield (
            f"{start}prefer a domain-qualified finalizer name{path} to avoid accidental conflicts "
            "with other finalizer writers"
        )


def _without_metadata(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key != "metadata"}


def _scale_errors(kind: CustomKind, obj: Object, *, of_spec: bool = True) -> list[FieldError]:
    if kind.scale is None:
        return []
    paths = ([kind.scale.spec] if of_spec else []) + [kind.scale.status]
    errors = [error for path in paths for error in _replicas_errors(obj, path)]
    selector = kind.scale.selector and _at(obj, kind.scale.selector)
    if selector is not None and not isinstance(selector, str):
        path = ".".join(kind.scale.selector or ())
        errors.append(
            invalid(
                f".{path}",
                "",
                f".{path} accessor error: {selector} is of the type {_go_name(selector)}, expected string",
            )
        )
    return errors


def _replicas_errors(obj: Object, steps: tuple[str, ...]) -> list[FieldError]:
    number, path = _at(obj, steps), "." + ".".join(steps)
    if number is None:
        return []
    if not isinstance(number, int) or isinstance(number, bool):
        return [
            invalid(
                path, 0, f"{path} accessor error: {number} is of the type {_go_name(number)}, expected int64"
            )
        ]
    if number < 0:
        return [invalid(path, number, "should be a non-negative integer")]
    if number > MOST_REPLICAS:
        return [invalid(path, number, f"should be less than or equal to {MOST_REPLICAS}")]
    return []


def _at(obj: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _go_name(value: Any) -> str:
    names = {str: "string", bool: "bool", int: "int64", float: "float64", list: "[]interface {}"}
    return names.get(type(value), "map[string]interface {}")


def _embedded_errors(value: Any, schema: Schema | None, path: str) -> list[FieldError]:
    """Look at the whole objects inside of an object."""
    schema = schema or {}
    errors: list[FieldError] = []
    if isinstance(value, list):
        for index, child in enumerate(value):
            errors += _embedded_errors(child, schema.get("items"), f"{path}[{index}]")
    elif isinstance(value, dict):
        if schema.get(EMBEDDED):
            errors += _errors_of_embedded(value, path)
        properties, values = schema.get("properties") or {}, additional(schema)
        for key, child in value.items():
            if key in properties:
                errors += _embedded_errors(child, properties[key], f"{path}.{key}" if path else key)
            elif values is not None:
                errors += _embedded_errors(child, values, f"{path}[{key}]")
    return errors


def _errors_of_embedded(value: Object, path: str) -> list[FieldError]:
    errors = [required(f"{path}.{name}") for name in ("apiVersion", "kind") if name not in value]
    for name in ("apiVersion", "kind"):
        given = value.get(name)
        if name in value and not isinstance(given, str):
            errors.append(invalid(f"{path}.{name}", given, "must be a string"))
        elif given == "":
            errors.append(invalid(f"{path}.{name}", given, "must not be empty"))
    kind = value.get("kind")
    if isinstance(kind, str) and kind and (complaints := dns_1035_label(kind.lower())):
        words = f"may have mixed case, but should otherwise match: {','.join(complaints)}"
        errors += malformed(f"{path}.kind", kind, (words,))
    return errors
