"""From bytes to an object that has its kind's shape; refusals in the words of Go's decoders.

Models: k8s.io/apimachinery/pkg/runtime/serializer/json and sigs.k8s.io/json.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import yaml

from kubetutor.embedded.apiserver.status import bad_request
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.schema import Schema, TypeNode

QUANTITY = re.compile(r"([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)")
QUANTITY_REFUSAL = (
    r"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
INTEGERS = {"int32": 2**31, "int64": 2**63}
JSON_TYPES = ("application/json", "")
YAML_TYPES = ("application/yaml", "application/apply-patch+yaml")
DEEPEST = 100
EMPTY_VALUES: dict[str, Any] = {"string": "", "boolean": False, "int32": 0, "int64": 0, "number": 0}


class _YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """Reads times as the text that they are, as JSON would."""


_YamlLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _YamlLoader.yaml_implicit_resolvers.items()
}


class _ShapeError(Exception):
    """A value of the wrong type."""


@dataclass(slots=True)
class _Walk:
    unknown: list[str] = field(default_factory=list)


def decode(
    kind: Kind, schema: Schema, body: bytes, content_type: str, field_validation: str
) -> tuple[Object, list[str]]:
    """Answer the object that the bytes hold, and warnings. Raises ApiError 400 or 415."""
    return conform(kind, schema, _parse(kind, body, content_type), field_validation)


def _parse(kind: Kind, body: bytes, content_type: str) -> Any:
    if content_type in JSON_TYPES:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            what = "unexpected end of JSON input" if not body.strip() else str(error)
            raise _unrecognized(kind, f"json parse error: {what}", body) from None
    if content_type in YAML_TYPES:
        try:
            return yaml.load(body, Loader=_YamlLoader)  # noqa: S506  # a safe loader
        except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
            raise bad_request(
                f"the object provided is unrecognized (must be of type {kind.kind}): "
                f"yaml: {_yaml_problem(error)} ({_excerpt(body)})"
            ) from None
    raise ApiError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml, application/vnd.kubernetes.protobuf",
    )


def _yaml_problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line}: {problem}" if mark is not None else str(problem)


def _excerpt(body: bytes) -> str:
    return body.rstrip(b"\n").hex() + ("0a" if body.endswith(b"\n") else "") if body else "<empty>"


def _unrecognized(kind: Kind, why: str, body: bytes) -> ApiError:
    shown = body.hex() if body else "<empty>"
    if len(shown) > 128:
        shown = shown[:128] + " ..."
    return bad_request(
        f"the object provided is unrecognized (must be of type {kind.kind}): couldn't get version/kind; {why} ({shown})"
    )


def conform(kind: Kind, schema: Schema, obj: Any, field_validation: str) -> tuple[Object, list[str]]:
    """Answer the object in its kind's shape, a copy: nulls and unknown fields left out. Raises ApiError 400."""
    if obj is None:
        obj = {}
    if not isinstance(obj, dict):
        go = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        why = f"json parse error: json: cannot unmarshal {_json_type(obj)} into Go value of type {go}"
        raise _unrecognized(kind, why, orjson.dumps(obj, default=str))
    _check_kind(kind, obj)
    walk = _Walk()
    node = schema.type_of(kind.group, kind.version, kind.kind)
    try:
        shaped: Object = _struct(walk, node, obj, "", "") if node is not None else dict(obj)
    except _ShapeError as error:
        raise _cannot_be_handled(kind, kind.kind, str(error)) from None
    except RecursionError:
        raise bad_request("the object is nested too deeply") from None
    shaped = {"kind": kind.kind, "apiVersion": kind.api_version, **_without_type(shaped)}
    return shaped, _unknown(kind, walk.unknown, field_validation)


def _without_type(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key not in {"kind", "apiVersion"}}


def _unknown(kind: Kind, paths: list[str], field_validation: str) -> list[str]:
    texts = [f'unknown field "{path}"' for path in paths]
    if texts and field_validation == "Strict":
        raise _cannot_be_handled(kind, kind.kind, "strict decoding error: " + ", ".join(texts))
    return [] if field_validation == "Ignore" else texts


def _cannot_be_handled(kind: Kind, named: str, why: str) -> ApiError:
    return bad_request(f'{named} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}')


def _check_kind(kind: Kind, obj: Object) -> None:
    named, version = obj.get("kind") or kind.kind, obj.get("apiVersion") or kind.api_version
    if not isinstance(named, str) or not isinstance(version, str):
        what = "kind" if not isinstance(named, str) else "apiVersion"
        raise _unrecognized(kind, f"json parse error: json: cannot unmarshal {_json_type(obj[what])} into Go struct field .{what} of type string", orjson.dumps(obj, default=str)[:40])
    if named != kind.kind:
        raise _cannot_be_handled(
            kind,
            named,
            f'no kind "{named}" is registered for version "{version}" in scheme "pkg/api/legacyscheme/scheme.go:30"',
        )
    if version != kind.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({kind.api_version})"
        )


