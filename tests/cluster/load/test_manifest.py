"""The load pod as an object, where it asks, and what its status means."""

import re

import pytest

from kubetutor.api.objects import is_load
from kubetutor.cluster.load.manifest import Target, pod_of, program, target_of, trouble_of
from kubetutor.errors import ClusterError, LoadError


def service(*, ip="10.96.0.7", port=80, ingress=()):
    spec = {"clusterIP": ip, "ports": [{"port": port, "name": "web"}, {"port": 9000, "name": "metrics"}]}
    return {
        "metadata": {"name": "shop"},
        "spec": spec,
        "status": {"loadBalancer": {"ingress": list(ingress)}},
    }


@pytest.mark.parametrize(
    ("there", "port", "address"),
    [
        (service(), None, "10.96.0.7:80"),
        (service(), 9000, "10.96.0.7:9000"),
        (service(ip="fd00::7"), None, "[fd00::7]:80"),
        (service(ingress=[{"ip": "172.18.0.9"}]), None, "10.96.0.7:80"),
        (service(ingress=[{"hostname": "shop.elb.example.com"}]), None, "10.96.0.7:80"),
        (service(ingress=[{"hostname": "127.9.0.1:8080"}]), None, "127.9.0.1:8080"),
        (service(ingress=[{"hostname": "127.9.0.1:8080"}, {"hostname": "127.9.0.1:8443"}], port=443), None, "127.9.0.1:8443"),
        (service(ingress=[{"ip": "127.9.0.1"}, {"hostname": "127.9.0.1:8080"}]), 9000, "10.96.0.7:9000"),
    ],
)  # fmt: skip
def test_it_asks_the_address_of_the_service(there, port, address):
    assert target_of(there, port) == Target(address)


@pytest.mark.parametrize("ip", ["None", "", None])
def test_a_service_without_an_address_is_refused_in_words(ip):
    with pytest.raises(LoadError, match="no address of its own"):
        target_of(service(ip=ip))


def test_a_port_that_the_service_does_not_have_is_refused_in_words():
    with pytest.raises(ClusterError, match="no port 81"):
        target_of(service(), 81)


def test_the_pod_says_what_it_is_and_carries_its_program():
    pod = pod_of(Target("10.96.0.7:80"), namespace="shop", rate=12.5)
    container = pod["spec"]["containers"][0]
    assert is_load(pod)
    assert pod["metadata"]["annotations"] == {"kubetutor.io/rate": "12.5"}
    assert container["command"][-1] == program()
    assert len(program().encode()) < 16_000  # with room in what one argument of a program may be
    assert {"name": "TARGET", "value": "10.96.0.7:80"} in container["env"]


def pod(**status):
    return {**pod_of(Target("10.96.0.7:80"), namespace="shop"), "status": status}


def waiting(reason):
    return {"containerStatuses": [{"state": {"waiting": {"reason": reason, "message": "seen there"}}}]}


@pytest.mark.parametrize("status", [{}, {"phase": "Running"}, waiting("ContainerCreating")])
def test_what_comes_up_or_runs_is_no_trouble(status):
    assert trouble_of(pod(**status)).words == ""


@pytest.mark.parametrize(
    ("status", "words", "is_stuck"),
    [
        (waiting("ImagePullBackOff"), r"The image my-app:1\.0 is not on the node.*seen there", True),
        (waiting("CrashLoopBackOff"), "does not run: CrashLoopBackOff", True),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes"}]},
            "No node takes the pod load.*0/3 nodes",
            False,
        ),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "low on memory"},
            "evicted it.*low on memory",
            True,
        ),
        ({"phase": "Failed", "reason": "DeadlineExceeded"}, "has asked for 2 hours", True),
        ({"phase": "Succeeded"}, "Nobody asks any more", True),
    ],
)
def test_each_trouble_is_a_sentence(status, words, is_stuck):
    trouble = trouble_of(pod(**status))
    assert (trouble.is_stuck, trouble.is_final) == (is_stuck, "phase" in status)
    assert re.search(words, trouble.words)
