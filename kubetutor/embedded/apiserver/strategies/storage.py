"""Claims for storage, volumes, and classes of both.

Models: ValidatePersistentVolumeClaimSpec, ValidatePersistentVolumeSpec in pkg/apis/core/validation,
pkg/apis/storage/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_subdomain
from kubetutor.api.objects import annotations_of
from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    immutable,
    invalid,
    malformed,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.labels import validate_selector
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
VOLUME_FINALIZER = "kubernetes.io/pv-protection"
_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_VOLUME_MODES = ("Block", "Filesystem")
_CHANGE_WORDS = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


def set_claim_defaults(claim: Object) -> None:
    claim.setdefault("metadata", {})
    spec = claim.setdefault("spec", {})
    spec.setdefault("volumeMode", "Filesystem")
    spec.setdefault("resources", {})
    claim.setdefault("status", {}).setdefault("phase", "Pending")


def prepare_claim(claim: Object) -> None:
    claim["status"] = {"phase": "Pending"}
    _add_finalizer(claim, CLAIM_FINALIZER)


def set_default_class(claim: Object, classes: Iterable[Object]) -> None:
    """Give a claim that names no class the default one; of several, the newest. An empty name is a name."""
    if claim["spec"].get("storageClassName") is not None:
        return
    defaults = [item for item in classes if annotations_of(item).get(DEFAULT_CLASS) == "true"]
    newest = max(defaults, key=lambda item: item["metadata"]["creationTimestamp"], default=None)
    if newest is not None:
        claim["spec"]["storageClassName"] = newest["metadata"]["name"]


def validate_claim(claim: Object) -> list[FieldError]:
    return validate_claim_spec(claim["spec"], "spec")


def validate_claim_spec(spec: Object, path: str) -> list[FieldError]:
    modes = spec.get("accessModes", [])
    errors: list[FieldError] = []
    if not modes:
        errors.append(required(f"{path}.accessModes", "at least 1 access mode is required"))
    errors += validate_selector(spec.get("selector"), f"{path}.selector")
    errors += _validate_modes(modes, f"{path}.accessModes")
    storage = spec.get("resources", {}).get("requests", {}).get("storage")
    at = f"{path}.resources[storage]"
    if storage is None:
        errors.append(required(at))
    elif amount_of(storage) <= 0:
        errors.append(invalid(at, storage, "must be greater than zero"))
    name = spec.get("storageClassName")
    if name:
        errors += malformed(f"{path}.storageClassName", name, dns_subdomain(name))
    mode = spec.get("volumeMode", "Filesystem")
    if mode not in _VOLUME_MODES:
        errors.append(not_supported(f"{path}.volumeMode", mode, _VOLUME_MODES))
    return errors


def validate_claim_update(new: Object, old: Object) -> list[FieldError]:
    """Check that only the request grows, and that the volume's name is set once."""
    after, before = new["spec"], old["spec"]
    changeable = {"resources", "volumeAttributesClassName"}
    if not before.get("volumeName"):
        changeable.add("volumeName")
    fixed = [
        {name: value for name, value in spec.items() if name not in changeable} for spec in (after, before)
    ]
    errors = [] if fixed[0] == fixed[1] else [forbidden("spec", _CHANGE_WORDS)]
    wanted, had = (
        spec.get("resources", {}).get("requests", {}).get("storage", "0") for spec in (after, before)
    )
    if amount_of(wanted) < amount_of(had):
        detail = "field can not be less than status.capacity"
        errors.append(forbidden("spec.resources.requests.storage", detail))
    return errors


def set_volume_defaults(volume: Object) -> None:
    spec = volume.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    if "hostPath" in spec:
        spec["hostPath"].setdefault("type", "")
    volume.setdefault("status", {}).setdefault("phase", "Pending")


def prepare_volume(volume: Object) -> None:
    volume["status"] = {"phase": "Pending"}
    _add_finalizer(volume, VOLUME_FINALIZER)


def validate_volume(volume: Object) -> list[FieldError]:
    spec = volume["spec"]
    modes, capacity = spec.get("accessModes", []), spec.get("capacity", {})
    errors = [] if modes else [required("spec.accessModes")]
    errors += _validate_modes(modes, "spec.accessModes")
    if not capacity:
        errors.append(required("spec.capacity"))
    elif set(capacity) != {"storage"}:
        errors.append(not_supported("spec.capacity", capacity, ("storage",)))
    for name, amount in capacity.items():
        if amount_of(amount) <= 0:
            errors.append(invalid(f"spec.capacity[{name}]", amount, "must be greater than zero"))
    policy = spec.get("persistentVolumeReclaimPolicy", "Retain")
    if policy not in {"Delete", "Recycle", "Retain"}:
        path = "spec.persistentVolumeReclaimPolicy"
        errors.append(not_supported(path, policy, ("Delete", "Recycle", "Retain")))
    return errors


def set_class_defaults(storage_class: Object) -> None:
    storage_class.setdefault("reclaimPolicy", "Delete")
    storage_class.setdefault("volumeBindingMode", "Immediate")


def validate_class(storage_class: Object) -> list[FieldError]:
    errors = [] if storage_class.get("provisioner") else [required("provisioner")]
    for name, supported in (
        ("reclaimPolicy", ("Delete", "Retain")),
        ("volumeBindingMode", ("Immediate", "WaitForFirstConsumer")),
    ):
        if storage_class.get(name) not in supported:
            errors.append(not_supported(name, storage_class.get(name, ""), supported))
    return errors


def validate_class_update(new: Object, old: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    for name, words in (("parameters", "updates to parameters are forbidden."),
                        ("provisioner", "updates to provisioner are forbidden.")):  # fmt: skip
        if new.get(name) != old.get(name):
            errors.append(forbidden(name, words))
    if new.get("reclaimPolicy") != old.get("reclaimPolicy"):
        errors.append(forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden."))
    return errors + immutable("volumeBindingMode", new.get("volumeBindingMode"), old.get("volumeBindingMode"))


def validate_capacity(found: Object) -> list[FieldError]:
    """Check what a driver says of the room that it has for a class."""
    class_name = found.get("storageClassName", "")
    errors = validate_selector(found.get("nodeTopology"), "nodeTopology")
    errors += malformed("storageClassName", class_name, dns_subdomain(class_name))
    amount = found.get("capacity")
    if amount is not None and amount_of(amount) < 0:
        errors.append(invalid("capacity", amount, "must be greater than or equal to 0"))
    return errors


def validate_capacity_update(new: Object, old: Object) -> list[FieldError]:
    return [
        error
        for name in ("nodeTopology", "storageClassName")
        for error in immutable(name, new.get(name), old.get(name))
    ]


def _validate_modes(modes: list[str], path: str) -> list[FieldError]:
    errors = [not_supported(path, mode, _MODES) for mode in modes if mode not in _MODES]
    if "ReadWriteOncePod" in modes and len(set(modes)) > 1:
        detail = "may not use ReadWriteOncePod with other access modes"
        errors.append(forbidden(path, detail))
    return errors


def _add_finalizer(obj: Object, name: str) -> None:
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if name not in finalizers:
        finalizers.append(name)


CLAIM = Strategy(
    defaults=set_claim_defaults,
    prepare_create=prepare_claim,
    validate=validate_claim,
    validate_update=validate_claim_update,
)
VOLUME = Strategy(defaults=set_volume_defaults, prepare_create=prepare_volume, validate=validate_volume)
CAPACITY = Strategy(validate=validate_capacity, validate_update=validate_capacity_update)
STORAGE_CLASS = Strategy(
    defaults=set_class_defaults, validate=validate_class, validate_update=validate_class_update
)