def _value(walk: _Walk, node: TypeNode, value: Any, path: str, go_path: str) -> Any:
    form = node.form
    if form == "struct":
        if not isinstance(value, dict):
            raise _ShapeError(_mismatch(value, go_path, f"{node.go_package}.{node.go_type}"))
        return _struct(walk, node, value, path, go_path)
    if form == "list":
        return _list(walk, node, value, path, go_path)
    if form == "map":
        return _map(walk, node, value, path, go_path)
    if form == "any":
        return value
    return _scalar(form, value, go_path)


def _struct(walk: _Walk, node: TypeNode, value: Object, path: str, go_path: str) -> Object:
    if path.count(".") > DEEPEST:
        raise _ShapeError("exceeded max depth")
    fields, shaped = node.fields, {}
    for name, inner in value.items():
        where = f"{path}.{name}" if path else str(name)
        known = fields.get(name)
        if known is None:
            walk.unknown.append(where)
        elif inner is not None:
            go = f"{go_path.partition('.')[2]}.{name}" if "." in go_path else name
            shaped[name] = _value(walk, known, inner, where, f"{node.go_type}.{go}")
    return shaped


def _list(walk: _Walk, node: TypeNode, value: Any, path: str, go_path: str) -> list[Any]:
    items = node.items
    if not isinstance(value, list):
        raise _ShapeError(_mismatch(value, go_path, f"[]{_go_name(items)}"))
    if items is None:
        return value
    shaped = []
    for index, inner in enumerate(value):
        if inner is None:
            inner = EMPTY_VALUES.get(items.form, {})  # noqa: PLW2901  # null is the empty value of its type
        shaped.append(_value(walk, items, inner, f"{path}[{index}]", go_path))
    return shaped


def _map(walk: _Walk, node: TypeNode, value: Any, path: str, go_path: str) -> Object:
    values = node.values
    if not isinstance(value, dict):
        raise _ShapeError(_mismatch(value, go_path, f"map[string]{_go_name(values)}"))
    if values is None:
        return value
    return {
        str(key): EMPTY_VALUES.get(values.form, {}) if inner is None else _value(walk, values, inner, f"{path}.{key}", go_path)
        for key, inner in value.items()
    }


def _scalar(form: str, value: Any, go_path: str) -> Any:
    if form in INTEGERS:
        return _integer(form, value, go_path)
    if form == "boolean":
        return _checked(value, bool, go_path, "bool")
    if form == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _ShapeError(_mismatch(value, go_path, "float64"))
        return value
    if form == "quantity":
        return _quantity(value)
    if form == "int-or-string":
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise _ShapeError(_mismatch(value, go_path, "int32") if isinstance(value, float) else _mismatch(value, go_path, "string"))
        return value
    text: str = _checked(value, str, go_path, "[]uint8" if form == "bytes" else "string")
    if form == "bytes":
        _check_base64(text)
    elif form in {"time", "micro-time"} and not TIME.fullmatch(text):
        raise _ShapeError(
            f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}" as "2006"'
        )
    return text


def _checked(value: Any, type_: type, go_path: str, go: str) -> Any:
    if not isinstance(value, type_):
        raise _ShapeError(_mismatch(value, go_path, go))
    return value


def _integer(form: str, value: Any, go_path: str) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < INTEGERS[form]:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -INTEGERS[form] <= value < INTEGERS[form]:
        number = f" {value}" if isinstance(value, int | float) and not isinstance(value, bool) else ""
        raise _ShapeError(_mismatch(value, go_path, form).replace("number", f"number{number}", 1))
    return value


def _quantity(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _ShapeError(QUANTITY_REFUSAL)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if not QUANTITY.fullmatch(text) or not any(char.isdigit() for char in text):
        raise _ShapeError(QUANTITY_REFUSAL)
    return text


def _check_base64(text: str) -> None:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        valid = re.match(r"[A-Za-z0-9+/]*", text)
        raise _ShapeError(f"illegal base64 data at input byte {valid.end() if valid else 0}") from None


def _mismatch(value: Any, go_path: str, go_type: str) -> str:
    return f"json: cannot unmarshal {_json_type(value)} into Go struct field {go_path} of type {go_type}"


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return {str: "string", list: "array", dict: "object"}.get(type(value), "null")


def _go_name(node: TypeNode | None) -> str:
    if node is None:
        return "interface {}"
    if node.form == "struct":
        return f"{node.go_package}.{node.go_type}"
    return {"quantity": "resource.Quantity", "bytes": "[]uint8"}.get(node.form, node.form)
