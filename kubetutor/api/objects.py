"""Reading API objects. An object is the plain dict that its YAML says; nobody wraps it."""

from __future__ import annotations

from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]

ROLE = "kubetutor.io/role"  # a label of what is there for the lesson, and is not its subject
LOAD = "load"  # the pod that sends requests


def name_of(obj: Object) -> str:
    return str(obj.get("metadata", {}).get("name", ""))


def namespace_of(obj: Object) -> str | None:
    """Answer the namespace, or None for an object of the whole cluster."""
    namespace: str | None = obj.get("metadata", {}).get("namespace")
    return namespace


def uid_of(obj: Object) -> str:
    return str(obj.get("metadata", {}).get("uid", ""))


def labels_of(obj: Object) -> dict[str, str]:
    return obj.get("metadata", {}).get("labels") or {}


def annotations_of(obj: Object) -> dict[str, str]:
    return obj.get("metadata", {}).get("annotations") or {}


def key_of(obj: Object) -> str:
    """Answer `namespace/name`, or `name` alone, as upstream's caches do."""
    namespace = namespace_of(obj)
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def split_key(key: str) -> tuple[str | None, str]:
    """Undo `key_of`."""
    namespace, slash, name = key.rpartition("/")
    return (namespace if slash else None), name


def controller_of(obj: Object) -> Object | None:
    """Answer the owner reference that is marked as the controller, if any."""
    references = obj.get("metadata", {}).get("ownerReferences") or ()
    return next((reference for reference in references if reference.get("controller")), None)


def is_being_deleted(obj: Object) -> bool:
    return obj.get("metadata", {}).get("deletionTimestamp") is not None


def condition(obj: Object, kind: str) -> Object | None:
    """Answer the status condition of this type, if any."""
    conditions = obj.get("status", {}).get("conditions") or ()
    return next((entry for entry in conditions if entry.get("type") == kind), None)


def is_unseen(obj: Object) -> bool:
    """Say whether the controller of an object has not looked at its newest spec yet."""
    seen: int = obj.get("status", {}).get("observedGeneration", 0)
    return seen < int(obj.get("metadata", {}).get("generation", 0))


def is_true(obj: Object, kind: str) -> bool:
    """Say whether the status condition of this type is there and "True"."""
    entry = condition(obj, kind)
    return entry is not None and entry.get("status") == "True"


def is_pod_ready(pod: Object) -> bool:
    return is_true(pod, "Ready")


def is_pod_finished(pod: Object) -> bool:
    """Say whether the pod has ended for good: phase Succeeded or Failed."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def is_load(pod: Object) -> bool:
    """Say whether this pod is the one that sends requests for a lesson: whoever counts the lesson's pods leaves it out."""
    return labels_of(pod).get(ROLE) == LOAD
