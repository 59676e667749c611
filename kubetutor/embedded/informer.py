"""A cache of one resource, kept by a watch and shared by all who read it.

Models: k8s.io/client-go/tools/cache (SharedIndexInformer, Lister).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.objects import controller_of, key_of, namespace_of
from kubetutor.embedded.client import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client

Handler: TypeAlias = "Callable[[Change], None]"


class Informer:
    """What there is of one resource, right now. Read-only: never change what it hands out."""

    def __init__(self, client: Client, resource: str) -> None:
        self.resource = resource
        self._objects: dict[str, Object] = {}
        self._keys_by_namespace: defaultdict[str | None, dict[str, None]] = defaultdict(dict)
        self._keys_by_controller: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._handlers: list[Handler] = []
        self._subscription = client.watch(resource, self._on_change)

    def get(self, key: str) -> Object | None:
        """Answer the object of this `namespace/name`, if there is one."""
        return self._objects.get(key)

    def list(self, namespace: str | None = None) -> Iterable[Object]:
        """Answer all objects, or those of one namespace."""
        if namespace is None:
            return list(self._objects.values())
        return [self._objects[key] for key in self._keys_by_namespace.get(namespace, ())]

    def controlled_by(self, uid: str) -> Iterable[Object]:
        """Answer the objects whose controller is the object of this uid."""
        return [self._objects[key] for key in self._keys_by_controller.get(uid, ())]

    def on_change(self, handler: Handler) -> None:
        """Call back with each change from now on, and first with ADDED for all there is."""
        self._handlers.append(handler)
        for obj in list(self._objects.values()):
            handler(Change("ADDED", obj))

    def off_change(self, handler: Handler) -> None:
        """Call this one back no more."""
        self._handlers.remove(handler)

    def close(self) -> None:
        self._subscription.close()

    def _on_change(self, change: Change) -> None:
        key = key_of(change.object)
        old = self._objects.pop(key, None)
        if old is not None:
            self._unindex(key, old)
        if change.type != "DELETED":
            self._objects[key] = change.object
            self._keys_by_namespace[namespace_of(change.object)][key] = None
            if owner := controller_of(change.object):
                self._keys_by_controller[owner["uid"]][key] = None
        for handler in tuple(self._handlers):
            handler(Change(change.type, change.object, old))

    def _unindex(self, key: str, old: Object) -> None:
        self._keys_by_namespace[namespace_of(old)].pop(key, None)
        if owner := controller_of(old):
            keys = self._keys_by_controller[owner["uid"]]
            keys.pop(key, None)
            if not keys:
                del self._keys_by_controller[owner["uid"]]


class Informers:
    """One informer per resource, made when first asked for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._informers: dict[str, Informer] = {}

    def __getitem__(self, resource: str) -> Informer:
        if resource not in self._informers:
            self._informers[resource] = Informer(self._client, resource)
        return self._informers[resource]

    def close(self) -> None:
        for informer in self._informers.values():
            informer.close()
