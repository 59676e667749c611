"""Names of services and pods, looked up from inside a pod."""

from __future__ import annotations

import json

import pytest
from dnslib import QTYPE, RCODE, DNSRecord

from .conftest import eventually, new_namespace
from .manifests import pod, python, service, shell, web
from .workloads import apply, printed, wait_for

pytestmark = pytest.mark.kubectl

LOOK_UP = """
import json, socket, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = sorted({entry[4][0] for entry in socket.getaddrinfo(name, 80, socket.AF_INET)})
    except socket.gaierror:
        found[name] = None
print(json.dumps(found))
"""
ASK = """
import socket, sys
servers = [line.split()[1] for line in open("/etc/resolv.conf") if line.startswith("nameserver")]
question = bytes.fromhex(sys.argv[2])
if sys.argv[1] == "tcp":
    with socket.create_connection((servers[0], 53), timeout=5) as sock:
        sock.sendall(len(question).to_bytes(2, "big") + question)
        with sock.makefile("rb") as stream:
            print(stream.read(int.from_bytes(stream.read(2), "big")).hex())
else:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(question, (servers[0], 53))
        print(sock.recv(65535).hex())
"""


class Customer:
    """A pod that looks names up, and the namespace that it is in."""

    def __init__(self, kubectl):
        self.kubectl, self.namespace = kubectl, kubectl.namespace

    def look_up(self, *names):
        """Answer the addresses of the first name; of several, those of each."""
        found = json.loads(self.kubectl.ok("exec", "customer", "--", "python3", "-c", LOOK_UP, *names))
        return found[names[0]] if len(names) == 1 else found

    def ask(self, name, kind="A", by="udp"):
        """Ask the name server itself about `name`, which is below `svc.cluster.local`."""
        question = DNSRecord.question(name, kind).pack().hex()
        return DNSRecord.parse(
            bytes.fromhex(self.kubectl.ok("exec", "customer", "--", "python3", "-c", ASK, by, question))
        )

    def whole(self, name):
        return f"{name}.{self.namespace}.svc.cluster.local"

    def read(self, path, of="customer"):
        return self.kubectl.ok("exec", of, "--", "cat", path)


@pytest.fixture(scope="module")
def customer(cluster):
    """A customer, two tills with names of their own, one that is not ready, and services for them."""
    with new_namespace(cluster) as kubectl:
        apply(
            kubectl,
            pod("customer", python("import time; time.sleep(100000)")),
            *(pod(f"till-{n}", labels={"app": "till"}, hostname=f"till-{n}", subdomain="tills") for n in (0, 1)),
            pod("shop", web()),
            pod("late", shell(readinessProbe={"exec": {"command": ["false"]}})),
            service("shop", ports=[{"name": "http", "port": 80, "targetPort": 3000}]),
            service("tills", selector={"app": "till"}, clusterIP="None", ports=[{"name": "scan", "port": 700}]),
            service("late", clusterIP="None"),
            service("early", selector={"app": "late"}, clusterIP="None", publishNotReadyAddresses=True),
            service("many", ports=[{"name": "a", "port": 1}, {"name": "b", "port": 2, "protocol": "UDP"}]),
            service("shop-elsewhere", type="ExternalName", selector=None, ports=None,
                    externalName=f"shop.{kubectl.namespace}.svc.cluster.local"),
        )  # fmt: skip
        wait_for(kubectl, "Ready", *(f"pod/{name}" for name in ("customer", "till-0", "till-1", "shop")))
        wait_for(kubectl, "Initialized", "pod/late")
        found = Customer(kubectl)
        eventually(lambda: len(found.look_up("tills") or ()) == 2 and found.look_up("early"))
        yield found


def cluster_ip(customer, name):
    return customer.kubectl.read("service", name)["spec"]["clusterIP"]


def pod_ip(customer, name):
    return eventually(lambda: customer.kubectl.read("pod", name)["status"].get("podIP"))


def values(answer):
    return sorted(str(entry.rdata) for entry in answer.rr)


def test_a_service_is_found_by_its_short_name_and_all_longer_ones(customer):
    namespace = customer.namespace
    names = [
        "shop",
        f"shop.{namespace}",
        f"shop.{namespace}.svc",
        customer.whole("shop"),
        customer.whole("shop") + ".",
    ]
    assert customer.look_up(*names) == {key: [cluster_ip(customer, "shop")] for key in names}


def test_a_service_of_another_namespace_is_found_with_its_namespace_only(customer):
    api_server = customer.kubectl.api.get("services", "kubernetes", namespace="default")["spec"]["clusterIP"]
    found = customer.look_up("kubernetes.default", "kubernetes.default.svc", "kubernetes")
    assert found == {
        "kubernetes.default": [api_server],
        "kubernetes.default.svc": [api_server],
        "kubernetes": None,
    }


