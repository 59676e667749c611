"""What a pod is told of the API server where its port cannot be opened."""

import errno
import socket

import pytest

from kubetutor.embedded.kubelet.api_address import reachable

SERVICE = {
    "metadata": {"name": "kubernetes", "namespace": "default"},
    "spec": {"clusterIP": "127.0.0.1", "ports": [{"name": "https", "port": 443, "protocol": "TCP"}]},
}
SLICE = {"endpoints": [{"addresses": ["127.9.0.1"]}], "ports": [{"port": 6443}]}


def find(_resource, _key):
    return SLICE


@pytest.fixture
def forbidden(monkeypatch):
    """Stand in for a kernel that refuses low ports: whether this one does depends on who runs the tests."""

    def bind(_socket, _address):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)


@pytest.mark.usefixtures("forbidden")
def test_it_is_told_the_api_servers_own_address():
    spec = reachable(SERVICE, find)["spec"]
    assert (spec["clusterIP"], spec["ports"]) == (
        "127.9.0.1",
        [{"name": "https", "port": 6443, "protocol": "TCP"}],
    )


def test_a_port_that_is_taken_is_one_that_can_be_opened():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = {**SERVICE["spec"]["ports"][0], "port": taken.getsockname()[1]}
        service = {**SERVICE, "spec": {**SERVICE["spec"], "ports": [port]}}
        assert reachable(service, find) == service


@pytest.mark.usefixtures("forbidden")
def test_other_services_stay_as_they_are():
    shop = {**SERVICE, "metadata": {"name": "shop", "namespace": "default"}}
    assert reachable(shop, find) == shop
