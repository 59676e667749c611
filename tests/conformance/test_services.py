"""Services: their addresses and ports, what may change, and where their connections go."""

import json

import pytest

from .conftest import eventually
from .manifests import deployment, pod, python, service, web
from .workloads import apply, create, patch, printed, rolled_out, wait_for

pytestmark = pytest.mark.kubectl

ASK = """
import json, sys, time, urllib.request
def ask():
    request = urllib.request.Request("http://%s/?json", headers={"Connection": "close"})
    return json.load(urllib.request.urlopen(request, timeout=5))["pod"]
end = time.monotonic() + 20
while True:
    try:
        ask()
        break
    except OSError:
        if time.monotonic() > end:
            raise
        time.sleep(0.1)
print("\\n".join(ask() for _ in range(30)))
"""


def read(kubectl, name="web"):
    return kubectl.read("service", name)["spec"]


def ask_often(kubectl, address, name="customer"):
    """Ask an address 30 times from inside the cluster; answer the names of the pods that answered."""
    apply(kubectl, pod(name, python(ASK % address), restartPolicy="Never"))
    return printed(kubectl, name)


@pytest.fixture
def two_pods(kubectl):
    apply(kubectl, deployment(2))
    rolled_out(kubectl)
    return kubectl


def test_connections_to_a_service_reach_all_of_its_pods(two_pods):
    apply(two_pods, service())
    asked = ask_often(two_pods, read(two_pods)["clusterIP"])
    assert set(asked) == {item["metadata"]["name"] for item in two_pods.pods()}


def test_a_client_with_affinity_stays_with_one_pod(two_pods):
    apply(two_pods, service(sessionAffinity="ClientIP"))
    assert read(two_pods)["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}
    assert len(set(ask_often(two_pods, read(two_pods)["clusterIP"]))) == 1


def test_affinity_ends_when_a_client_has_been_away_too_long(two_pods):
    forget = {"clientIP": {"timeoutSeconds": 1}}
    apply(two_pods, service(sessionAffinity="ClientIP", sessionAffinityConfig=forget))
    address = read(two_pods)["clusterIP"]
    slowly = ASK.replace("for _ in range(30)", "for _ in range(12) if not time.sleep(1.2)")
    apply(two_pods, pod("customer", python(slowly % address), restartPolicy="Never"))
    assert len(set(printed(two_pods, "customer"))) == 2


def test_a_node_port_answers_on_a_node(two_pods):
    apply(two_pods, service(type="NodePort"))
    node = two_pods.all("nodes")[0]
    address = next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
    asked = ask_often(two_pods, f"{address}:{read(two_pods)['ports'][0]['nodePort']}")
    assert set(asked) == {item["metadata"]["name"] for item in two_pods.pods()}


def test_a_service_without_selector_serves_the_endpoints_it_is_given(two_pods):
    apply(two_pods, service("shop", selector=None))
    chosen = two_pods.pods()[0]
    by_hand = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "shop-1", "labels": {"kubernetes.io/service-name": "shop"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [chosen["status"]["podIP"]]}],
        "ports": [{"port": 3000}],
    }
    apply(two_pods, by_hand)
    assert set(ask_often(two_pods, read(two_pods, "shop")["clusterIP"])) == {chosen["metadata"]["name"]}


def test_another_selector_moves_the_service_to_other_pods(kubectl):
    apply(kubectl, service(selector={"app": "blue"}), pod("blue", web()), pod("green", web()))
    wait_for(kubectl, "Ready", "pod/blue", "pod/green")
    address = read(kubectl)["clusterIP"]
    assert set(ask_often(kubectl, address)) == {"blue"}
    patch(kubectl, "service/web", {"spec": {"selector": {"app": "green"}}})

    def moved():
        found = kubectl.all("endpointslices", labels="kubernetes.io/service-name=web")
        return [e["targetRef"]["name"] for item in found for e in item["endpoints"]] == ["green"]

    eventually(moved)
    eventually(lambda: set(asked_again(kubectl, address)) == {"green"})


def asked_again(kubectl, address):
    kubectl.ok("delete", "pod", "customer", "--ignore-not-found", "--grace-period=1")
    return ask_often(kubectl, address)


