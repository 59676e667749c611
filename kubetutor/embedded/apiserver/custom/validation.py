"""What a schema finds wrong with a value, in upstream's words.

A part that an update leaves as it was is not looked at again: a schema may become stricter than what is stored.

Models: k8s.io/kube-openapi/pkg/validation/validate, apiextensions-apiserver/pkg/apiserver/validation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.custom import values
from kubetutor.embedded.apiserver.custom.structural import (
    INT_OR_STRING,
    LIST_MAP_KEYS,
    LIST_TYPE,
    Schema,
    additional,
)
from kubetutor.embedded.apiserver.field import FieldError, invalid, required

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = "<nil>"  # how upstream writes the path of nothing in particular
UNKNOWN: Any = object()
"""The old value where there is none that corresponds."""


@dataclass
class Result:
    """What was found, and how many checks went well: of several alternatives the one that fits best is explained."""

    errors: list[FieldError] = field(default_factory=list)
    matches: int = 0

    def merge(self, other: Result) -> None:
        self.errors += other.errors
        self.matches += other.matches


def validate(value: Any, schema: Schema, old: Any = UNKNOWN, *, path: str = "") -> list[FieldError]:
    """Answer what is wrong with a value. `old` is what it was before an update."""
    return list(dict.fromkeys(_Validation(path).check(value, schema, "", old).errors))


class _Validation:
    """One walk. `prefix` is the path of what is validated, for what upstream says of the whole."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def check(self, value: Any, schema: Schema, path: str, old: Any) -> Result:
        result = Result()
        if old is not UNKNOWN and type(old) is type(value) and old == value:
            return result
        result.merge(self._of_type(value, schema, path))
        if value is None:
            result.errors += values.enum_errors(value, schema, self._at(path))
            return result
        result.merge(self._junctors(value, schema, path))
        result.errors += values.scalar_errors(value, schema, self._at(path), path)
        if isinstance(value, list):
            result.merge(self._list(value, schema, path, old))
        result.errors += values.enum_errors(value, schema, self._at(path))
        if isinstance(value, dict):
            result.merge(self._map(value, schema, path, old))
        result.matches += 1
        return result

    def _at(self, path: str) -> str:
        """Answer the path of an error: below what is validated, without a leading dot."""
        inner = path.removeprefix(".")
        return ".".join(filter(None, (self._prefix, inner))) if inner else self._prefix or ROOT

    def _of_type(self, value: Any, schema: Schema, path: str) -> Result:
        types = ("integer", "string") if schema.get(INT_OR_STRING) else (schema.get("type"),)
        wanted = tuple(filter(None, types))
        seen = values.type_of(value)
        if not wanted or (value is None and schema.get("nullable")) or values.is_of_type(value, wanted):
            return Result(matches=1)
        message = f"{path} in body must be of type {','.join(wanted)}: "
        error = invalid(self._at(path), seen, f'{message}"{seen}"')
        return Result([FieldError("FieldValueTypeInvalid", error.path, error.message)])

    def _map(self, value: dict[str, Any], schema: Schema, path: str, old: Any) -> Result:
        result = Result(values.size_errors(len(value), schema, self._at(path), path, "Properties"))
        properties, others = schema.get("properties") or {}, additional(schema)
        before = old if isinstance(old, dict) else {}
        for key, child in value.items():
            if key not in properties and others is not None:
                result.merge(self.check(child, others, f"{path}.{key}", before.get(key, UNKNOWN)))
        for key, child_schema in properties.items():
            if key in value:
                below = f"{path}.{key}" if path else key
                result.merge(self.check(value[key], child_schema, below, before.get(key, UNKNOWN)))
        missing = [key for key in schema.get("required") or () if key not in value]
        result.errors += [required(self._at(f"{path}.{key}")) for key in missing]
        return result

    def _list(self, value: list[Any], schema: Schema, path: str, old: Any) -> Result:
        result, items = Result(matches=1), schema.get("items")
        if isinstance(items, dict):
            before = _by_keys(old, schema)
            for index, child in enumerate(value):
                counterpart = before.get(_keys_of(child, schema), UNKNOWN)
                result.merge(self.check(child, items, f"{path}[{index}]", counterpart))
        result.errors += values.size_errors(len(value), schema, self._at(path), path, "Items")
        return result

    def _junctors(self, value: Any, schema: Schema, path: str) -> Result:
        result = Result(matches=1)
        if schema.get("anyOf"):
            result.merge(self._any_of(value, schema["anyOf"], path))
        if schema.get("oneOf"):
            result.merge(self._one_of(value, schema["oneOf"], path))
        if schema.get("allOf"):
            result.merge(self._all_of(value, schema["allOf"], path))
        if "not" in schema and not self.check(value, schema["not"], path, UNKNOWN).errors:
            result.errors.append(self._whole(f'"{path}" must not validate the schema (not)'))
        return result

    def _any_of(self, value: Any, schemas: Sequence[Schema], path: str) -> Result:
        results = [self.check(value, each, path, UNKNOWN) for each in schemas]
        fitting = [each for each in results if not each.errors]
        if fitting:
            return fitting[0]
        complaint = Result([self._whole(f'"{path}" must validate at least one schema (anyOf)')])
        complaint.merge(max(results, key=lambda each: each.matches))
        return complaint

    def _one_of(self, value: Any, schemas: Sequence[Schema], path: str) -> Result:
        results = [self.check(value, each, path, UNKNOWN) for each in schemas]
        fitting = [each for each in results if not each.errors]
        if len(fitting) == 1:
            return fitting[0]
        found = f"Found {len(fitting)} valid alternatives" if fitting else "Found none valid"
        complaint = Result([self._whole(f'"{path}" must validate one and only one schema (oneOf). {found}')])
        if not fitting:
            complaint.merge(max(results, key=lambda each: each.matches))
        return complaint

    def _all_of(self, value: Any, schemas: Sequence[Schema], path: str) -> Result:
        results = [self.check(value, each, path, UNKNOWN) for each in schemas]
        whole = Result()
        for each in results:
            whole.merge(each)
        if whole.errors:
            none = "" if any(not each.errors for each in results) else ". None validated"
            whole.errors.append(self._whole(f'"{path}" must validate all the schemas (allOf){none}'))
        return whole

    def _whole(self, complaint: str) -> FieldError:
        return invalid(self._prefix or ROOT, "", complaint)


def _keys_of(entry: Any, schema: Schema) -> tuple[Any, ...] | None:
    """Answer what tells an entry of a keyed list from the others; None where nothing does."""
    if schema.get(LIST_TYPE) != "map" or not isinstance(entry, dict):
        return None
    return tuple(repr(entry.get(key)) for key in schema.get(LIST_MAP_KEYS) or ())


def _by_keys(entries: Any, schema: Schema) -> dict[tuple[Any, ...] | None, Any]:
    found = {_keys_of(each, schema): each for each in (entries if isinstance(entries, list) else ())}
    found.pop(None, None)
    return found
