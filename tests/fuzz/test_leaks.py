"""What the server keeps of requests that are over: nothing, but for a history of fixed length."""

import socket

import psutil
import pytest

from kubetutor.exercises.waiting import eventually

pytestmark = pytest.mark.fuzz

OBJECTS = 350  # in a round; with three changes each, one round fills the history of a resource
SIZE = 20_000  # bytes of an object
WARM, ROUNDS = 2, 3
MB = 1_000_000
KEPT = OBJECTS * SIZE * ROUNDS  # if an object of each were kept
ALLOWED = 8 * MB  # what the allocator does not give back

CONFIG_MAPS = "/api/v1/namespaces/{}/configmaps"
PODS = "/api/v1/namespaces/{}/pods"


@pytest.fixture
def namespace(api):
    """A namespace that no other test has filled, with quotas for instance."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "leaks"}}
    assert api.json("POST", "/api/v1/namespaces", body).code == 201
    return "leaks"


@pytest.fixture
def server(cluster):
    return psutil.Process(cluster.status().pid)


@pytest.fixture
def waits_for_no_node():
    """A pod that no node fits, so that it never starts."""
    container = {"name": "web", "image": "my-app:1.0"}
    spec = {"nodeSelector": {"nobody": "has"}, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "waits"}, "spec": spec}


def ask_for_all(api, number, namespace, pod):
    """Make, change and delete objects, be refused, and hang up while watching."""
    config_maps, pods = CONFIG_MAPS.format(namespace), PODS.format(namespace)
    for index in range(OBJECTS):
        name = f"n{number}-{index}"
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": {"a": name * (SIZE // len(name))},
        }
        assert api.json("POST", config_maps, body).code == 201
        assert (
            api.json(
                "PATCH", f"{config_maps}/{name}", {"data": {"b": name}}, "application/merge-patch+json"
            ).code
            == 200
        )
        assert api.json("POST", config_maps, body).code == 409
        assert api.request("GET", f"{config_maps}/{name}-none?{name}").code == 404
        assert api.request("DELETE", f"{config_maps}/{name}").code == 200
    for index in range(20):
        watch = f"GET {config_maps}?watch=1&labelSelector=n{number}%3D{index} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n\r\n"
        with (
            socket.create_connection(api.address) as plain,
            api.tls.wrap_socket(plain, server_hostname=api.address[0]) as watching,
        ):
            watching.sendall(watch.encode())
            assert b"200" in watching.recv(100)
        assert api.json("POST", pods, pod).code == 201
        assert api.request("DELETE", f"{pods}/waits?gracePeriodSeconds=0").code == 200


def test_many_requests_leave_nothing_behind(api, namespace, server, waits_for_no_node):
    for number in range(WARM):
        ask_for_all(api, number, namespace, waits_for_no_node)
    memory, threads, files = server.memory_info().rss, server.num_threads(), server.num_fds()
    for number in range(WARM, WARM + ROUNDS):
        ask_for_all(api, number, namespace, waits_for_no_node)
    grown = server.memory_info().rss - memory
    assert grown < ALLOWED < KEPT, f"{grown / MB:.1f} MB more than before"
    assert eventually(lambda: server.num_fds() <= files and server.num_threads() <= threads), (
        f"{files} open files and {threads} threads before, {server.num_fds()} and {server.num_threads()} now"
    )
