"""Environment variables of a container, given or taken from elsewhere.

Models: ValidateEnv, ValidateEnvFrom, validateObjectFieldSelector in pkg/apis/core/validation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubetutor.api.formats import (
    config_map_key,
    dns_label,
    dns_subdomain,
    environment_name,
    qualified_name,
)
from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.apiserver.field import FieldError, invalid, malformed, not_supported, required

if TYPE_CHECKING:
    from collections.abc import Collection

    from kubetutor.api.objects import Object

ENV_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
VOLUME_FIELDS = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)
_KNOWN_FIELDS = {
    *ENV_FIELDS,
    *VOLUME_FIELDS,
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
    "spec.host",
}
_RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
    "requests.memory",
)  # fmt: skip
_SIZES = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_DIVISORS = {
    "cpu": (("1m", "1"), "only divisor's values 1m and 1 are supported with the cpu resource"),
    "memory": (_SIZES, f"only divisor's values {', '.join(_SIZES)} are supported with the memory resource"),
    "ephemeral-storage": (
        _SIZES,
        f"only divisor's values {', '.join(_SIZES)} are supported with the local ephemeral storage resource",
    ),
}
_SUBSCRIPT = re.compile(r"(.*)\['(.*)'\]", re.DOTALL)
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_NO_SOURCE = (
    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
)
_TWO_SOURCES = "may not have more than one field specified at a time"


def validate_env(variables: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, variable in enumerate(variables):
        name = variable.get("name", "")
        if not name:
            errors.append(required(f"{path}[{index}].name"))
        else:
            errors += malformed(f"{path}[{index}].name", name, environment_name(name))
        if "valueFrom" in variable:
            value = variable.get("value", "")
            errors += _validate_source(variable["valueFrom"], value, f"{path}[{index}].valueFrom")
    return errors


def validate_env_from(sources: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, source in enumerate(sources):
        if source.get("prefix"):
            errors += malformed(
                f"{path}[{index}].prefix", source["prefix"], environment_name(source["prefix"])
            )
        found = [name for name in ("configMapRef", "secretRef") if name in source]
        for kind in found:
            name = source[kind].get("name", "")
            at = f"{path}[{index}].{kind}.name"
            errors += malformed(at, name, dns_subdomain(name)) if name else [required(at)]
        if not found:
            errors.append(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(found) > 1:
            errors.append(invalid(path, "", _TWO_SOURCES))
    return errors


def validate_field_ref(reference: Object, path: str, supported: Collection[str]) -> list[FieldError]:
    """Check a reference to a field of the pod itself: `metadata.labels['app']`."""
    if not reference.get("apiVersion"):
        return [required(f"{path}.apiVersion")]
    field = reference.get("fieldPath", "")
    if not field:
        return [required(f"{path}.fieldPath")]
    match = _SUBSCRIPT.fullmatch(field)
    complaint = _conversion_complaint(reference["apiVersion"], field, match[1] if match else None)
    if complaint:
        return [invalid(f"{path}.fieldPath", field, f"error converting fieldPath: {complaint}")]
    if match:
        key = match[2].lower() if match[1] == "metadata.annotations" else match[2]
        return malformed(path, key, qualified_name(key))
    field = "spec.nodeName" if field == "spec.host" else field
    return [] if field in supported else [not_supported(f"{path}.fieldPath", field, sorted(supported))]


def validate_resource_ref(reference: Object, path: str, *, in_volume: bool) -> list[FieldError]:
    """Check a reference to a container's own requests and limits."""
    errors: list[FieldError] = []
    resource = reference.get("resource", "")
    if in_volume and not reference.get("containerName"):
        errors.append(required(f"{path}.containerName"))
    elif not resource:
        errors.append(required(f"{path}.resource"))
    elif resource not in _RESOURCES and not resource.startswith(("requests.hugepages-", "limits.hugepages-")):
        errors.append(not_supported(f"{path}.resource", resource, _RESOURCES))
    divisor = reference.get("divisor", "0")
    allowed, words = _DIVISORS.get(resource.partition(".")[2], ((), ""))
    if words and amount_of(divisor) and divisor not in allowed:
        errors.append(invalid(f"{path}.divisor", resource, words))
    return errors


def _conversion_complaint(version: str, field: str, subscripted: str | None) -> str | None:
    if version != "v1":
        return f"unsupported pod version: {version}"
    if subscripted is not None:
        is_map = subscripted in {"metadata.annotations", "metadata.labels"}
        return None if is_map else f"field label does not support subscript: {field}"
    return None if field in _KNOWN_FIELDS else f"field label not supported: {field}"


def _validate_source(source: Object, value: str, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if "fieldRef" in source:
        errors += validate_field_ref(source["fieldRef"], f"{path}.fieldRef", ENV_FIELDS)
    if "resourceFieldRef" in source:
        errors += validate_resource_ref(
            source["resourceFieldRef"], f"{path}.resourceFieldRef", in_volume=False
        )
    for name in ("configMapKeyRef", "secretKeyRef"):
        if name in source:
            errors += _validate_key_ref(source[name], f"{path}.{name}")
    if "fileKeyRef" in source:
        errors += _validate_file_key_ref(source["fileKeyRef"], f"{path}.fileKeyRef")
    found = sum(name in source for name in _SOURCES)
    if not found:
        errors.append(invalid(path, "", _NO_SOURCE))
    elif value:
        errors.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif found > 1:
        errors.append(invalid(path, "", _TWO_SOURCES))
    return errors


def _validate_key_ref(reference: Object, path: str) -> list[FieldError]:
    name, key = reference.get("name", ""), reference.get("key", "")
    errors = malformed(f"{path}.name", name, dns_subdomain(name))
    return errors + (malformed(f"{path}.key", key, config_map_key(key)) if key else [required(f"{path}.key")])


def _validate_file_key_ref(reference: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for field, rule in (("key", environment_name), ("volumeName", dns_label)):
        value = reference.get(field, "")
        errors += malformed(f"{path}.{field}", value, rule(value)) if value else [required(f"{path}.{field}")]
    if not reference.get("path"):
        errors.append(required(f"{path}.path"))
    elif ".." in reference["path"].split("/"):
        errors.append(invalid(f"{path}.path", reference["path"], "must not contain '..'"))
    return errors
