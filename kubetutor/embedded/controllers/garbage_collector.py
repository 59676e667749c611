"""Deletes what nobody owns any more.

1. Watch every kind, custom ones too, and keep an index: which objects name this uid as an owner?
2. An object whose owners are all gone is deleted. If some are left, it only forgets those that are gone.
3. An owner with the finalizer `foregroundDeletion` waits: its dependents are deleted first, and it goes when the last
   one that blocks it has gone.
4. An owner with the finalizer `orphan` lets go of its dependents, which stay.

An owner is found by uid, so a new object of the same name is a stranger to the dependents of the old one.
Models: pkg/controller/garbagecollector/garbagecollector.go, graph_builder.go.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kubetutor.api.kinds import KINDS, kinds_by_api_version_and_kind
from kubetutor.api.objects import is_being_deleted, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.controllers.custom_resources import CustomResource, CustomResources
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
COLLECTED = tuple(
    kind.resource for kind in KINDS if {"delete", "watch"} <= set(kind.verbs) and kind.kind != "Event"
)
NOT_THERE = frozenset({404, 409})  # gone already, or another object of the same name


@dataclass(frozen=True, slots=True)
class Owners:
    """The owner references of one object, by what became of the owner."""

    solid: tuple[Object, ...] = ()
    dangling: tuple[Object, ...] = ()
    waiting: tuple[Object, ...] = ()


class GarbageCollector:
    name = "garbage-collector-controller"

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._all_informers = context.informers
        self._informers = {resource: context.informers[resource] for resource in COLLECTED}
        self._custom = CustomResources(context.informers)
        self._keys_by_uid: dict[str, str] = {}
        self._dependents_by_owner: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def start(self, queue: WorkQueue) -> None:
        for resource, informer in self._informers.items():
            informer.on_change(partial(self._on_change, resource, queue))

        def on_custom_kind(kind: CustomResource) -> None:
            informer = self._informers[kind.resource] = self._all_informers[kind.resource]
            informer.on_change(partial(self._on_change, kind.resource, queue))

        self._custom.on_kind(on_custom_kind)

    def _on_change(self, resource: str, queue: WorkQueue, change: Change) -> None:
        key, uid = f"{resource}|{key_of(change.object)}", uid_of(change.object)
        owners_before = _owner_uids(change.old) if change.old else set()
        gone = change.type == "DELETED"
        owners_now = set() if gone else _owner_uids(change.object)
        for owner in owners_before - owners_now:
            self._forget_dependent(owner, key)
            if owner in self._keys_by_uid:
                queue.add(self._keys_by_uid[owner])
        for owner in owners_now:
            self._dependents_by_owner[owner][key] = None
        if gone:
            self._keys_by_uid.pop(uid, None)
        else:
            if change.old is not None and uid_of(change.old) != uid:
                self._keys_by_uid.pop(uid_of(change.old), None)
            self._keys_by_uid[uid] = key
            if owners_now - owners_before or is_being_deleted(change.object):
                queue.add(key)
        if gone or is_being_deleted(change.object):
            for dependent in self._dependents_by_owner.get(uid, ()):
                queue.add(dependent)

    def _forget_dependent(self, owner: str, key: str) -> None:
        dependents = self._dependents_by_owner[owner]
        dependents.pop(key, None)
        if not dependents:
            del self._dependents_by_owner[owner]

    def reconcile(self, key: str) -> float | None:
        resource, obj = self._find(key)
        if obj is None:
            return None
        finalizers = obj["metadata"].get("finalizers") or ()
        if not is_being_deleted(obj):
            self._judge(resource, obj)
        elif ORPHAN in finalizers:
            self._release_dependents(obj)
            self._remove_finalizer(resource, obj, ORPHAN)
        elif FOREGROUND in finalizers and not self._is_blocked(obj):
            self._remove_finalizer(resource, obj, FOREGROUND)
        return None

    def _find(self, key: str) -> tuple[str, Object | None]:
        resource, _, name = key.partition("|")
        return resource, self._informers[resource].get(name)

    def _dependents(self, owner: Object) -> list[tuple[str, Object]]:
        found = [self._find(key) for key in list(self._dependents_by_owner.get(uid_of(owner), ()))]
        return [(resource, obj) for resource, obj in found if obj is not None]

    def _judge(self, resource: str, obj: Object) -> None:
        """Delete an object that has lost its last owner; else tidy up its references."""
        owners = self._owners(obj)
        if owners.solid:
            if owners.dangling or owners.waiting:
                self._write_owners(resource, obj, owners.solid)
        elif owners.waiting or owners.dangling:
            policy = "Foreground" if owners.waiting and self._dependents(obj) else "Background"
            finalizers = obj["metadata"].get("finalizers") or ()
            if ORPHAN in finalizers or FOREGROUND in finalizers:
                policy = "Orphan" if ORPHAN in finalizers else "Foreground"
            self._delete(resource, obj, policy)

    def _owners(self, obj: Object) -> Owners:
        solid, dangling, waiting = [], [], []
        for reference in obj["metadata"].get("ownerReferences") or ():
            named = reference["apiVersion"], reference["kind"]
            kind = kinds_by_api_version_and_kind().get(named) or self._custom.of_kind(*named)
            if kind is None or kind.resource not in self._informers:
                solid.append(reference)  # a kind we do not watch: let it live
                continue
            owner = self._owner(reference["uid"], obj)
            if owner is None:
                dangling.append(reference)
            elif is_being_deleted(owner) and FOREGROUND in (owner["metadata"].get("finalizers") or ()):
                waiting.append(reference)
            else:
                solid.append(reference)
        return Owners(tuple(solid), tuple(dangling), tuple(waiting))

    def _owner(self, uid: str, dependent: Object) -> Object | None:
        """Answer the owner, if it is there and in a place where it may own the dependent."""
        key = self._keys_by_uid.get(uid)
        owner = self._find(key)[1] if key is not None else None
        if owner is None or namespace_of(owner) not in {None, namespace_of(dependent)}:
            return None
        return owner

    def _is_blocked(self, owner: Object) -> bool:
        return any(
            reference["uid"] == uid_of(owner) and reference.get("blockOwnerDeletion")
            for _, dependent in self._dependents(owner)
            for reference in dependent["metadata"].get("ownerReferences") or ()
        )

    def _release_dependents(self, owner: Object) -> None:
        for resource, dependent in self._dependents(owner):
            kept = [
                reference
                for reference in dependent["metadata"].get("ownerReferences") or ()
                if reference["uid"] != uid_of(owner)
            ]
            self._write_owners(resource, dependent, kept)

    def _write_owners(self, resource: str, obj: Object, owners: list[Object] | tuple[Object, ...]) -> None:
        body = {"metadata": {"uid": uid_of(obj), "ownerReferences": list(owners) or None}}
        self._ignoring_absence(resource, obj, body)

    def _remove_finalizer(self, resource: str, obj: Object, finalizer: str) -> None:
        kept = [each for each in obj["metadata"]["finalizers"] if each != finalizer]
        body = {"metadata": {"uid": uid_of(obj), "finalizers": kept or None}}
        self._ignoring_absence(resource, obj, body)

    def _ignoring_absence(self, resource: str, obj: Object, body: Object) -> None:
        try:
            self._client.patch(resource, name_of(obj), body, namespace=namespace_of(obj))
        except ApiError as error:
            if error.code != 404:
                raise

    def _delete(self, resource: str, obj: Object, policy: str) -> None:
        options = {"propagationPolicy": policy, "preconditions": {"uid": uid_of(obj)}}
        try:
            self._client.delete(resource, name_of(obj), namespace=namespace_of(obj), options=options)
        except ApiError as error:
            if error.code not in NOT_THERE:
                raise


def _owner_uids(obj: Object) -> set[str]:
    return {reference["uid"] for reference in obj["metadata"].get("ownerReferences") or ()}
