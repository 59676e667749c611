"""Bytes to an object: what arrives on the wire is parsed, checked against its type, and made canonical.

The way of an object through a create, in upstream's order:

1. `decode`: bytes -> object; wrong types are 400, unknown fields are 400, a warning or nothing.
2. namespace and name of the request are checked against the object; `generateName` gives a name.
3. `Strategy.defaults`.
4. `Admission.create`: changes the object (service account, priority, tolerations, service addresses); may refuse.
5. `Strategy.prepare_create`: status dropped, generated fields set (uid must be there: a Job's labels hold it).
6. `Strategy.validate`, with what `Admission.create` answered, to 422 by `invalid_error`.
7. the store.

And through an update or a patch: `decode` or `conform`; resource version and uid are checked; `defaults`;
`Admission.update`; `prepare_update`; `validate` and then `validate_update`, both; the store.

Models: apiserver/pkg/endpoints/handlers/create.go, apimachinery/pkg/runtime/serializer/json.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.conform import Conformed, conform_value
from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.custom.objects import check_type_meta, conform_object
from kubetutor.embedded.apiserver.field import quote
from kubetutor.embedded.apiserver.go_json import JsonError, decode_json, go_kind
from kubetutor.embedded.apiserver.yaml_text import YamlError, decode_yaml, keys_set_twice
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.schema import Schema, TypeNode

SCHEME = "pkg/api/legacyscheme/scheme.go:30"
ACCEPTED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_VERSION_AND_KIND = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)


def decode(
    kind: Kind, schema: Schema, body: bytes, content_type: str, field_validation: str
) -> tuple[Object, list[str]]:
    """Answer the object and the warnings. `field_validation` is Strict, Warn, Ignore or "" (Warn).

    Raises ApiError: 400 for what cannot be read, 415 for another content type than JSON and YAML.
    """
    media = content_type.partition(";")[0].strip().lower()
    if content_type and media not in {"application/json", "application/yaml"}:
        raise unknown_format(ACCEPTED)
    obj, duplicates = _parse(kind, body, media, field_validation)
    _check_version_and_kind(kind, schema, obj, body)
    return _judge(kind, schema, obj, field_validation, duplicates)


def unknown_format(accepted: Sequence[str]) -> ApiError:
    """Refuse a body for its media type."""
    text = "the body of the request was in an unknown format - accepted media types include: "
    return ApiError(415, "UnsupportedMediaType", text + ", ".join(accepted))


def conform(
    kind: Kind, schema: Schema, obj: Any, field_validation: str, duplicates: Sequence[str] = ()
) -> tuple[Object, list[str]]:
    """Do the same for an object that is already parsed: after a patch, or from protobuf."""
    if obj is not None and not isinstance(obj, dict):
        raise _cannot_handle(
            kind, kind, f"json: cannot unmarshal {go_kind(obj)} into Go value of type v1.{kind.kind}"
        )
    _check_version_and_kind(kind, schema, obj, b"")
    return _judge(kind, schema, obj, field_validation, duplicates)


def check(kind: Kind, schema: Schema, obj: Any) -> Conformed:
    """Make the object fit its type, and leave to the caller what to say of what does not."""
    if isinstance(kind, CustomKind):
        return conform_object(kind, obj or {}, schema.metadata)
    return conform_value(_type_of(kind, schema), obj or {})


def _judge(
    kind: Kind, schema: Schema, obj: Any, field_validation: str, duplicates: Sequence[str]
) -> tuple[Object, list[str]]:
    conformed = check(kind, schema, obj)
    if conformed.type_error is not None:
        raise _cannot_handle(kind, kind, conformed.type_error)
    of_yaml = [each for each in duplicates if each.startswith("line ")]  # these come first
    others = [*conformed.unknown_fields, *(each for each in duplicates if each not in of_yaml)]
    warnings = [*of_yaml, *others] if field_validation != "Ignore" else []
    if warnings and field_validation == "Strict":
        errors = ["\n  ".join(["yaml: unmarshal errors:", *of_yaml])] if of_yaml else []
        raise _cannot_handle(kind, kind, f"strict decoding error: {', '.join(errors + others)}")
    answer = {"kind": kind.kind, "apiVersion": kind.api_version} | conformed.value
    answer.update(kind=kind.kind, apiVersion=kind.api_version)
    if not isinstance(answer.get("metadata"), dict):
        answer["metadata"] = {}
    if not answer["metadata"].get("labels", True):
        del answer["metadata"]["labels"]
    return answer, warnings


def _type_of(kind: Kind, schema: Schema) -> TypeNode:
    node = schema.type_of(kind.group, kind.version, kind.kind)
    if node is None:
        raise ApiError(
            400, "BadRequest", f'no kind "{kind.kind}" is registered for version "{kind.api_version}"'
        )
    return node


def _parse(kind: Kind, body: bytes, media: str, field_validation: str) -> tuple[Any, list[str]]:
    if media == "application/yaml":
        try:
            return decode_yaml(body), [] if field_validation == "Ignore" else keys_set_twice(body)
        except YamlError as error:
            raise _unrecognized(kind, str(error), body) from error
    try:
        obj = decode_json(body)
    except JsonError as error:
        raise _unrecognized(kind, f"couldn't get version/kind; json parse error: {error}", body) from error
    return obj, [] if field_validation == "Ignore" else duplicate_fields(body)


def _check_version_and_kind(kind: Kind, schema: Schema, obj: Any, body: bytes) -> None:
    if obj is None:
        return
    if not isinstance(obj, dict):
        seen = f"json: cannot unmarshal {go_kind(obj)} into Go value of type {_VERSION_AND_KIND}"
        raise _unrecognized(kind, f"couldn't get version/kind; json parse error: {seen}", body)
    for name in ("apiVersion", "kind"):
        if obj.get(name) is not None and not isinstance(obj[name], str):
            seen = f"json: cannot unmarshal {go_kind(obj[name])} into Go struct field .{name} of type string"
            raise _unrecognized(kind, f"couldn't get version/kind; json parse error: {seen}", body)
    if isinstance(kind, CustomKind):
        if not obj.get("kind"):
            raise _unrecognized(
                kind, f"Object 'Kind' is missing in '{body.decode('utf-8', 'replace')}'", body
            )
        check_type_meta(kind, obj)
        return
    api_version, name = obj.get("apiVersion") or kind.api_version, obj.get("kind") or kind.kind
    if api_version.count("/") > 1:
        raise _unrecognized(kind, f"unexpected GroupVersion string: {api_version}", body)
    if (api_version, name) != (kind.api_version, kind.kind):
        raise _wrong_kind(kind, schema, api_version, name)


def _wrong_kind(kind: Kind, schema: Schema, api_version: str, name: str) -> ApiError:
    group, _, version = api_version.rpartition("/")
    prefix = f"{name} in version {quote(version)} cannot be handled as a {kind.kind}"
    if schema.type_of(group, version, name) is None:
        reason = f'no kind {quote(name)} is registered for version {quote(api_version)} in scheme "{SCHEME}"'
        return ApiError(400, "BadRequest", f"{prefix}: {reason}")
    if (group, name) == (kind.group, kind.kind):
        reason = f"({api_version}) does not match the expected API version ({kind.api_version})"
        return ApiError(400, "BadRequest", f"the API version in the data {reason}")
    own = (kind.group or "core").partition(".")[0]
    reason = f"converting ({version}.{name}) to ({own}.{kind.kind}): unknown conversion"
    return ApiError(400, "BadRequest", f"{prefix}: {reason}")


def _cannot_handle(sent: Kind, kind: Kind, reason: str) -> ApiError:
    text = f"{sent.kind} in version {quote(sent.version)} cannot be handled as a {kind.kind}: {reason}"
    return ApiError(400, "BadRequest", text)


def _unrecognized(kind: Kind, reason: str, body: bytes) -> ApiError:
    text = f"the object provided is unrecognized (must be of type {kind.kind}): {reason} ({_summary(body)})"
    return ApiError(400, "BadRequest", text)


def _summary(body: bytes, limit: int = 30) -> str:
    """Show the first bytes of a body: as text if it may be JSON, else as hexadecimal numbers."""
    if not body:
        return "<empty>"
    start = body[:limit]
    shown = start.decode("utf-8", "replace") if body[:1] == b"{" else start.hex()
    return f"{shown} ..." if len(body) > limit else shown


def duplicate_fields(body: bytes) -> list[str]:
    """Name the fields that a JSON body gives twice: `duplicate field "spec.replicas"`."""
    found = False

    def collect(pairs: list[tuple[str, Any]]) -> Any:
        nonlocal found
        answer = dict(pairs)
        if len(answer) != len(pairs):
            found = True
        return answer

    text = body.decode("utf-8", "replace")
    json.loads(text, object_pairs_hook=collect)
    if not found:
        return []
    paths: list[str] = []
    _find_duplicates(json.loads(text, object_pairs_hook=_Pairs), "", paths)
    return [f"duplicate field {quote(path)}" for path in dict.fromkeys(paths)]


class _Pairs(list[tuple[str, Any]]):
    """An object whose fields are kept in order, twins and all."""


def _find_duplicates(value: Any, path: str, paths: list[str]) -> None:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, child in value:
            below = f"{path}.{key}" if path else key
            if key in seen:
                paths.append(below)
            seen.add(key)
            _find_duplicates(child, below, paths)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _find_duplicates(child, f"{path}[{index}]", paths)
