"""load-balancer: which service has which address. The node's network and the API are met in tests/cluster/kind."""

import ipaddress

import pytest

from kubetutor.images import load_balancer
from kubetutor.images.load_balancer import Balancer, choose, pool

NETWORK = ipaddress.ip_network("172.18.0.0/16")


class Network:
    """An interface in a network where others have addresses too."""

    network = NETWORK

    def __init__(self, *others):
        self.others, self.mine, self.announced = set(others), [], []

    def answers(self, address):
        return address in self.others

    def add(self, address):
        if address not in self.mine:
            self.mine.append(address)

    def remove(self, address):
        self.mine.remove(address)

    def announce(self, address):
        self.announced.append(address)


def service(name, shown=None, **spec):
    ingress = {"ingress": [{"ip": shown}]} if shown else {}
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}"},
        "spec": {"type": "LoadBalancer", **spec},
        "status": {"loadBalancer": ingress},
    }


@pytest.fixture
def written():
    return {}


@pytest.fixture
def balancer(written):
    def make(*others):
        return Balancer(
            Network(*others), lambda each, address: written.update({each["metadata"]["name"]: address})
        )

    return make


def test_addresses_come_from_the_end_of_the_network():
    assert pool(NETWORK, 0)[0] == "172.18.255.200"
    assert pool(NETWORK, 0)[-1] == "172.18.255.250"
    assert pool(ipaddress.ip_network("10.89.0.0/24"), 0)[0] == "10.89.0.200"
    assert pool(ipaddress.ip_network("10.89.0.0/28"), 0) == ["10.89.0.12", "10.89.0.13", "10.89.0.14"]


def test_the_seed_says_where_to_begin_so_that_two_clusters_seldom_meet():
    assert pool(NETWORK, 7)[0] == "172.18.255.207"
    assert sorted(pool(NETWORK, 7)) == sorted(pool(NETWORK, 0))


def test_a_service_gets_the_address_that_it_asks_for_if_that_is_free():
    wanted = service("till", loadBalancerIP="172.18.255.210")
    assert choose(wanted, pool(NETWORK, 0), lambda _: True) == "172.18.255.210"
    assert choose(wanted, pool(NETWORK, 0), lambda each: not each.endswith("210")) == "172.18.255.200"
    assert (
        choose(service("till", loadBalancerIP="8.8.8.8"), pool(NETWORK, 0), lambda _: True)
        == "172.18.255.200"
    )


def test_each_service_gets_an_address_of_its_own_and_it_is_announced(balancer, written):
    here = balancer()
    here.reconcile([service("till"), service("stock"), service("inner", type="ClusterIP")])
    assert written == {"till": "172.18.255.200", "stock": "172.18.255.201"}
    assert here.interface.mine == here.interface.announced == ["172.18.255.200", "172.18.255.201"]


def test_an_address_that_another_machine_has_is_left_alone(balancer, written):
    balancer("172.18.255.200", "172.18.255.201").reconcile([service("till")])
    assert written == {"till": "172.18.255.202"}


def test_after_a_start_a_service_keeps_its_address(balancer, written):
    here = balancer()
    here.reconcile([service("new"), service("till", shown="172.18.255.200")])
    assert written == {"new": "172.18.255.201"}
    assert here.held["uid-till"] == "172.18.255.200"


def test_an_address_that_a_lost_node_still_has_is_waited_for(balancer, written):
    here = balancer("172.18.255.200")
    here.reconcile([service("till", shown="172.18.255.200")])
    assert (here.held, written) == ({}, {})
    here.interface.others.clear()
    here.reconcile([service("till", shown="172.18.255.200")])
    assert here.held == {"uid-till": "172.18.255.200"}


def test_an_address_that_is_never_given_back_is_replaced(balancer, written, monkeypatch):
    here = balancer("172.18.255.200")
    here.reconcile([service("till", shown="172.18.255.200")])
    later = load_balancer.time.monotonic() + load_balancer.LIFETIME + 1
    monkeypatch.setattr(load_balancer.time, "monotonic", lambda: later)
    here.reconcile([service("till", shown="172.18.255.200")])
    assert written == {"till": "172.18.255.201"}


@pytest.mark.parametrize("change", [{"type": "ClusterIP"}, {"loadBalancerClass": "shop.example/other"}])
def test_a_service_that_is_no_longer_ours_loses_its_address(balancer, written, change):
    here = balancer()
    here.reconcile([service("till")])
    here.reconcile([service("till", shown="172.18.255.200", **change)])
    assert (here.interface.mine, here.held) == ([], {})
    assert written["till"] == (None if "type" in change else "172.18.255.200")  # whose it is now may use it


def test_a_service_that_goes_loses_its_address(balancer):
    here = balancer()
    here.reconcile([service("till")])
    here.reconcile([])
    assert (here.interface.mine, here.held) == ([], {})


def test_an_address_that_somebody_took_out_of_the_status_is_written_again(balancer, written):
    here = balancer()
    here.reconcile([service("till")])
    written.clear()
    here.reconcile([service("till")])
    assert written == {"till": "172.18.255.200"}


def test_a_full_network_is_no_crash(balancer, written, capsys):
    balancer(*pool(NETWORK, 0)).reconcile([service("till")])
    assert written == {}
    assert "shop/till: every address" in capsys.readouterr().out


def test_when_it_ends_others_may_have_the_addresses_at_once(balancer):
    here = balancer()
    here.reconcile([service("till"), service("stock")])
    here.end()
    assert here.interface.mine == []
