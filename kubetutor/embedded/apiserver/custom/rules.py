"""Rules that a schema states as expressions: `x-kubernetes-validations`.

1. Where something else is wrong that would confuse them, rules are not asked at all.
2. A rule is asked about each value that its schema describes, the outermost first, as `self`.
3. One that mentions `oldSelf` is asked when there is an old value to compare with.
4. What an update leaves as it was is asked no more.

Models: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.custom import expressions
from kubetutor.embedded.apiserver.custom.structural import (
    LIST_MAP_KEYS,
    LIST_TYPE,
    RULES,
    additional,
    subschemas,
)
from kubetutor.embedded.apiserver.custom.validation import ROOT, UNKNOWN
from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, required
from kubetutor.embedded.clock import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.custom.structural import Schema

BLOCKING = {
    "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid",
}  # fmt: skip
NOT_CHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)
RESERVED = {
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
    "namespace", "null", "package", "return", "true", "var", "void", "while",
}  # fmt: skip
METADATA: Schema = {"type": "object", "properties": {"name": {}, "generateName": {}}}


def rule_errors(
    schema: Schema, new: Object, old: Object | None, errors: list[FieldError]
) -> list[FieldError]:
    """Answer what the rules find wrong. `errors` is what was found before."""
    if not has_rules(schema) or not expressions.is_available():
        return []
    if any(error.reason in BLOCKING for error in errors):
        return [invalid(ROOT, None, NOT_CHECKED)]
    properties = {"apiVersion": {}, "kind": {}, "metadata": METADATA, **(schema.get("properties") or {})}
    return list(_errors(new, {**schema, "properties": properties}, UNKNOWN if old is None else old, ""))


def has_rules(schema: Schema) -> bool:
    return any(each.get(RULES) for each in subschemas(schema))


def _errors(value: Any, schema: Schema, old: Any, path: str) -> Iterator[FieldError]:
    if value is None:
        return
    is_unchanged = old is not UNKNOWN and type(old) is type(value) and old == value
    for rule in schema.get(RULES) or ():
        yield from _ask(rule, value, schema, old, path, is_unchanged=is_unchanged)
    if isinstance(value, dict):
        properties, values = schema.get("properties") or {}, additional(schema)
        before = old if isinstance(old, dict) else {}
        for key, child in value.items():
            inner = properties.get(key, values)
            if inner is not None:
                below = (
                    f"{path}.{key}"
                    if key in properties and path
                    else key
                    if key in properties
                    else f"{path}[{key}]"
                )
                yield from _errors(child, inner, before.get(key, UNKNOWN), below)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, child in enumerate(value):
            yield from _errors(child, schema["items"], _counterpart(child, old, schema), f"{path}[{index}]")


def _ask(  # a rule, and all that it is asked about
    rule: Object, value: Any, schema: Schema, old: Any, path: str, *, is_unchanged: bool
) -> Iterator[FieldError]:
    text = rule["rule"]
    compares = "oldSelf" in expressions.variables(text)
    if is_unchanged if not compares else old is UNKNOWN:
        return
    known = {"self": _bound(value, schema)}
    if compares:
        known["oldSelf"] = _bound(old, schema)
    where = path or ROOT
    shown = rule.get("message", "").strip() or text.strip()
    try:
        if expressions.evaluate(text, known) is True:
            return
    except expressions.UnknownFunctionError:
        return  # what it asks for is not there; the definition was warned of
    except expressions.EvaluationError as error:
        yield invalid(where, schema.get("type", ""), f"{error} evaluating rule: {shown}")
        return
    if rule.get("fieldPath"):
        where = f"{path}{rule['fieldPath']}".removeprefix(".")
    yield _error(rule, where, value, schema, _detail(rule, known))


def _detail(rule: Object, known: dict[str, Any]) -> str:
    if rule.get("messageExpression"):
        try:
            said = expressions.evaluate(rule["messageExpression"], known)
        except (expressions.UnknownFunctionError, expressions.EvaluationError):
            said = None  # as upstream: then the message is used
        if isinstance(said, str) and said.strip():
            return said.strip()
    message: str = rule.get("message", "").strip()
    return message or f"failed rule: {rule['rule'].strip()}"


def _error(rule: Object, where: str, value: Any, schema: Schema, detail: str) -> FieldError:
    reason = rule.get("reason", "FieldValueInvalid")
    if reason == "FieldValueForbidden":
        return forbidden(where, detail)
    if reason == "FieldValueRequired":
        return required(where, detail)
    if schema.get("type") in {"object", "array"}:
        title = "Duplicate value" if reason == "FieldValueDuplicate" else f"Invalid value: {detail}"
        return FieldError(reason, where, title)
    return invalid(where, value, detail)


def _counterpart(entry: Any, old: Any, schema: Schema) -> Any:
    """Answer the old entry of a keyed list that has the same keys."""
    if schema.get(LIST_TYPE) != "map" or not isinstance(old, list) or not isinstance(entry, dict):
        return UNKNOWN
    keys = schema.get(LIST_MAP_KEYS) or ()
    same = (each for each in old if all(each.get(key) == entry.get(key) for key in keys))
    return next(same, UNKNOWN)


def _bound(value: Any, schema: Schema | None) -> Any:
    """Make a value what CEL takes it for: numbers that are fractions, times, names of fields that are no words of it."""
    schema = schema or {}
    if isinstance(value, dict):
        properties, values = schema.get("properties") or {}, additional(schema)
        return {
            (escaped(key) if key in properties else key): _bound(child, properties.get(key, values))
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [_bound(child, schema.get("items")) for child in value]
    if isinstance(value, int) and schema.get("type") == "number":
        return float(value)
    if isinstance(value, str) and schema.get("format") == "date-time":
        return parse_timestamp(value)
    return value


def escaped(name: str) -> str:
    """Answer how a rule writes the name of a field: `self.__namespace__`, `self.a__dot__b`."""
    if name in RESERVED:
        return f"__{name}__"
    for char, word in (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__")):
        name = name.replace(char, word)
    return name
