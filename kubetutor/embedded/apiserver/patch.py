"""Patches: from the request's body and the object as it is to the object as it shall be.

JSON, merge and strategic merge patches are carried out here. An apply patch is only read here; merging it
needs the record of who owns which field, and is done by `managed_fields.server_side_apply`.

Models: k8s.io/apiserver/pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.embedded.apiserver.custom.structural import ObjectType
from kubetutor.embedded.apiserver.decode import duplicate_fields, unknown_format
from kubetutor.embedded.apiserver.go_json import (
    MAX_DEPTH,
    JsonError,
    clone,
    decode_json,
    go_format,
    go_kind,
    is_deeper_than,
)
from kubetutor.embedded.apiserver.json_patch import PatchDoesNotApplyError, apply_operations
from kubetutor.embedded.apiserver.strategic_merge import REJECTED, strategic_merge
from kubetutor.embedded.apiserver.yaml_text import YamlError, decode_yaml, keys_set_twice
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.field_type import FieldType

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
APPLY_YAML = "application/apply-patch+yaml"
MAX_OPERATIONS = 10_000
_WRONG_TYPE = re.compile(r"cannot unmarshal (\w+) into Go .* of type (\S+)$")
_MAP = "Go value of type map[string]interface {}"


def apply_patch(  # the contract with the registry
    content_type: str, body: bytes, current: Object, type_: FieldType | None, *, api_version: str, kind: str
) -> Object:
    """Answer the patched object; `current` stays as it is. Values of wrong types and nulls are not yet refused.

    For `APPLY_YAML` the answer is the applied configuration alone, read and checked. `type_` is None where there
    is no schema; strategic merge patches are refused then. Raises ApiError: 400, 413, 415, 422.
    """
    media_type = content_type.partition(";")[0].strip()
    check_content_type(media_type, type_)
    if media_type == APPLY_YAML:
        return read_applied(body, api_version=api_version, kind=kind)
    if media_type == JSON_PATCH:
        return _json_patched(body, current)
    if media_type == MERGE_PATCH:
        return _merge_patched(body, current)
    return strategic_merge(clone(current), _decode_map(body, prefix=""), type_)


def check_content_type(media_type: str, type_: FieldType | None) -> None:
    """Refuse what is not a kind of patch, or none for a type without merge keys: 415."""
    known = [JSON_PATCH, MERGE_PATCH, APPLY_YAML]
    if isinstance(type_, ObjectType) and media_type not in known:
        raise unknown_format(known)
    if media_type not in {*known, *([STRATEGIC_MERGE] if type_ else [])}:
        raise ApiError(
            415,
            "UnsupportedMediaType",
            "415: Unsupported Media Type",
            {},
        )


def duplicates(content_type: str, body: bytes) -> list[str]:
    """Name the fields that a patch gives twice."""
    return duplicate_fields(body) if content_type in {MERGE_PATCH, STRATEGIC_MERGE} else []


def keys_applied_twice(body: bytes, field_validation: str) -> list[str]:
    """Name the keys that stand twice in an applied configuration. Raises ApiError 400 if that may not be."""
    found = [] if field_validation == "Ignore" else keys_set_twice(body)
    if found and field_validation == "Strict":
        lines = "\n  ".join(["yaml: unmarshal errors:", *found])
        raise _bad_request(f"error strict decoding YAML: error converting YAML to JSON: {lines}")
    return found


def unreadable(content_type: str, body: bytes, patched: Object, error: ApiError) -> ApiError:
    """Say that a patch makes something that is no such object.

    A strategic patch is shown as it came, for the others what they made; as Go writes maps, or as JSON.
    """
    why = error.message.partition(" cannot be handled as a ")[2].partition(": ")[2] or error.message
    if content_type == STRATEGIC_MERGE:
        shown = go_format(decode_json(body))
        wrong = _WRONG_TYPE.search(why)
        why = _not_restored(*wrong.groups()) if wrong else why
    else:
        shown = orjson.dumps(patched).decode()
    message = f"Invalid value: {json.dumps(shown, ensure_ascii=False)}: {why}"
    cause = {"reason": "FieldValueInvalid", "message": message, "field": "patch"}
    return ApiError(422, "Invalid", f' "" is invalid: patch: {message}', {"causes": [cause]})


def _not_restored(seen: str, go_type: str) -> str:
    """Models: k8s.io/apimachinery/pkg/runtime/converter.go, which has the merged map become a struct."""
    if go_type.startswith("["):
        return f"cannot restore slice from {seen}"
    if go_type.startswith("map["):
        return f"cannot restore map from {seen}"
    if "." in go_type:
        return f"cannot restore struct from: {seen}"
    return f"unrecognized type: {go_type}"


def merge(current: Object, patch: Object) -> Object:
    """Answer a new object: `current` with a merge patch (RFC 7386) carried out."""
    merged: Object = _merged(clone(current), clone(patch))
    return merged


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = target if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def _merge_patched(body: bytes, current: Object) -> Object:
    patch = _decode_map(body, prefix="error decoding patch: ")
    if body.strip() == b"null":
        raise _bad_request("Invalid JSON Patch")
    merged: Object = _merged(clone(current), patch)
    return merged


def _json_patched(body: bytes, current: Object) -> Object:
    operations = _decode_operations(body)
    if len(operations) > MAX_OPERATIONS:
        raise ApiError(
            413,
            "RequestEntityTooLarge",
            f"Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, "
            f"got {len(operations)}",
        )
    try:
        patched = apply_operations(clone(current), operations)
    except (PatchDoesNotApplyError, orjson.JSONEncodeError, RecursionError) as error:
        raise ApiError(422, "Invalid", REJECTED, {}) from error
    if not isinstance(patched, dict) or is_deeper_than(patched, MAX_DEPTH):
        raise ApiError(422, "Invalid", REJECTED, {})
    return patched


def _decode_operations(body: bytes) -> list[dict[str, Any]]:
    prefix = "error decoding patch: json: cannot unmarshal"
    operations = _decode(body, "error decoding patch: ")
    if operations is None:
        return []
    if not isinstance(operations, list):
        raise _bad_request(f"{prefix} {go_kind(operations)} into Go value of type []handlers.jsonPatchOp")
    for operation in operations:
        if not isinstance(operation, dict):
            raise _bad_request(f"{prefix} {go_kind(operation)} into Go value of type handlers.jsonPatchOp")
        for name in ("op", "path", "from"):
            if not isinstance(operation.get(name, ""), str):
                raise _bad_request(
                    f"{prefix} {go_kind(operation[name])} into Go struct field jsonPatchOp.{name} of type string"
                )
    return operations


def _decode_map(body: bytes, *, prefix: str) -> dict[str, Any]:
    value = _decode(body, prefix)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _bad_request(f"{prefix}json: cannot unmarshal {go_kind(value)} into {_MAP}")
    return value


def _decode(body: bytes, prefix: str) -> Any:
    try:
        return decode_json(body)
    except JsonError as error:
        raise _bad_request(f"{prefix}{error}") from error


def read_applied(body: bytes, *, api_version: str, kind: str) -> Object:
    """Decode the body of an apply patch, which is YAML or JSON, and check that it is of the kind of the URL."""
    applied = _decode_applied(body)
    if applied is None:
        applied = {}
    if not isinstance(applied, dict):
        raise _bad_request(
            f"error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
            f"{go_kind(applied)} into {_MAP}"
        )
    seen_version, seen_kind = applied.get("apiVersion") or "", applied.get("kind") or ""
    if (seen_version, seen_kind) != (api_version, kind):
        group, _, version = str(seen_version).rpartition("/")
        raise _bad_request(f"invalid object type: {group}/{version}, Kind={seen_kind}")
    metadata = applied.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        raise _bad_request(
            f"json: cannot unmarshal {go_kind(metadata)} into Go struct field .metadata of type v1.ObjectMeta"
        )
    if metadata.get("managedFields") is not None:
        raise _bad_request("metadata.managedFields must be nil")
    return applied


def _decode_applied(body: bytes) -> Any:
    try:
        return decode_yaml(body)
    except YamlError as error:
        raise _bad_request(f"error decoding YAML: {error}") from error


def _bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)
