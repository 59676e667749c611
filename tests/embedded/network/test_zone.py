"""Which names there are in the cluster."""

from __future__ import annotations

import pytest

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.network.names.zone import EMPTY, NOTHING, Zone
from tests.embedded.api_server import RecordingClient, make_registry

SLICES = "endpointslices.discovery.k8s.io"


class Names:
    """A zone, and the cluster that it is about."""

    def __init__(self):
        self.client = RecordingClient(make_registry(SystemClock(), namespaces=("default", "shop")))
        self.zone = Zone(Informers(self.client))

    def service(self, name, **spec):
        ports = [{"name": "http", "port": 80}, {"name": "sync", "port": 90, "protocol": "UDP"}]
        body = {"metadata": {"name": name}, "spec": {"ports": ports, "selector": {"app": name}, **spec}}
        made = self.client.create("services", body, namespace="default")
        return made["spec"].get("clusterIP")

    def endpoints(self, service, *endpoints, ports=({"name": "http", "port": 3000},)):
        body = {
            "metadata": {"name": f"{service}-1", "labels": {"kubernetes.io/service-name": service}},
            "addressType": "IPv4",
            "endpoints": list(endpoints),
            "ports": list(ports),
        }
        self.client.create(SLICES, body, namespace="default")

    def ask(self, name, kind="A"):
        return self.zone.answer(f"{name}.cluster.local", kind)

    def values(self, name, kind="A"):
        answer = self.ask(name, kind)
        assert answer.exists
        return sorted(record.value for record in answer.records)


def at(address, *, ready=True, **more):
    return {"addresses": [address], "conditions": {"ready": ready}, **more}


@pytest.fixture
def names():
    return Names()


def test_a_service_has_its_address(names):
    address = names.service("till")
    assert names.values("till.default.svc") == [address]


def test_a_headless_service_has_those_of_its_ready_pods(names):
    names.service("till", clusterIP="None")
    names.endpoints("till", at("127.64.1.2"), at("127.64.1.3", ready=False), at("127.64.2.2"))
    assert names.values("till.default.svc") == ["127.64.1.2", "127.64.2.2"]


def test_without_ready_pods_a_headless_service_has_no_name(names):
    names.service("till", clusterIP="None")
    names.endpoints("till", at("127.64.1.3", ready=False))
    assert names.ask("till.default.svc") == NOTHING


def test_a_pod_has_its_hostname_below_the_service(names):
    names.service("till", clusterIP="None")
    names.endpoints("till", at("127.64.1.2", hostname="till-0"), at("127.64.2.2", hostname="till-1"))
    assert names.values("till-1.till.default.svc") == ["127.64.2.2"]
    assert names.ask("till-2.till.default.svc") == NOTHING


def test_a_pod_without_hostname_is_named_for_its_address(names):
    names.service("till", clusterIP="None")
    names.endpoints("till", at("127.64.1.2"))
    assert names.values("127-64-1-2.till.default.svc") == ["127.64.1.2"]


def test_a_pod_of_a_service_with_an_address_has_a_name_too(names):
    names.service("till")
    names.endpoints("till", at("127.64.1.2"))
    assert names.values("127-64-1-2.till.default.svc") == ["127.64.1.2"]


def test_another_name_is_an_alias(names):
    names.service("bank", type="ExternalName", externalName="bank.example.")
    [record] = names.ask("bank.default.svc").records
    assert (record.type, record.value) == ("CNAME", "bank.example")


def test_the_ports_of_a_service(names):
    address = names.service("till")
    answer = names.ask("_http._tcp.till.default.svc", "SRV")
    [record] = answer.records
    assert (record.value, record.port, record.weight) == ("till.default.svc.cluster.local", 80, 100)
    assert [extra.value for extra in answer.extra] == [address]
    both = names.ask("till.default.svc", "SRV").records
    assert [(each.port, each.weight) for each in both] == [(80, 50), (90, 50)]
    assert names.ask("_http._udp.till.default.svc", "SRV") == NOTHING
    assert names.ask("_gopher._tcp.till.default.svc", "SRV") == NOTHING


def test_the_ports_of_a_headless_service_are_those_of_its_pods(names):
    names.service("till", clusterIP="None")
    names.endpoints("till", at("127.64.1.2", hostname="till-0"), at("127.64.2.2"))
    answer = names.ask("_http._tcp.till.default.svc", "SRV")
    targets = {(each.value, each.port, each.weight) for each in answer.records}
    below = "till.default.svc.cluster.local"
    assert targets == {(f"till-0.{below}", 3000, 50), (f"127-64-2-2.{below}", 3000, 50)}
    assert {each.value for each in answer.extra} == {"127.64.1.2", "127.64.2.2"}


def test_a_headless_service_may_have_no_ports(names):
    names.service("till", clusterIP="None", ports=None)
    names.endpoints("till", at("127.64.1.2"), ports=())
    assert names.values("till.default.svc") == ["127.64.1.2"]
    assert names.ask("till.default.svc", "SRV").records == ()


def test_a_name_that_is_there_may_have_nothing_of_a_type(names):
    names.service("till")
    assert names.ask("till.default.svc", "AAAA") == EMPTY


@pytest.mark.parametrize(
    "name",
    ["ghost.default.svc", "till.shop.svc", "till.default", "a.b.c.till.default.svc", "till", "pod.till"],
)
def test_what_is_not_there_has_no_name(names, name):
    names.service("till")
    assert names.ask(name) == NOTHING


@pytest.mark.parametrize("name", ["svc", "default.svc", "pod", "default.pod"])
def test_what_is_above_a_name_is_there(names, name):
    assert names.ask(name) == EMPTY


def test_an_address_is_a_name_too(names):
    assert names.values("127-64-1-2.default.pod") == ["127.64.1.2"]
    assert names.ask("till.default.pod") == NOTHING


def test_addresses_have_names(names):
    address = names.service("till")
    names.endpoints("till", at("127.64.1.2"))
    backwards = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    assert names.zone.knows(backwards)
    assert [each.value for each in names.zone.answer(backwards, "PTR").records] == [
        "till.default.svc.cluster.local"
    ]
    of_pod = names.zone.answer("2.1.64.127.in-addr.arpa", "PTR").records
    assert [each.value for each in of_pod] == ["127-64-1-2.till.default.svc.cluster.local"]
    assert not names.zone.knows("1.0.0.10.in-addr.arpa")


def test_others_answer_for_other_names(names):
    assert not names.zone.knows("example.com")
    assert not names.zone.knows("notcluster.local")
    assert names.zone.knows("cluster.local")


def test_the_zone_says_who_answers_and_by_which_rules(names):
    assert [each.value for each in names.zone.answer("cluster.local", "NS").records] == [
        "ns.dns.cluster.local"
    ]
    assert names.values("dns-version", "TXT") == ["1.1.0"]