def test_a_web_server_answers_at_the_name_of_its_service(customer):
    for name in ("shop", f"shop.{customer.namespace}"):
        script = f"import urllib.request as r; print(r.urlopen('http://{name}/', timeout=5).status)"
        assert customer.kubectl.ok("exec", "customer", "--", "python3", "-c", script) == "200\n"


def test_any_program_finds_it(customer):
    apply(
        customer.kubectl,
        pod("passer-by", shell("wget -q -O - http://shop/ | head -1"), restartPolicy="Never"),
    )
    assert "on pod shop" in printed(customer.kubectl, "passer-by")[0]


def test_a_headless_service_is_each_of_its_pods(customer):
    assert customer.look_up("tills") == sorted(pod_ip(customer, f"till-{n}") for n in (0, 1))


def test_a_pod_with_hostname_and_subdomain_has_a_name(customer):
    names = [
        "till-0.tills",
        f"till-1.tills.{customer.namespace}",
        customer.whole("till-0.tills"),
        "till-2.tills",
    ]
    first, second = pod_ip(customer, "till-0"), pod_ip(customer, "till-1")
    assert customer.look_up(*names) == dict(zip(names, ([first], [second], [first], None), strict=True))


def test_a_pod_of_a_service_has_a_name_by_its_address(customer):
    address = pod_ip(customer, "shop")
    name = f"{address.replace('.', '-')}.shop"
    assert customer.look_up(name) == [address]


def test_a_pod_that_is_not_ready_is_left_out_unless_all_are_published(customer):
    assert customer.look_up("late", "early") == {"late": None, "early": [pod_ip(customer, "late")]}


def test_an_external_name_is_an_alias(customer):
    assert customer.look_up("shop-elsewhere") == [cluster_ip(customer, "shop")]
    answer = customer.ask(customer.whole("shop-elsewhere"))
    kinds = {QTYPE[entry.rtype]: str(entry.rdata) for entry in answer.rr}
    assert kinds == {"CNAME": customer.whole("shop") + ".", "A": cluster_ip(customer, "shop")}
    assert values(customer.ask(customer.whole("shop-elsewhere"), "CNAME")) == [customer.whole("shop") + "."]


def test_what_does_not_exist_is_not_found(customer):
    names = ["ghost", "ghost.default", f"ghost.{customer.namespace}.svc", "ghost.svc.cluster.local"]
    assert customer.look_up(*names) == dict.fromkeys(names)
    answer = customer.ask(customer.whole("ghost"))
    assert (answer.header.rcode, answer.header.aa, answer.rr) == (RCODE.NXDOMAIN, 1, [])
    [start] = answer.auth
    assert (str(start.rname), QTYPE[start.rtype]) == ("cluster.local.", "SOA")
    assert [str(name) for name in (start.rdata.mname, start.rdata.rname)] == [
        "ns.dns.cluster.local.",
        "hostmaster.cluster.local.",
    ]


def test_a_name_without_anything_of_a_type_is_no_error(customer):
    answer = customer.ask(customer.whole("shop"), "AAAA")
    assert (answer.header.rcode, answer.rr, len(answer.auth)) == (RCODE.NOERROR, [], 1)


def test_an_answer_lives_for_half_a_minute_at_most(customer):
    [entry] = customer.ask(customer.whole("shop")).rr
    assert 0 < entry.ttl <= 30


def test_names_are_the_same_in_capitals(customer):
    assert values(customer.ask(customer.whole("SHOP"))) == [cluster_ip(customer, "shop")]


def test_the_name_server_answers_by_tcp_too(customer):
    assert values(customer.ask(customer.whole("shop"), by="tcp")) == [cluster_ip(customer, "shop")]


def test_a_port_with_a_name_can_be_looked_up(customer):
    whole = customer.whole("shop")
    assert values(customer.ask(f"_http._tcp.{whole}", "SRV")) == [f"0 100 80 {whole}."]
    assert customer.ask(f"_gopher._tcp.{whole}", "SRV").header.rcode == RCODE.NXDOMAIN
    assert customer.ask(f"_http._udp.{whole}", "SRV").header.rcode == RCODE.NXDOMAIN
    answer = customer.ask(f"_http._tcp.{whole}", "SRV")
    assert [str(entry.rdata) for entry in answer.ar if entry.rtype == QTYPE.A] == [
        cluster_ip(customer, "shop")
    ]


