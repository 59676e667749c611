"""A small API in memory, services and slices to put into it, and servers to be endpoints."""

import asyncio
import contextlib
import copy
import itertools
import socket
from types import SimpleNamespace

import pytest

from kubetutor.api.objects import key_of
from kubetutor.embedded.client import Change
from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.events import EventRecorder
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.network.addresses import choose
from kubetutor.embedded.network.proxy import ServiceProxy
from kubetutor.errors import ApiError

SLICES = "endpointslices.discovery.k8s.io"


class MemoryApi:
    """Keeps objects in dicts and calls watches back, as the real one does."""

    def __init__(self):
        self.objects, self._watches, self._versions = {}, {}, itertools.count(1)

    def put(self, resource, obj):
        obj = copy.deepcopy(obj)
        obj["metadata"]["resourceVersion"] = str(next(self._versions))
        kept = self.objects.setdefault(resource, {})
        kind = "MODIFIED" if key_of(obj) in kept else "ADDED"
        kept[key_of(obj)] = obj
        self._tell(resource, Change(kind, obj))
        return obj

    def remove(self, resource, key):
        self._tell(resource, Change("DELETED", self.objects[resource].pop(key)))

    def _tell(self, resource, change):
        for callback in self._watches.get(resource, ()):
            callback(change)

    def watch(self, resource, on_change, *, namespace=None):
        assert namespace is None
        self._watches.setdefault(resource, []).append(on_change)
        for obj in list(self.objects.get(resource, {}).values()):
            on_change(Change("ADDED", obj))
        return SimpleNamespace(close=lambda: self._watches[resource].remove(on_change))

    def create(self, resource, obj, *, namespace=None):
        assert namespace == obj["metadata"].get("namespace")
        return self.put(resource, obj)

    def patch(self, resource, name, body, *, namespace=None, subresource=""):
        assert subresource in {"", "status"}
        key = f"{namespace}/{name}" if namespace else name
        if key not in self.objects.get(resource, {}):
            raise ApiError(404, "NotFound", f'{resource} "{name}" not found')
        return self.put(resource, merge(self.objects[resource][key], body))

    def events(self):
        return [(e["reason"], e["message"]) for e in self.objects.get("events", {}).values()]


def merge(target, patch):
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name) or {}, value) if isinstance(value, dict) else value
    return merged


def service(name="web", **spec):
    ports = spec.pop("ports", [{"port": 8123, "protocol": "TCP"}])
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-of-{name}"},
        "spec": {"type": "ClusterIP", "ports": ports, **spec},
        "status": {"loadBalancer": {}},
    }


def endpoint_slice(addresses, port, of="web", *, protocol="TCP", port_name="", **conditions):
    conditions = {"ready": True, "serving": True, "terminating": False, **conditions}
    return {
        "metadata": {
            "name": f"{of}-{'-'.join(addresses) or 'none'}",
            "namespace": "shop",
            "labels": {"kubernetes.io/service-name": of},
        },
        "addressType": "IPv4",
        "ports": [{"name": port_name, "port": port, "protocol": protocol}],
        "endpoints": [{"addresses": [address], "conditions": conditions} for address in addresses],
    }


def node(name, address, ready="True"):
    return {
        "metadata": {"name": name},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}],
            "conditions": [{"type": "Ready", "status": ready}],
        },
    }


async def ask(host, port):
    """Connect, read to the end."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        return (await asyncio.wait_for(reader.read(), 5)).decode()
    finally:
        writer.close()


async def eventually(predicate, seconds=5.0):
    """Wait until it holds; a last failure tells what did not."""
    async with asyncio.timeout(seconds):
        while not predicate():  # noqa: ASYNC110  # what is waited for sets no event
            await asyncio.sleep(0.005)


@pytest.fixture
def make():
    return SimpleNamespace(service=service, slice=endpoint_slice, node=node, ask=ask, eventually=eventually)


@pytest.fixture
def api():
    return MemoryApi()


@pytest.fixture
def network():
    """A network that no other test run on this machine has: its first address is held."""
    while True:
        chosen = choose(None, 8123)
        try:
            with socket.create_server((chosen.server, 8123)):
                yield chosen
                return
        except OSError:  # another test run was quicker
            continue


@pytest.fixture
async def start(api, network):
    """Start a proxy; answers it and its task."""
    tasks = []

    def started():
        running = ServiceProxy(api, Informers(api), network, EventRecorder(api, SystemClock(), "test"))
        tasks.append(asyncio.create_task(running.run()))
        return running, tasks[-1]

    yield started
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def proxy(start):
    return start()[0]


@pytest.fixture
async def serve():
    """Start a server at an address; answers its port."""
    servers = []

    async def start(host, handler, port=0):
        server = await asyncio.start_server(handler, host, port)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def says():
    """A handler that says who it is and ends."""

    def named(name):
        async def handler(_reader, writer):
            writer.write(name.encode())
            writer.close()

        return handler

    return named
