"""ConfigMaps and Secrets.

Models: ValidateConfigMap, ValidateSecret in pkg/apis/core/validation.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from kubetutor.api.formats import config_map_key
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    immutable,
    invalid,
    malformed,
    required,
    too_long,
)
from kubetutor.embedded.apiserver.go_json import syntax_error
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

MAX_SIZE = 1024 * 1024
ACCOUNT_ANNOTATION = "kubernetes.io/service-account.name"
_IMMUTABLE = "field is immutable when `immutable` is set"
_JSON_KEYS = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}
_NEEDED_KEYS = {
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def set_secret_defaults(secret: Object) -> None:
    secret.setdefault("type", "Opaque")


def encode_string_data(secret: Object, _: Object | None = None) -> None:
    """Move `stringData` into `data`: it can be written, and is never read back."""
    texts = secret.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        secret["data"] = {**secret.get("data", {}), **encoded}


def validate_config_map(config_map: Object) -> list[FieldError]:
    texts, blobs = config_map.get("data", {}), config_map.get("binaryData", {})
    errors: list[FieldError] = []
    for key in texts:
        errors += malformed(f"data[{key}]", key, config_map_key(key))
        if key in blobs:
            errors.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
    for key in blobs:
        errors += malformed(f"binaryData[{key}]", key, config_map_key(key))
    size = sum(len(text.encode("utf-8", "replace")) for text in texts.values())
    if size + sum(_decoded_size(blob) for blob in blobs.values()) > MAX_SIZE:
        errors.append(too_long("[]", MAX_SIZE))
    return errors


def validate_config_map_update(new: Object, old: Object) -> list[FieldError]:
    return _validate_immutable(new, old, ("data", "binaryData"))


def validate_secret(secret: Object) -> list[FieldError]:
    data = secret.get("data", {})
    errors: list[FieldError] = []
    for key in data:
        errors += malformed(f"data[{key}]", key, config_map_key(key))
    if sum(_decoded_size(blob) for blob in data.values()) > MAX_SIZE:
        errors.append(too_long("data", MAX_SIZE))
    return errors + _validate_secret_type(secret, data)


def validate_secret_update(new: Object, old: Object) -> list[FieldError]:
    return immutable("type", new.get("type"), old.get("type")) + _validate_immutable(new, old, ("data",))


def _validate_secret_type(secret: Object, data: dict[str, str]) -> list[FieldError]:
    kind = secret.get("type", "")
    if kind == "kubernetes.io/service-account-token":
        if secret["metadata"].get("annotations", {}).get(ACCOUNT_ANNOTATION):
            return []
        return [required(f"metadata.annotations[{ACCOUNT_ANNOTATION}]")]
    if kind in _JSON_KEYS:
        return _validate_json(data, _JSON_KEYS[kind])
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & set(data):
        return [required("data[username]"), required("data[password]")]
    return [required(f"data[{key}]") for key in _NEEDED_KEYS.get(kind, ()) if not data.get(key)]


def _validate_json(data: dict[str, str], key: str) -> list[FieldError]:
    if key not in data:
        return [required(f"data[{key}]")]
    try:
        complaint = syntax_error(base64.b64decode(data[key]))
    except (binascii.Error, ValueError) as error:
        complaint = str(error)
    return [invalid(f"data[{key}]", "<secret contents redacted>", complaint)] if complaint else []


def _validate_immutable(new: Object, old: Object, fields: tuple[str, ...]) -> list[FieldError]:
    if not old.get("immutable"):
        return []
    errors = [] if new.get("immutable") else [forbidden("immutable", _IMMUTABLE)]
    return errors + [forbidden(name, _IMMUTABLE) for name in fields if new.get(name, {}) != old.get(name, {})]


def _decoded_size(blob: str) -> int:
    return len(blob) * 3 // 4 - blob[-2:].count("=")


CONFIG_MAP = Strategy(
    validate=validate_config_map, validate_update=validate_config_map_update, change_first=True
)
SECRET = Strategy(
    defaults=set_secret_defaults,
    prepare_create=encode_string_data,
    prepare_update=encode_string_data,
    validate=validate_secret,
    validate_update=validate_secret_update,
    change_first=True,
)
