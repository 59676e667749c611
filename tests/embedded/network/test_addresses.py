import socket

import pytest

from kubetutor.embedded.network import addresses
from kubetutor.embedded.network.addresses import (
    OCTETS,
    ClusterNetwork,
    choose,
    has_loopback_range,
    preferred_octet,
)
from kubetutor.errors import StateError


def test_every_part_has_its_own_range():
    network = ClusterNetwork(70)
    parts = [network.pod_network(0), network.pod_network(99), network.services, network.load_balancers]
    assert (network.server, network.node(0)) == ("127.70.0.1", "127.70.0.2")
    assert [str(part) for part in parts] == [
        "127.70.1.0/24",
        "127.70.100.0/24",
        "127.70.128.0/18",
        "127.70.192.0/18",
    ]
    assert not any(a.overlaps(b) for a in parts for b in parts if a is not b)


def test_a_hundred_nodes_are_the_most():
    with pytest.raises(StateError, match="100 nodes"):
        ClusterNetwork(70).pod_network(100)


def test_the_preferred_network_is_kept():
    assert choose(101, 0).octet == 101


def test_a_taken_network_is_passed_over():
    with socket.socket() as other:
        other.bind(("127.64.0.1", 0))
        other.listen()
        assert choose(64, other.getsockname()[1]).octet == 65


def test_after_the_last_network_comes_the_first():
    with socket.socket() as other:
        other.bind((f"127.{OCTETS[-1]}.0.1", 0))
        other.listen()
        assert choose(OCTETS[-1], other.getsockname()[1]).octet == OCTETS[0]


def test_clusters_look_for_addresses_in_different_places():
    found = {preferred_octet(f"{number:032x}") for number in range(200)}
    assert found == set(OCTETS)


def test_a_program_on_all_addresses_leaves_no_network():
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StateError, match=f"Port {port} is taken"):
            choose(64, port)


def test_linux_has_a_loopback_range():
    assert has_loopback_range()


def test_a_system_with_one_loopback_address_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(addresses, "has_loopback_range", lambda: False)
    with pytest.raises(StateError, match="--backend kind"):
        choose(64, 0)