def test_all_ports_of_a_service_can_be_looked_up(customer):
    whole = customer.whole("many")
    assert values(customer.ask(whole, "SRV")) == [f"0 50 1 {whole}.", f"0 50 2 {whole}."]


def test_ports_of_a_headless_service_are_those_of_its_pods(customer):
    whole = customer.whole("tills")
    found = values(customer.ask(f"_scan._tcp.{whole}", "SRV"))
    assert found == [f"0 50 700 till-{n}.{whole}." for n in (0, 1)]


def test_an_address_has_a_name(customer):
    def backwards(address):
        return ".".join(reversed(address.split("."))) + ".in-addr.arpa"

    assert values(customer.ask(backwards(cluster_ip(customer, "shop")), "PTR")) == [
        customer.whole("shop") + "."
    ]
    names = values(customer.ask(backwards(pod_ip(customer, "till-0")), "PTR"))
    assert customer.whole("till-0.tills") + "." in names


def test_an_address_can_be_a_name(customer):
    address = pod_ip(customer, "shop")
    assert customer.look_up(f"{address.replace('.', '-')}.{customer.namespace}.pod") == [address]


def test_a_new_service_is_found_at_once_and_a_deleted_one_no_more(customer):
    apply(customer.kubectl, service("brief", selector={"app": "nobody"}))
    assert eventually(lambda: customer.look_up("brief")) == [cluster_ip(customer, "brief")]
    customer.kubectl.ok("delete", "service", "brief")
    eventually(lambda: customer.look_up("brief") is None)


def test_a_pod_asks_the_clusters_name_server(customer):
    name_server = customer.kubectl.api.get("services", "kube-dns", namespace="kube-system")["spec"][
        "clusterIP"
    ]
    search, server, options = customer.read("/etc/resolv.conf").splitlines()
    own = ["search", f"{customer.namespace}.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    assert search.split()[:4] == own
    assert (server, options) == (f"nameserver {name_server}", "options ndots:5")


def test_the_name_server_is_a_service(customer):
    found = customer.kubectl.api.get("services", "kube-dns", namespace="kube-system")
    ports = [(port["name"], port["protocol"], port["port"]) for port in found["spec"]["ports"]]
    assert ports == [("dns", "UDP", 53), ("dns-tcp", "TCP", 53), ("metrics", "TCP", 9153)]
    labels = found["metadata"]["labels"]
    assert (labels["k8s-app"], labels["kubernetes.io/cluster-service"]) == ("kube-dns", "true")
    assert found["spec"]["clusterIP"].endswith(".10")


def test_a_pod_knows_its_own_name(customer):
    lines = customer.read("/etc/hosts").splitlines()
    assert lines[:2] == ["# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost"]
    assert lines[-1] == f"{pod_ip(customer, 'customer')}\tcustomer"
    assert customer.read("/etc/hostname") == "customer\n"


def test_a_pod_with_a_subdomain_knows_its_whole_name(customer):
    line = customer.read("/etc/hosts", of="till-0").splitlines()[-1]
    assert line == f"{pod_ip(customer, 'till-0')}\t{customer.whole('till-0.tills')}\ttill-0"
    assert customer.read("/etc/hostname", of="till-0") == "till-0\n"


def test_a_pod_can_be_told_of_other_hosts(customer):
    aliases = [{"ip": "192.0.2.9", "hostnames": ["bank", "bank.example"]}]
    script = "cat /etc/hosts"
    apply(customer.kubectl, pod("informed", shell(script), restartPolicy="Never", hostAliases=aliases))
    assert printed(customer.kubectl, "informed")[-2:] == [
        "# Entries added by HostAliases.",
        "192.0.2.9\tbank\tbank.example",
    ]


def test_a_pod_can_bring_its_own_resolver(customer):
    config = {
        "nameservers": ["192.0.2.53"],
        "searches": ["shop.example"],
        "options": [{"name": "ndots", "value": "2"}],
    }
    once = {"restartPolicy": "Never", "dnsPolicy": "None", "dnsConfig": config}
    apply(customer.kubectl, pod("stubborn", shell("cat /etc/resolv.conf"), **once))
    assert printed(customer.kubectl, "stubborn") == [
        "search shop.example",
        "nameserver 192.0.2.53",
        "options ndots:2",
    ]


def test_a_pod_can_add_to_the_clusters_resolver(customer):
    config = {"searches": ["shop.example"]}
    apply(
        customer.kubectl,
        pod("curious", shell("cat /etc/resolv.conf"), restartPolicy="Never", dnsConfig=config),
    )
    search, server, _ = printed(customer.kubectl, "curious")
    assert search.split()[-1] == "shop.example"
    assert server in customer.read("/etc/resolv.conf")
