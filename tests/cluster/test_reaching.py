"""The way to a service: the cluster's own address where there is one that can be reached, else a port-forward."""

from __future__ import annotations

import json
import os
import urllib.request

import psutil
import pytest

from kubetutor.cluster import port_forward, reaching
from kubetutor.errors import ApiError, ClusterError

pytestmark = pytest.mark.kubectl


@pytest.fixture
def shop(cluster, namespace):
    """Two pods of my-app; `expose` puts a service in front of them."""

    def kubectl(*words):
        return cluster.kubectl("-n", namespace, *words)

    kubectl("create", "deployment", "shop", "--image=my-app:1.0", "--replicas=2", "--port=3000")
    kubectl("wait", "--for=condition=Available", "deployment/shop", "--timeout=30s")
    return kubectl


@pytest.fixture
def ways(cluster):
    """The ways of a machine that reaches no address of the cluster: those of other machines are of no use."""
    made = reaching.Ways(cluster.api, cluster.environment, local_ips=False)
    yield made
    made._proxy.close()
    for forward in made._forwards.values():
        forward.close()


@pytest.fixture
def forwards(ways, monkeypatch):
    """The ways of somebody who may not go through the API server either: port-forwards."""
    monkeypatch.setattr(ways._proxy, "is_open", lambda _target: False)
    return ways


def ask(url):
    with urllib.request.urlopen(f"{url}/?json", timeout=5) as answer:
        return json.loads(answer.read())


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort", "ClusterIP"])
def test_a_service_of_any_type_is_reached_at_its_own_address(cluster, namespace, shop, eventually, kind):
    shop("expose", "deployment", "shop", "--port=8080", "--target-port=3000", f"--type={kind}")
    eventually(lambda: len({ask(cluster.url("shop", namespace))["pod"] for _ in range(5)}) == 2)
    assert "127.0.0.1:" not in cluster.url("shop", namespace)


def test_what_cannot_be_reached_goes_through_the_api_server_to_each_pod(namespace, shop, ways, eventually):
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000")
    address = ways.to("shop", namespace, None, timeout=10)
    assert address.endswith(f"/api/v1/namespaces/{namespace}/services/shop:80/proxy")
    assert eventually(lambda: len({ask(f"http://{address}")["pod"] for _ in range(5)}) == 2, timeout=30)
    assert not ways._forwards


def test_who_may_not_go_through_the_api_server_is_forwarded_and_a_pod_that_goes_is_replaced(
    namespace, shop, forwards, eventually
):
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000")
    address = forwards.to("shop", namespace, None, timeout=10)
    assert address.startswith("127.0.0.1:")
    first = ask(f"http://{address}")["pod"]
    shop("delete", "pod", first, "--grace-period=1")
    assert eventually(lambda: asked(address) not in {None, first}, timeout=30)
    assert forwards.to("shop", namespace, 80, timeout=10) == address


def test_a_forward_that_is_killed_comes_back(namespace, shop, forwards, eventually):
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000")
    address = forwards.to("shop", namespace, None, timeout=10)
    forward = next(iter(forwards._forwards.values()))
    killed = forward._kubectl.pid
    psutil.Process(killed).kill()
    assert eventually(
        lambda: forward._kubectl and forward._kubectl.pid != killed and asked(address), timeout=30
    )
    forward.close()
    children = psutil.Process(os.getpid()).children()
    children = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    assert not [child for child in children if "port-forward" in child.cmdline()]


def asked(address):
    try:
        return ask(f"http://{address}")["pod"]
    except OSError:
        return None


def test_a_service_that_nobody_serves_is_told(namespace, shop, forwards):
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000")
    shop("scale", "deployment", "shop", "--replicas=0")
    shop("wait", "--for=delete", "pod", "-l", "app=shop", "--timeout=30s")
    with pytest.raises(ClusterError, match=f"Nothing answers behind the service {namespace}/shop, port 80"):
        forwards.to("shop", namespace, None, timeout=0)


def test_a_port_that_the_service_has_not_is_told_with_those_it_has(cluster, namespace, shop):
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000")
    with pytest.raises(ClusterError, match=r"has no port 81 \(there: 80\)"):
        cluster.url("shop", namespace, 81)


def test_a_refused_connection_counts_as_being_there():
    assert reaching.is_there(f"127.0.0.1:{port_forward.free_port()}")
    assert not reaching.is_there("nowhere.invalid:80")


def test_only_a_ready_pod_with_that_port_is_chosen():
    def endpoint(name, *, ready):
        return {"targetRef": {"kind": "Pod", "name": name}, "conditions": {"ready": ready}}

    slices = [
        {"ports": [{"name": "metrics", "port": 9000}], "endpoints": [endpoint("a", ready=True)]},
        {
            "ports": [{"name": "web", "port": 3000}, {"name": "metrics", "port": 9000}],
            "endpoints": [endpoint("b", ready=False), endpoint("c", ready=True)],
        },
    ]
    target = port_forward.Target("shop", "default", 80, "web")
    assert port_forward.choose_pod(slices, target) == ("c", 3000)


def test_who_may_not_see_endpoint_slices_leaves_the_choice_to_kubectl(
    namespace, shop, forwards, monkeypatch, eventually
):
    def refused(_forward):
        raise ApiError(403, "Forbidden", "endpointslices.discovery.k8s.io is forbidden")

    monkeypatch.setattr(port_forward.PortForward, "_slices", refused)
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000")
    address = forwards.to("shop", namespace, None, timeout=10)
    first = ask(f"http://{address}")["pod"]
    shop("delete", "pod", first, "--grace-period=1")
    assert eventually(lambda: asked(address) not in {None, first}, timeout=30)
    assert forwards.to("shop", namespace, 80, timeout=10) == address


def test_one_way_that_leads_nowhere_is_not_all(monkeypatch):
    answers = iter([False, False, True, False, False])
    monkeypatch.setattr(reaching, "connects", lambda _address: next(answers))
    assert reaching.is_there("10.0.0.1:80")
