"""What lessons need, on a real kind cluster: sample images, usage of pods, addresses of load balancers, ways to services."""

from __future__ import annotations

import json
import time
import urllib.request

import pytest

from kubetutor.cluster.kind import add_ons
from kubetutor.images import SAMPLES

pytestmark = pytest.mark.kind

SYSTEM = ("--namespace", "kube-system")
BALANCER = (*SYSTEM, "deployment/load-balancer")


@pytest.fixture
def eventually():
    """Ask until the answer is true, for at most a minute; a question that fails is asked again."""

    def ask(question, timeout=60.0):
        deadline = time.monotonic() + timeout
        while True:
            try:
                if answer := question():
                    return answer
            except OSError as error:  # nobody listens yet
                answer = error
            assert time.monotonic() < deadline, f"not within {timeout} s; last answer: {answer!r}"
            time.sleep(0.2)

    return ask


@pytest.fixture
def shop(cluster, namespace):
    """Two pods of my-app; kubectl in their namespace."""

    def kubectl(*words):
        return cluster.kubectl("--namespace", namespace, *words)

    kubectl("create", "deployment", "shop", "--image=my-app:1.0", "--replicas=2", "--port=3000")
    kubectl("wait", "--for=condition=Available", "deployment/shop", "--timeout=60s")
    return kubectl


@pytest.fixture
def address(shop, eventually):
    """The external address of a service in front of the shop."""
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000", "--type=LoadBalancer")
    return eventually(lambda: ingress(shop))


def ingress(kubectl, service="shop"):
    return kubectl("get", "service", service, "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}")


def asked(address):
    with urllib.request.urlopen(f"http://{address}/?json", timeout=3) as answer:
        return json.loads(answer.read())["pod"]


def is_silent(address):
    try:
        asked(address)
    except OSError:
        return True
    return False


def test_every_node_has_every_sample_image(cluster, eventually):
    wanted = {f"docker.io/library/{sample.name}:{tag}" for sample in SAMPLES for tag in sample.tags}

    def all_there():
        nodes = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"]
        names = [{name for image in node["status"]["images"] for name in image["names"]} for node in nodes]
        return all(wanted <= each for each in names)

    eventually(all_there, timeout=90.0)


def test_what_nodes_use_is_measured(cluster):
    cluster.kubectl(*SYSTEM, "rollout", "status", "deployment/metrics-server", "--timeout=60s")
    cluster.kubectl("wait", "--for=condition=Available", "apiservice/v1beta1.metrics.k8s.io", "--timeout=60s")
    assert "CPU(cores)" in cluster.kubectl("top", "nodes")


def test_the_manifests_on_the_cluster_are_ours(cluster):
    form = "jsonpath={.spec.template.spec.containers[0].image}"
    assert cluster.kubectl(*SYSTEM, "get", "deployment/metrics-server", "-o", form) == add_ons.METRICS_SERVER


def test_a_load_balancer_is_reached_at_its_external_address(cluster, namespace, address, eventually):
    assert len(eventually(lambda: asked(address)).split("-")) == 3
    eventually(lambda: cluster.url("shop", namespace) == f"http://{address}:80")
    pods = set()

    def all_seen():
        pods.add(asked(address))
        return len(pods) == 2

    eventually(all_seen)


def test_each_load_balancer_has_an_address_of_its_own(shop, address, eventually):
    shop(
        "expose",
        "deployment",
        "shop",
        "--name=till",
        "--port=80",
        "--target-port=3000",
        "--type=LoadBalancer",
    )
    other = eventually(lambda: ingress(shop, "till"))
    assert other != address
    eventually(lambda: asked(other))


def test_a_service_that_is_no_load_balancer_any_more_loses_its_address(shop, address, eventually):
    eventually(lambda: asked(address))
    shop("patch", "service", "shop", "-p", '{"spec": {"type": "ClusterIP"}}')
    eventually(lambda: not ingress(shop))
    eventually(lambda: is_silent(address))


def test_a_service_that_is_deleted_gives_its_address_back(shop, address, eventually):
    eventually(lambda: asked(address))
    shop("delete", "service", "shop")
    eventually(lambda: is_silent(address))


def test_addresses_stay_when_the_load_balancer_starts_again(cluster, shop, address, eventually):
    cluster.kubectl(*SYSTEM, "delete", "pods", "-l", "app=load-balancer", "--grace-period=0", "--force")
    cluster.kubectl("rollout", "status", *BALANCER, "--timeout=60s")
    eventually(lambda: asked(address))
    assert ingress(shop) == address


def test_addresses_move_to_another_node(cluster, shop, address, eventually):
    eventually(lambda: asked(address))
    form = "jsonpath={.items[0].spec.nodeName}"
    before = cluster.kubectl(*SYSTEM, "get", "pods", "-l", "app=load-balancer", "-o", form)
    cluster.kubectl("cordon", before)
    try:
        cluster.kubectl(*SYSTEM, "delete", "pods", "-l", "app=load-balancer")
        cluster.kubectl("rollout", "status", *BALANCER, "--timeout=60s")
        assert cluster.kubectl(*SYSTEM, "get", "pods", "-l", "app=load-balancer", "-o", form) != before
        eventually(lambda: asked(address))
        assert ingress(shop) == address
    finally:
        cluster.kubectl("uncordon", before)


def test_a_service_inside_the_cluster_is_reached_through_a_forward(cluster, namespace, shop, eventually):
    shop("expose", "deployment", "shop", "--port=80", "--target-port=3000")
    url = cluster.url("shop", namespace)
    assert url.startswith("http://127.0.0.1:")
    first = asked(url.removeprefix("http://"))
    shop("delete", "pod", first, "--grace-period=1")
    eventually(lambda: asked(url.removeprefix("http://")) != first)
