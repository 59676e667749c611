"""Volumes, the claims on them and the classes they come from.

Models: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import annotations_of, is_being_deleted
from kubetutor.embedded.apiserver.tables.layout import AGE, NAME, UNSET, Column, Layout, age, at, name, wide

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object

ACCESS_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def _access_modes(modes: list[str]) -> str:
    return ",".join(short for mode, short in ACCESS_MODES.items() if mode in modes)


def _phase(obj: Object) -> str:
    return "Terminating" if is_being_deleted(obj) else str(at(obj, "status.phase", ""))


def _storage_class_name(obj: Object) -> str:
    return str(annotations_of(obj).get(BETA_CLASS, at(obj, "spec.storageClassName", "")))


def _volume(obj: Object, now: dt.datetime) -> list[Any]:
    claim = at(obj, "spec.claimRef")
    return [
        name(obj),
        str(at(obj, "spec.capacity.storage", "0")),
        _access_modes(at(obj, "spec.accessModes", [])),
        at(obj, "spec.persistentVolumeReclaimPolicy", ""),
        _phase(obj),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        _storage_class_name(obj),
        at(obj, "spec.volumeAttributesClassName", UNSET),
        at(obj, "status.reason", ""),
        age(obj, now),
        at(obj, "spec.volumeMode", UNSET),
    ]


def _claim(obj: Object, now: dt.datetime) -> list[Any]:
    volume = at(obj, "spec.volumeName", "")
    return [
        name(obj),
        _phase(obj),
        volume,
        str(at(obj, "status.capacity.storage", "0")) if volume else "",
        _access_modes(at(obj, "status.accessModes", [])) if volume else "",
        _storage_class_name(obj),
        at(obj, "spec.volumeAttributesClassName", UNSET),
        age(obj, now),
        at(obj, "spec.volumeMode", UNSET),
    ]


def _storage_class(obj: Object, now: dt.datetime) -> list[Any]:
    annotations = annotations_of(obj)
    is_default = any(annotations.get(key) == "true" for key in DEFAULT_CLASS)
    return [
        name(obj) + (" (default)" if is_default else ""),
        obj.get("provisioner", ""),
        at(obj, "reclaimPolicy", "Delete"),
        at(obj, "volumeBindingMode", "Immediate"),
        at(obj, "allowVolumeExpansion", False),
        age(obj, now),
    ]


LAYOUTS = {
    "persistentvolumes": Layout(
        (
            NAME,
            *(Column(n) for n in ("Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim")),
            *(Column(n) for n in ("StorageClass", "VolumeAttributesClass", "Reason")),
            AGE,
            wide("VolumeMode"),
        ),
        _volume,
    ),
    "persistentvolumeclaims": Layout(
        (
            NAME,
            *(Column(n) for n in ("Status", "Volume", "Capacity", "Access Modes")),
            *(Column(n) for n in ("StorageClass", "VolumeAttributesClass")),
            AGE,
            wide("VolumeMode"),
        ),
        _claim,
    ),
    "storageclasses.storage.k8s.io": Layout(
        (
            NAME,
            *(Column(n) for n in ("Provisioner", "ReclaimPolicy", "VolumeBindingMode")),
            Column("AllowVolumeExpansion"),
            AGE,
        ),
        _storage_class,
    ),
}
