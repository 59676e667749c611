"""Status conditions: replaced only when they say something new, and dated when they do.

Models: pkg/controller/deployment/util (SetDeploymentCondition), pkg/controller/replicaset (SetCondition).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

Conditions = tuple["Object", ...]


def find(conditions: Iterable[Object], kind: str) -> Object | None:
    return next((entry for entry in conditions if entry.get("type") == kind), None)


def without(conditions: Iterable[Object], kind: str) -> Conditions:
    return tuple(entry for entry in conditions if entry.get("type") != kind)


def put(conditions: Conditions, new: Object) -> Conditions:
    """Add the condition in place of the one of its type, unless that has the same status and reason."""
    current = find(conditions, new["type"])
    if current is not None and _is_same(current, new):
        return conditions
    return replace(conditions, new)


def replace(conditions: Conditions, new: Object) -> Conditions:
    """Add the condition in place of the one of its type; the time of the last transition stays if the status does."""
    current = find(conditions, new["type"])
    if current is not None and current.get("status") == new["status"] and "lastTransitionTime" in current:
        new = {**new, "lastTransitionTime": current["lastTransitionTime"]}
    return (*without(conditions, new["type"]), new)


def _is_same(current: Object, new: Object) -> bool:
    return bool(current.get("status") == new["status"] and current.get("reason") == new.get("reason"))
