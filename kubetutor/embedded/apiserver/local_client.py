"""The API server from inside: what controllers, scheduler, kubelets and the proxy are given.

It goes through the same registry as an HTTP request, so the same defaults, checks and refusals hold.
Satisfies `kubetutor.embedded.client.Client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from kubetutor.embedded.apiserver import scale, subresources
from kubetutor.embedded.apiserver.accounts import requests
from kubetutor.embedded.apiserver.decode import conform
from kubetutor.embedded.apiserver.options import ListOptions, WriteOptions, delete_options
from kubetutor.embedded.apiserver.patch import merge
from kubetutor.embedded.client import Change
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.registry import Registry
    from kubetutor.embedded.client import Subscription
    from kubetutor.embedded.store import StoreEvent


def _copy_of(obj: Object) -> Object:
    """Answer an object of one's own. It is JSON, so this is several times quicker than to copy it piece by piece."""
    copied: Object = orjson.loads(orjson.dumps(obj))
    return copied


class LocalClient:
    """One component's access. `manager` is the name that managed fields show."""

    def __init__(self, registry: Registry, manager: str) -> None:
        self._registry = registry
        self._options = WriteOptions(manager=manager, field_validation="Ignore")

    def _kind(self, resource: str) -> Kind:
        return self._registry.kinds.by_resource(resource)

    def get(self, resource: str, name: str, *, namespace: str | None = None, subresource: str = "") -> Object:
        kind = self._kind(resource)
        obj = self._registry.get(kind, namespace, name)
        return scale.scale_of(kind, obj) if subresource == "scale" else obj

    def list(
        self,
        resource: str,
        *,
        namespace: str | None = None,
        label_selector: str = "",
        field_selector: str = "",
    ) -> list[Object]:
        options = ListOptions(label_selector=label_selector, field_selector=field_selector)
        return self._registry.list(self._kind(resource), namespace, options).items

    def create(
        self, resource: str, obj: Object, *, namespace: str | None = None, subresource: str = ""
    ) -> Object:
        kind = self._kind(resource)
        if subresource == "token":
            name = obj["metadata"]["name"]
            return requests.answer(self._registry, namespace or "", name, obj)
        if subresource:
            raise ApiError(405, "MethodNotAllowed", f"{subresource} of {resource} is not served")
        obj, _ = conform(kind, self._registry.schema, _copy_of(obj), "Ignore")
        return self._registry.create(kind, namespace, obj, self._options)

    def update(self, resource: str, obj: Object, *, subresource: str = "") -> Object:
        kind, metadata = self._kind(resource), obj["metadata"]
        name, namespace = metadata["name"], metadata.get("namespace")
        obj = _copy_of(obj)
        return self._registry.update(kind, namespace, name, obj, self._options, subresource)

    def patch(
        self, resource: str, name: str, body: Object, *, namespace: str | None = None, subresource: str = ""
    ) -> Object:
        kind = self._kind(resource)
        if subresource == "binding":
            return subresources.bind(self._registry, namespace, name, body["spec"]["nodeName"], self._options)
        old = self._registry.get(kind, namespace, name)
        if subresource == "scale":
            wanted = _copy_of(merge(scale.scale_of(kind, old), body))
            return scale.set_scale(self._registry, kind, old, wanted, self._options)
        new = _copy_of(merge(old, body))
        return self._registry.update(kind, namespace, name, new, self._options, subresource)

    def delete(
        self, resource: str, name: str, *, namespace: str | None = None, options: Object | None = None
    ) -> Object:
        return self._registry.delete(self._kind(resource), namespace, name, delete_options(options, {}))[0]

    def watch(
        self, resource: str, on_change: Callable[[Change], None], *, namespace: str | None = None
    ) -> Subscription:
        def on_event(event: StoreEvent) -> None:
            if namespace is None or event.object["metadata"].get("namespace") == namespace:
                on_change(Change(event.type, event.object, event.old))

        for obj in self._registry.store.list(resource, namespace):
            on_change(Change("ADDED", obj))
        return _Subscription(self._registry.store.watch(resource, on_event))


class _Subscription:
    def __init__(self, stop: Callable[[], None]) -> None:
        self.close = stop