def test_a_service_gets_an_address_and_upstreams_defaults(kubectl):
    apply(kubectl, service(ports=[{"port": 80}]))
    spec = read(kubectl)
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert spec["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert (spec["type"], spec["sessionAffinity"]) == ("ClusterIP", "None")
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")
    assert spec["internalTrafficPolicy"] == "Cluster"


def test_the_address_of_a_service_cannot_be_changed(kubectl):
    apply(kubectl, service())
    change = json.dumps({"spec": {"clusterIP": None, "clusterIPs": None}})
    assert kubectl("patch", "service", "web", "-p", change).code == 0
    address = read(kubectl)["clusterIP"]
    other = json.dumps({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}})
    answer = kubectl("patch", "service", "web", "-p", other)
    assert answer.code == 1
    assert 'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set' in answer.err
    assert read(kubectl)["clusterIP"] == address


def test_an_address_that_is_taken_is_refused(kubectl):
    apply(kubectl, service())
    address = read(kubectl)["clusterIP"]
    answer = create(kubectl, service("second", clusterIP=address))
    assert answer.code == 1
    assert f'spec.clusterIPs: Invalid value: ["{address}"]: failed to allocate IP {address}: ' in answer.err
    assert "provided IP is already allocated" in answer.err


def test_a_node_port_is_chosen_from_its_range(kubectl):
    apply(kubectl, service(type="NodePort"))
    assert 30000 <= read(kubectl)["ports"][0]["nodePort"] <= 32767


def test_a_node_port_that_is_taken_is_refused(kubectl):
    apply(kubectl, service(type="NodePort"))
    port = read(kubectl)["ports"][0]["nodePort"]
    answer = create(kubectl, service("second", type="NodePort", ports=[{"port": 80, "nodePort": port}]))
    assert answer.code == 1
    assert f"spec.ports[0].nodePort: Invalid value: {port}: provided port is already allocated" in answer.err


def test_a_node_port_outside_of_its_range_is_refused(kubectl):
    answer = create(kubectl, service(type="NodePort", ports=[{"port": 80, "nodePort": 8080}]))
    assert answer.code == 1
    assert (
        "spec.ports[0].nodePort: Invalid value: 8080: provided port is not in the valid range. "
        "The range of valid ports is 30000-32767" in answer.err
    )


def test_a_service_that_is_no_node_port_any_more_gives_its_port_back(kubectl):
    apply(kubectl, service(type="NodePort"))
    port = read(kubectl)["ports"][0]["nodePort"]
    patch(kubectl, "service/web", {"spec": {"type": "ClusterIP"}})
    assert "nodePort" not in read(kubectl)["ports"][0]
    assert (
        create(kubectl, service("second", type="NodePort", ports=[{"port": 80, "nodePort": port}])).code == 0
    )


def test_a_headless_service_has_no_address(kubectl):
    apply(kubectl, service(clusterIP="None"))
    assert (read(kubectl)["clusterIP"], read(kubectl)["clusterIPs"]) == ("None", ["None"])
    assert kubectl.ok("get", "service", "web", "--no-headers").split()[1:4] == ["ClusterIP", "None", "<none>"]


def test_an_external_name_has_neither_address_nor_endpoints(kubectl):
    apply(kubectl, service(type="ExternalName", externalName="shop.example.com", selector=None, ports=None))
    assert "clusterIP" not in read(kubectl)
    row = kubectl.ok("get", "service", "web", "--no-headers").split()
    assert row[1:5] == ["ExternalName", "<none>", "shop.example.com", "<none>"]


def test_an_external_name_needs_its_name(kubectl):
    answer = create(kubectl, service(type="ExternalName", selector=None, ports=None))
    assert answer.code == 1
    assert "spec.externalName: Required value" in answer.err


def test_ports_of_one_service_need_names(kubectl):
    answer = create(kubectl, service(ports=[{"port": 80}, {"port": 81}]))
    assert answer.code == 1
    assert "spec.ports[0].name: Required value" in answer.err
    assert "spec.ports[1].name: Required value" in answer.err


def test_one_number_can_be_a_port_for_each_protocol(kubectl):
    ports = [{"name": f"dns-{kind.lower()}", "port": 53, "protocol": kind} for kind in ("TCP", "UDP")]
    apply(kubectl, service(ports=ports))
    assert kubectl.ok("get", "service", "web", "--no-headers").split()[4] == "53/TCP,53/UDP"
