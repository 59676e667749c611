"""The real API server without its network: a registry in memory, and a client that a test can look into."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Network

from kubetutor.api.kinds import KINDS, kinds_by_resource
from kubetutor.embedded.apiserver.admission import Admission
from kubetutor.embedded.apiserver.local_client import LocalClient
from kubetutor.embedded.apiserver.registry import Registry
from kubetutor.embedded.apiserver.schema import Schema
from kubetutor.embedded.apiserver.service_addresses import ServiceAddresses
from kubetutor.embedded.store import Store

SERVICES = IPv4Network("127.96.0.0/16")


@cache
def schema():
    """Loaded once: it is the same for every test."""
    return Schema.load()


def make_registry(clock, *, services=SERVICES, namespaces=("default",), store=None):
    """Answer a registry whose namespaces are there, each with its service account."""
    store = store or Store()
    admission = Admission(store, ServiceAddresses(services), not_ready_toleration=300)
    registry = Registry(store, schema(), admission, clock)
    client = LocalClient(registry, "test")
    for name in namespaces:
        client.create("namespaces", {"metadata": {"name": name}})
        client.create("serviceaccounts", {"metadata": {"name": "default"}}, namespace=name)
    return registry


class RecordingClient(LocalClient):
    """A `Client` that notes what is written (`writes`) and what was seen to change (`changes`)."""

    def __init__(self, registry):
        super().__init__(registry, "test")
        self.refuse = None
        """A test may put a function (verb, resource, object) here that raises ApiError."""
        self.writes = []
        self.changes = []
        """The history: (type, resource, object)."""
        for kind in KINDS:
            registry.store.watch(kind.resource, self._seen(kind.resource))

    def _seen(self, resource):
        return lambda event: self.changes.append((event.type, resource, event.object))

    def create(self, resource, obj, *, namespace=None, subresource=""):
        self._note("create", resource, obj)
        if kinds_by_resource()[resource].namespaced:
            namespace = namespace or obj["metadata"].get("namespace") or "default"
        return super().create(resource, obj, namespace=namespace, subresource=subresource)

    def update(self, resource, obj, *, subresource=""):
        self._note("update", resource, obj)
        return super().update(resource, obj, subresource=subresource)

    def patch(self, resource, name, body, *, namespace=None, subresource=""):
        self._note("patch", resource, body)
        return super().patch(resource, name, body, namespace=namespace, subresource=subresource)

    def delete(self, resource, name, *, namespace=None, options=None):
        self._note("delete", resource, {"name": name, "options": options})
        return super().delete(resource, name, namespace=namespace, options=options)

    def vanish(self, resource, key):
        """Remove at once, as a kubelet does when a pod has ended."""
        namespace, _, name = key.rpartition("/")
        super().delete(resource, name, namespace=namespace or None, options={"gracePeriodSeconds": 0})

    def _note(self, verb, resource, obj):
        if self.refuse is not None:
            self.refuse(verb, resource, obj)
        if resource != "events":
            self.writes.append((verb, resource))
