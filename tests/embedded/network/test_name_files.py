"""What a pod is told of names."""

from __future__ import annotations

import pytest

from kubetutor.embedded.network.names.files import (
    FIRST_HOSTS,
    Resolving,
    group_by_service,
    hosts_text,
    pod_resolving,
    read_resolving,
    service_lines,
)

MACHINE = Resolving(("192.0.2.53",), ("example.com",), (("rotate", ""),))
DNS = "127.64.128.10"


def pod(name="till", **spec):
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
        "status": {"podIP": "127.64.1.2"},
    }


def test_a_resolv_conf_is_read_as_resolvers_read_it():
    text = "# ours\nsearch old.example\nnameserver 192.0.2.53\nsearch example.com. .\noptions rotate ndots:2\nnameserver 192.0.2.54\n"
    expected = Resolving(("192.0.2.53", "192.0.2.54"), ("example.com",), (("rotate", ""), ("ndots", "2")))
    assert read_resolving(text) == expected


def test_a_pod_asks_the_clusters_name_server():
    found = pod_resolving(pod(), MACHINE, DNS)
    assert found.text() == (
        "search shop.svc.cluster.local svc.cluster.local cluster.local example.com\n"
        f"nameserver {DNS}\noptions ndots:5\n"
    )


@pytest.mark.parametrize(
    ("spec", "servers"),
    [
        ({"dnsPolicy": "ClusterFirst"}, (DNS,)),
        ({"dnsPolicy": "Default"}, MACHINE.servers),
        ({"dnsPolicy": "None"}, ()),
        ({"dnsPolicy": "ClusterFirst", "hostNetwork": True}, MACHINE.servers),
        ({"dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": True}, (DNS,)),
    ],
)
def test_its_policy_says_whom_it_asks(spec, servers):
    assert pod_resolving(pod(**spec), MACHINE, DNS).servers == servers


def test_without_port_53_it_asks_whom_the_machine_asks():
    assert pod_resolving(pod(), MACHINE, "") == MACHINE


def test_its_own_settings_are_added():
    config = {
        "nameservers": ["192.0.2.1"],
        "searches": ["till.example"],
        "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
    }
    found = pod_resolving(pod(dnsConfig=config), MACHINE, DNS)
    assert found.servers == (DNS, "192.0.2.1")
    assert found.searches[-1] == "till.example"
    assert found.options == (("ndots", "2"), ("edns0", ""))
    assert pod_resolving(pod(dnsPolicy="None", dnsConfig=config), MACHINE, DNS).servers == ("192.0.2.1",)


def test_its_hosts_file_has_itself_and_its_aliases():
    aliases = [{"ip": "192.0.2.9", "hostnames": ["bank", "bank.example"]}]
    assert hosts_text(pod(hostAliases=aliases), "") == (
        f"{FIRST_HOSTS}127.64.1.2\ttill\n\n# Entries added by HostAliases.\n192.0.2.9\tbank\tbank.example\n"
    )


def test_a_subdomain_gives_it_a_whole_name():
    text = hosts_text(pod(hostname="till-0", subdomain="tills"), "")
    assert text.endswith("127.64.1.2\ttill-0.tills.shop.svc.cluster.local\ttill-0\n")


def test_on_the_hosts_network_it_has_the_hosts_file_of_the_host():
    text = hosts_text(pod(hostNetwork=True), "192.0.2.1\tmachine\n")
    assert text == "# Kubernetes-managed hosts file (host network).\n192.0.2.1\tmachine\n"


def service(name, namespace, address):
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"clusterIP": address}}


def test_names_of_services_can_be_lines_of_a_hosts_file():
    services = [
        service("till", "shop", "127.64.128.20"),
        service("stock", "store", "127.64.128.21"),
        service("tills", "shop", "None"),
    ]
    slices = [
        {
            "metadata": {"name": "tills-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "tills"}},
            "endpoints": [
                {"addresses": ["127.64.1.2"], "hostname": "till-0", "conditions": {"ready": True}},
                {"addresses": ["127.64.1.3"], "conditions": {"ready": False}},
                {"addresses": ["127.64.1.4"]},
            ],
        }
    ]  # fmt: skip
    lines = service_lines("shop", services, group_by_service(slices)).splitlines()[2:]
    assert [line.split("\t") for line in lines] == [
        ["127.64.128.20", "till.shop.svc.cluster.local", "till.shop.svc", "till.shop", "till"],
        ["127.64.1.2", "tills.shop.svc.cluster.local", "tills.shop.svc", "tills.shop", "tills",
         "till-0.tills.shop.svc.cluster.local", "till-0.tills.shop.svc", "till-0.tills.shop", "till-0.tills"],
        ["127.64.1.4", "tills.shop.svc.cluster.local", "tills.shop.svc", "tills.shop", "tills"],
        ["127.64.128.21", "stock.store.svc.cluster.local", "stock.store.svc", "stock.store"],
    ]  # fmt: skip
