"""What holds for the metadata of every kind.

Models: k8s.io/apimachinery/pkg/api/validation/objectmeta.go, apiserver/pkg/registry/rest/update.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.formats import dns_label, qualified_name
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    immutable,
    invalid,
    malformed,
    non_negative,
    required,
    too_long,
)
from kubetutor.embedded.apiserver.strategies.labels import validate_labels

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.strategies.strategy import NameRule

MAX_ANNOTATIONS = 256 * 1024
NOT_QUALIFIED = "name is neither a standard finalizer name nor is it fully qualified"
STANDARD_FINALIZERS = {"kubernetes", "orphan", "foregroundDeletion"}
_IMMUTABLE = (
    "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
)  # fmt: skip
_KEPT_ON_UPDATE = (
    "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
)  # fmt: skip


def validate_metadata(metadata: Object, *, namespaced: bool, name_rule: NameRule) -> list[FieldError]:
    errors: list[FieldError] = []
    prefix = metadata.get("generateName", "")
    if prefix:  # a suffix follows, so the prefix may end with a hyphen
        whole = f"{prefix[:-1]}a" if prefix.endswith("-") else prefix
        errors += malformed("metadata.generateName", prefix, name_rule(whole))
    name = metadata.get("name", "")
    if not name:
        errors.append(required("metadata.name", "name or generateName is required"))
    else:
        errors += malformed("metadata.name", name, name_rule(name))
    errors += _validate_namespace(metadata.get("namespace", ""), namespaced=namespaced)
    errors += non_negative("metadata.generation", metadata.get("generation"))
    errors += validate_labels(metadata.get("labels"), "metadata.labels")
    errors += validate_annotations(metadata.get("annotations"), "metadata.annotations")
    if "ownerReferences" in metadata:
        errors += _validate_owners(metadata["ownerReferences"])
    if "finalizers" in metadata:
        errors += _validate_finalizers(metadata["finalizers"])
    return errors


def validate_metadata_update(new: Object, old: Object) -> list[FieldError]:
    """Find what may not change."""
    errors: list[FieldError] = []
    if old.get("deletionTimestamp") is not None:
        extra = sorted(set(new.get("finalizers", ())) - set(old.get("finalizers", ())))
        if extra:
            shown = ", ".join(f'"{name}"' for name in extra)
            detail = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{shown}}}"
            errors.append(forbidden("metadata.finalizers", detail))
    if new.get("generation", 0) < old.get("generation", 0):
        errors.append(invalid("metadata.generation", new.get("generation", 0), "must not be decremented"))
    for name in _IMMUTABLE:
        errors += immutable(f"metadata.{name}", new.get(name), old.get(name))
    return errors


def keep_system_metadata(new: Object, old: Object) -> None:
    """Put back what the sender of an update left out: who updates need not repeat what the system knows."""
    metadata = new["metadata"]
    metadata.pop("generation", None)
    for name in _KEPT_ON_UPDATE:
        if name in old["metadata"] and metadata.get(name) is None:
            metadata[name] = old["metadata"][name]


def validate_annotations(annotations: dict[str, str] | None, path: str) -> list[FieldError]:
    if not annotations:
        return []
    errors: list[FieldError] = []
    size = 0
    for key in annotations:
        errors += malformed(path, key, qualified_name(key.lower()))
        size += len(key) + len(annotations[key])
    if size > MAX_ANNOTATIONS:
        errors.append(too_long(path, MAX_ANNOTATIONS))
    return errors


def _validate_namespace(namespace: str, *, namespaced: bool) -> list[FieldError]:
    if not namespaced:
        return [forbidden("metadata.namespace", "not allowed on this type")] if namespace else []
    if not namespace:
        return [required("metadata.namespace")]
    return malformed("metadata.namespace", namespace, dns_label(namespace))


def _validate_owners(owners: list[Any]) -> list[FieldError]:
    path = "metadata.ownerReferences"
    errors: list[FieldError] = []
    controller = ""
    for owner in owners:
        for field, words in (
            ("apiVersion", "version must not be empty"), ("kind", "must not be empty"), ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ):  # fmt: skip
            if not owner.get(field):
                errors.append(invalid(f"{path}.{field}", "", words))
        if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
            errors.append(invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"))
        if owner.get("controller"):
            name = f"{owner.get('kind', '')}/{owner.get('name', '')}"
            if controller:
                detail = f'Found "true" in references for {controller} and {name}'
                errors.append(
                    invalid(path, owners, f"Only one reference can have Controller set to true. {detail}")
                )
            controller = controller or name
    return errors


def _validate_finalizers(finalizers: list[str]) -> list[FieldError]:
    path = "metadata.finalizers"
    errors: list[FieldError] = []
    for name in finalizers:
        errors += malformed(path, name, qualified_name(name))
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        errors.append(invalid(path, finalizers, detail))
    for index, name in enumerate(finalizers):
        if "/" not in name and name not in STANDARD_FINALIZERS:
            errors.append(invalid(f"{path}[{index}]", name, NOT_QUALIFIED))
    return errors
