"""Who controls what: a controller adopts orphans that its selector matches, and releases what it no longer does.

Models: pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    controller_of,
    is_being_deleted,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubetutor.api.selectors import from_labels, from_selector, matches
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.api.objects import Object
    from kubetutor.api.selectors import Requirements
    from kubetutor.embedded.client import Change, Client
    from kubetutor.embedded.informer import Informer
    from kubetutor.embedded.workqueue import WorkQueue


def controller_reference(owner: Object) -> Object:
    """Answer the owner reference that makes `owner` the controller of an object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def requirements_of(owner: Object) -> Requirements:
    """Answer which labels the owner's selector asks for; that of a ReplicationController is a plain map."""
    selector = owner["spec"].get("selector")
    if owner["kind"] == "ReplicationController":
        return from_labels(selector or {})
    return from_selector(selector)


def queue_owners(change: Change, queue: WorkQueue, kind: str, owners: Informer) -> None:
    """Queue who controls the object, or did so before; for an orphan, everybody who might adopt it."""
    namespace = namespace_of(change.object)
    for obj in (change.object, change.old):
        owner = controller_of(obj) if obj else None
        if owner and owner.get("kind") == kind:
            queue.add(f"{namespace}/{owner['name']}")
    if change.type != "DELETED" and controller_of(change.object) is None:
        for possible in owners.list(namespace):
            if matches(requirements_of(possible), labels_of(change.object)):
                queue.add(key_of(possible))


class Orphans:
    """The objects of one resource that nobody controls, by namespace. Nearly always empty, so cheap to ask."""

    def __init__(self, informer: Informer) -> None:
        self._orphans: defaultdict[str | None, dict[str, Object]] = defaultdict(dict)
        informer.on_change(self._on_change)

    def of_namespace(self, namespace: str | None) -> list[Object]:
        return list(self._orphans[namespace].values()) if namespace in self._orphans else []

    def _on_change(self, change: Change) -> None:
        obj, key, namespace = change.object, key_of(change.object), namespace_of(change.object)
        if change.type != "DELETED" and controller_of(obj) is None:
            self._orphans[namespace][key] = obj
        elif namespace in self._orphans:
            self._orphans[namespace].pop(key, None)
            if not self._orphans[namespace]:
                del self._orphans[namespace]


class Claim:
    """Decides and carries out which objects of `resource` an owner controls.

    What it adopts gets the finalizer, if there is one, and what it releases loses it.
    """

    def __init__(
        self, client: Client, resource: str, informer: Informer, orphans: Orphans, *, finalizer: str = ""
    ) -> None:
        self._client, self._resource = client, resource
        self._informer, self._orphans, self._finalizer = informer, orphans, finalizer

    def of(self, owner: Object, *, fits: Callable[[Object], bool] = lambda _: True) -> list[Object]:
        """Answer what the owner controls, after adopting and releasing. What does not fit is let alone, or let go."""
        owned = list(self._informer.controlled_by(uid_of(owner)))
        if is_being_deleted(owner):
            return owned
        requirements = requirements_of(owner)
        adoptable, releasable = plan_claim(
            owned,
            self._orphans.of_namespace(namespace_of(owner)),
            lambda obj: matches(requirements, labels_of(obj)) and fits(obj),
        )
        if not adoptable and not releasable:
            return owned
        for orphan in adoptable:
            self._write_owners(orphan, [*_owners(orphan), controller_reference(owner)], is_ours=True)
        for lost in releasable:
            kept = [entry for entry in _owners(lost) if entry.get("uid") != uid_of(owner)]
            self._write_owners(lost, kept or None, is_ours=False)
        return list(self._informer.controlled_by(uid_of(owner)))

    def _write_owners(self, obj: Object, owners: list[Object] | None, *, is_ours: bool) -> None:
        metadata: Object = {"uid": uid_of(obj), "ownerReferences": owners}
        if self._finalizer:
            others = [each for each in obj["metadata"].get("finalizers") or () if each != self._finalizer]
            metadata["finalizers"] = ([*others, self._finalizer] if is_ours else others) or None
        body = {"metadata": metadata}
        try:
            self._client.patch(self._resource, name_of(obj), body, namespace=namespace_of(obj))
        except ApiError as error:
            if error.code != 404:
                raise


def plan_claim(
    owned: Iterable[Object], orphans: Iterable[Object], fits: Callable[[Object], bool]
) -> tuple[list[Object], list[Object]]:
    """Answer what to adopt and what to release."""
    adoptable = [orphan for orphan in orphans if not is_being_deleted(orphan) and fits(orphan)]
    releasable = [obj for obj in owned if not is_being_deleted(obj) and not fits(obj)]
    return adoptable, releasable


def _owners(obj: Object) -> list[Object]:
    return list(obj["metadata"].get("ownerReferences") or ())
