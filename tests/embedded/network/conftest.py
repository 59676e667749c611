"""The API server in memory, services and slices to put into it, and servers to be endpoints."""

import asyncio
import contextlib
import socket
from types import SimpleNamespace

import pytest

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.events import EventRecorder
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.network.addresses import choose
from kubetutor.embedded.network.proxy import ServiceProxy
from tests.embedded.api_server import RecordingClient, make_registry

SLICES = "endpointslices.discovery.k8s.io"


class Api:
    """The API server, in the words of the tests."""

    def __init__(self, network):
        registry = make_registry(SystemClock(), services=network.services, namespaces=("default", "shop"))
        self.client = RecordingClient(registry)

    def put(self, resource, obj):
        """Create the object, or replace it and its status."""
        name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace")
        if not self.client.list(resource, namespace=namespace, field_selector=f"metadata.name={name}"):
            self.client.create(resource, obj)
        else:
            self.client.update(resource, obj)
        if "status" in obj:
            body = {"status": obj["status"]}
            self.client.patch(resource, name, body, namespace=namespace, subresource="status")

    def remove(self, resource, key):
        self.client.vanish(resource, key)

    def service(self, name):
        return self.client.get("services", name, namespace="shop")

    def load_balancer(self, name):
        return self.service(name)["status"]["loadBalancer"]

    def events(self):
        return [(each["reason"], each["message"]) for each in self.client.list("events")]


def service(name="web", **spec):
    ports = spec.pop("ports", [{"port": 8123, "protocol": "TCP"}])
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
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
def api(network):
    return Api(network)


@pytest.fixture
def network():
    """A network that no cluster and no other test run on this machine has: its first address is held."""
    while True:
        chosen = choose(64, 6443)
        try:
            with socket.create_server((chosen.server, 6443)):
                yield chosen
                return
        except OSError:  # another test run was quicker
            continue


@pytest.fixture
async def start(api, network):
    """Start a proxy; answers it and its task."""
    tasks = []

    def started():
        running = ServiceProxy(
            api.client, Informers(api.client), network, EventRecorder(api.client, SystemClock(), "test")
        )
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
