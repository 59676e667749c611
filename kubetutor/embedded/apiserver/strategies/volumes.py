"""Volumes of a pod, and the places where containers mount them.

Models: ValidateVolumes, ValidateVolumeMounts in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_label
from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    malformed,
    not_found,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.environment import (
    VOLUME_FIELDS,
    validate_field_ref,
    validate_resource_ref,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from kubetutor.api.objects import Object

SOURCES = (
    "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi",
    "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc",
    "flexVolume", "configMap", "azureFile", "vsphereVolume", "azureDisk", "storageos", "portworxVolume", "scaleIO",
    "photonPersistentDisk", "projected", "csi", "ephemeral", "image",
)  # fmt: skip
_MODE_WORDS = "must be a number between 0 and 0777 (octal), both inclusive"
_HOST_PATH_TYPES = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
)  # fmt: skip
_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_TEN_MINUTES = 600
_PROJECTIONS = (
    "secret",
    "configMap",
    "downwardAPI",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
)


def validate_volumes(volumes: list[Object], path: str) -> tuple[dict[str, Object], list[FieldError]]:
    """Answer the well-formed volumes by name, and what is wrong with the others."""
    known: dict[str, Object] = {}
    errors: list[FieldError] = []
    for index, volume in enumerate(volumes):
        at, name = f"{path}[{index}]", volume.get("name", "")
        found = _validate_source(volume, at)
        found += malformed(f"{at}.name", name, dns_label(name)) if name else [required(f"{at}.name")]
        if name in known:
            found.append(duplicate(f"{at}.name", name))
        if not found:
            known[name] = volume
        errors += found
    return known, errors


def validate_mounts(container: Object, volumes: Collection[str], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    devices = {
        device.get("name", ""): device.get("devicePath", "") for device in container.get("volumeDevices", ())
    }
    for index, mount in enumerate(container.get("volumeMounts", ())):
        at, name, where = f"{path}[{index}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            errors.append(required(f"{at}.name"))
        if name not in volumes:
            errors.append(not_found(f"{at}.name", name))
        if not where:
            errors.append(required(f"{at}.mountPath"))
        if where in seen:
            errors.append(invalid(f"{at}.mountPath", where, "must be unique"))
        seen.add(where)
        if name in devices:
            errors.append(invalid(f"{at}.name", name, "must not already exist in volumeDevices"))
        if where in devices.values():
            errors.append(
                invalid(f"{at}.mountPath", where, "must not already exist as a path in volumeDevices")
            )
        errors += _validate_sub_path(mount, path, at)
        errors += _validate_propagation(mount, container, path)
    return errors


def _validate_sub_path(mount: Object, path: str, at: str) -> list[FieldError]:
    sub_path, expression = mount.get("subPath", ""), mount.get("subPathExpr", "")
    errors = _relative(sub_path, f"{path}.subPath")
    if sub_path and expression:
        errors.append(
            invalid(f"{at}.subPathExpr", expression, "subPathExpr and subPath are mutually exclusive")
        )
    return errors + _relative(expression, f"{path}.subPathExpr")


def _validate_propagation(mount: Object, container: Object, path: str) -> list[FieldError]:
    mode = mount.get("mountPropagation")
    if mode is None:
        return []
    if mode not in _PROPAGATIONS:
        return [not_supported(f"{path}.mountPropagation", mode, _PROPAGATIONS)]
    if mode == "Bidirectional" and not container.get("securityContext", {}).get("privileged"):
        detail = "Bidirectional mount propagation is available only to privileged containers"
        return [forbidden(f"{path}.mountPropagation", detail)]
    return []


def _validate_source(volume: Object, path: str) -> list[FieldError]:
    found = [name for name in SOURCES if name in volume]
    if not found:
        return [required(path, "must specify a volume type")]
    check = _CHECKS.get(found[0])
    errors = check(volume[found[0]], f"{path}.{found[0]}") if check else []
    more = [forbidden(f"{path}.{name}", "may not specify more than 1 volume type") for name in found[1:]]
    return errors + more


def _validate_empty_dir(source: Object, path: str) -> list[FieldError]:
    limit = source.get("sizeLimit")
    if limit is not None and amount_of(limit) < 0:
        return [forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")]
    return []


def _validate_host_path(source: Object, path: str) -> list[FieldError]:
    if not source.get("path"):
        return [required(f"{path}.path")]
    errors = _no_backsteps(source["path"], f"{path}.path")
    if source.get("type", "") not in _HOST_PATH_TYPES:
        errors.append(not_supported(f"{path}.type", source["type"], _HOST_PATH_TYPES))
    return errors


def _validate_secret(source: Object, path: str) -> list[FieldError]:
    return _validate_files(source, path, "secretName")


def _validate_config_map(source: Object, path: str) -> list[FieldError]:
    return _validate_files(source, path, "name")


def _validate_files(source: Object, path: str, name: str) -> list[FieldError]:
    errors = [] if source.get(name) else [required(f"{path}.{name}")]
    return errors + _validate_mode(source, "defaultMode", path) + _validate_items(source, path)


def _validate_items(source: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, item in enumerate(source.get("items", ())):
        at = f"{path}.items[{index}]"
        errors += [required(f"{at}.{field}") for field in ("key", "path") if not item.get(field)]
        errors += _local(item.get("path", ""), f"{at}.path")
        errors += _validate_mode(item, "mode", at)
    return errors


def _validate_claim(source: Object, path: str) -> list[FieldError]:
    return [] if source.get("claimName") else [required(f"{path}.claimName")]


def _validate_nfs(source: Object, path: str) -> list[FieldError]:
    errors = [required(f"{path}.{field}") for field in ("server", "path") if not source.get(field)]
    if source.get("path") and not source["path"].startswith("/"):
        errors.append(invalid(f"{path}.path", source["path"], "must be an absolute path"))
    return errors


def _validate_downward(source: Object, path: str) -> list[FieldError]:
    errors = _validate_mode(source, "defaultMode", path)
    for item in source.get("items", ()):
        errors += _validate_downward_file(item, path)
    return errors


def _validate_downward_file(item: Object, path: str) -> list[FieldError]:
    errors = [] if item.get("path") else [required(f"{path}.path")]
    errors += _local(item.get("path", ""), f"{path}.path")
    if "fieldRef" in item:
        errors += validate_field_ref(item["fieldRef"], f"{path}.fieldRef", VOLUME_FIELDS)
        if "resourceFieldRef" in item:
            detail = "fieldRef and resourceFieldRef can not be specified simultaneously"
            errors.append(invalid(path, "resource", detail))
    elif "resourceFieldRef" in item:
        errors += validate_resource_ref(item["resourceFieldRef"], f"{path}.resourceFieldRef", in_volume=True)
    else:
        errors.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    return errors + _validate_mode(item, "mode", path)


def _validate_projected(source: Object, path: str) -> list[FieldError]:
    errors = _validate_mode(source, "defaultMode", path)
    paths: set[str] = set()
    for index, projection in enumerate(source.get("sources", ())):
        at = f"{path}.sources[{index}]"
        found = [name for name in _PROJECTIONS if name in projection]
        for kind in ("secret", "configMap", "downwardAPI"):
            if kind in projection:
                errors += _validate_projection(kind, projection[kind], f"{at}.{kind}")
                errors += _repeated_paths(projection[kind], paths, path)
        if "serviceAccountToken" in projection:
            errors += _validate_token(projection["serviceAccountToken"], path, f"{at}.serviceAccountToken")
        if len(found) > 1:
            errors.append(forbidden(at, "may not specify more than 1 volume type per source"))
        elif not found:
            errors.append(required(at, "must specify one volume type"))
    return errors


def _validate_projection(kind: str, projection: Object, path: str) -> list[FieldError]:
    if kind == "downwardAPI":
        return [
            error for item in projection.get("items", ()) for error in _validate_downward_file(item, path)
        ]
    errors = [] if projection.get("name") else [required(f"{path}.name")]
    return errors + _validate_items(projection, path)


def _repeated_paths(projection: Object, paths: set[str], path: str) -> list[FieldError]:
    errors = []
    for item in projection.get("items", ()):
        name = item.get("path", "")
        if name and name in paths:
            errors.append(invalid(path, projection.get("name", name), "conflicting duplicate paths"))
        paths.add(name)
    return errors


def _validate_token(token: Object, path: str, at: str) -> list[FieldError]:
    seconds = token.get("expirationSeconds", 0)
    errors: list[FieldError] = []
    if seconds < _TEN_MINUTES:
        detail = "may not specify a duration less than 10 minutes"
        errors.append(invalid(f"{at}.expirationSeconds", seconds, detail))
    if seconds > 1 << 32:
        detail = "may not specify a duration larger than 2^32 seconds"
        errors.append(invalid(f"{at}.expirationSeconds", seconds, detail))
    if not token.get("path"):
        return [*errors, required(f"{path}.path")]
    return errors + _local(token["path"], f"{path}.path")


def _validate_mode(source: Object, field: str, path: str) -> list[FieldError]:
    mode = source.get(field)
    if mode is None or 0 <= mode <= 0o777:
        return []
    return [invalid(f"{path}.{field}", mode, _MODE_WORDS)]


def _no_backsteps(text: str, path: str) -> list[FieldError]:
    return [invalid(path, text, "must not contain '..'")] if ".." in text.split("/") else []


def _relative(text: str, path: str) -> list[FieldError]:
    errors = [invalid(path, text, "must be a relative path")] if text.startswith("/") else []
    return errors + _no_backsteps(text, path)


def _local(text: str, path: str) -> list[FieldError]:
    errors = _relative(text, path)
    if text.startswith("..") and not text.startswith("../"):
        errors.append(invalid(path, text, "must not start with '..'"))
    return errors


_CHECKS: dict[str, Callable[[Object, str], list[FieldError]]] = {
    "emptyDir": _validate_empty_dir,
    "hostPath": _validate_host_path,
    "secret": _validate_secret,
    "configMap": _validate_config_map,
    "persistentVolumeClaim": _validate_claim,
    "nfs": _validate_nfs,
    "downwardAPI": _validate_downward,
    "projected": _validate_projected,
}
