"""Services: whose addresses are behind them, and in what state."""

import pytest

from kubetutor.api.objects import name_of
from kubetutor.embedded.controllers.endpointslice import SLICES, EndpointSliceController
from tests.embedded import manifests
from tests.embedded.loops import Cluster


@pytest.fixture
def cluster():
    cluster = Cluster()
    return cluster.run(EndpointSliceController(cluster.context))


def add_service(cluster, **changes):
    made = cluster.client.create("services", manifests.service(**changes))
    cluster.settle()
    return made


def add_pod(cluster, name, *, ready=True, ports=None, **changes):
    body = manifests.pod(name, labels={"app": "web-app"}, node="lab-worker", **changes)
    if ports:
        body["spec"]["containers"][0]["ports"] = ports
    made = cluster.client.create("pods", body)
    cluster.set_pod(made, phase="Running", ready=ready)
    cluster.settle()
    return cluster.client.get("pods", name, namespace="default")


def slices(cluster):
    return cluster.client.list(SLICES)


def the_slice(cluster):
    (found,) = slices(cluster)
    return found


def states(cluster):
    """Map each pod to (ready, serving, terminating)."""
    return {
        each["targetRef"]["name"]: tuple(each["conditions"].values())
        for each in the_slice(cluster)["endpoints"]
    }


def the_endpoints(cluster):
    return cluster.client.get("endpoints", "web-service", namespace="default")


def test_a_service_without_pods_gets_an_empty_slice(cluster):
    service = add_service(cluster)
    found = the_slice(cluster)
    assert name_of(found).startswith("web-service-")
    assert found["metadata"]["labels"] == {
        "kubernetes.io/service-name": "web-service",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    (owner,) = found["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == ("Service", service["metadata"]["uid"], True)
    assert (found["addressType"], found["endpoints"]) == ("IPv4", [])
    assert "ports" not in found
    assert "subsets" not in the_endpoints(cluster)


def test_a_ready_pod_is_an_endpoint(cluster):
    add_service(cluster)
    pod = add_pod(cluster, "web-1")
    assert the_slice(cluster)["endpoints"] == [
        {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "targetRef": {
                "kind": "Pod",
                "namespace": "default",
                "name": "web-1",
                "uid": pod["metadata"]["uid"],
            },
            "nodeName": "lab-worker",
        }
    ]
    assert the_slice(cluster)["ports"] == [{"name": "", "port": 3000, "protocol": "TCP"}]


def test_readiness_and_ending_show_in_the_conditions(cluster):
    add_service(cluster)
    add_pod(cluster, "web-1", ready=False)
    assert states(cluster) == {"web-1": (False, False, False)}
    cluster.make_ready(cluster.pods()[0])
    cluster.settle()
    assert states(cluster) == {"web-1": (True, True, False)}
    cluster.client.delete("pods", "web-1", namespace="default")
    cluster.settle()
    assert states(cluster) == {"web-1": (False, True, True)}
    cluster.end_deleted_pods()
    assert states(cluster) == {}


def test_a_pod_without_address_or_one_that_has_ended_is_none(cluster):
    add_service(cluster)
    cluster.client.create("pods", manifests.pod("new", labels={"app": "web-app"}))
    pod = add_pod(cluster, "web-1")
    cluster.set_pod(pod, phase="Succeeded", ready=False)
    cluster.settle()
    assert states(cluster) == {}


def test_endpoints_keep_their_places(cluster):
    add_service(cluster)
    for name in ("web-3", "web-1", "web-2"):
        add_pod(cluster, name)
    assert list(states(cluster)) == ["web-3", "web-1", "web-2"]


def test_a_service_may_publish_pods_that_are_not_ready(cluster):
    add_service(cluster, publishNotReadyAddresses=True)
    add_pod(cluster, "web-1", ready=False)
    assert states(cluster) == {"web-1": (True, False, False)}
    assert "addresses" in the_endpoints(cluster)["subsets"][0]


def test_a_named_port_is_looked_up_in_each_pod(cluster):
    add_service(cluster, ports=[{"name": "web", "port": 80, "targetPort": "http", "protocol": "TCP"}])
    add_pod(cluster, "old", ports=[{"name": "http", "containerPort": 3000}])
    add_pod(cluster, "new", ports=[{"name": "http", "containerPort": 8080}])
    assert sorted(each["ports"][0]["port"] for each in slices(cluster)) == [3000, 8080]
    cluster.client.vanish("pods", "default/old")
    cluster.settle()
    assert the_slice(cluster)["ports"] == [{"name": "web", "port": 8080, "protocol": "TCP"}]


def test_a_service_without_selector_is_left_alone(cluster):
    add_service(cluster, selector=None)
    assert slices(cluster) == []
    assert cluster.client.list("endpoints") == []


def test_a_changed_label_takes_a_pod_out(cluster):
    add_service(cluster)
    add_pod(cluster, "web-1")
    body = {"metadata": {"labels": {"app": "debug"}}}
    cluster.client.patch("pods", "web-1", body, namespace="default")
    cluster.settle()
    assert states(cluster) == {}


def test_a_headless_service_says_so(cluster):
    add_service(cluster, clusterIP="None")
    assert "service.kubernetes.io/headless" in the_slice(cluster)["metadata"]["labels"]


def test_the_older_endpoints_say_the_same(cluster):
    add_service(cluster)
    ready, slow = add_pod(cluster, "web-1"), add_pod(cluster, "web-2", ready=False)
    (subset,) = the_endpoints(cluster)["subsets"]
    assert subset["ports"] == [{"port": 3000, "protocol": "TCP"}]
    assert [each["ip"] for each in subset["addresses"]] == [ready["status"]["podIP"]]
    assert [each["ip"] for each in subset["notReadyAddresses"]] == [slow["status"]["podIP"]]
    assert subset["addresses"][0]["targetRef"]["name"] == "web-1"


def test_the_older_endpoints_go_with_their_service(cluster):
    add_service(cluster)
    cluster.client.delete("services", "web-service", namespace="default")
    cluster.settle()
    assert cluster.client.list("endpoints") == []


def test_a_deleted_slice_comes_back(cluster):
    add_service(cluster)
    add_pod(cluster, "web-1")
    cluster.client.delete(SLICES, name_of(the_slice(cluster)), namespace="default")
    cluster.settle()
    assert states(cluster) == {"web-1": (True, True, False)}


def test_nothing_is_written_when_nothing_changes(cluster):
    add_service(cluster)
    pod = add_pod(cluster, "web-1")
    cluster.client.writes.clear()
    cluster.client.patch(
        "pods", name_of(pod), {"status": {"hostIP": "127.0.0.1"}}, namespace="default", subresource="status"
    )
    cluster.settle()
    assert cluster.client.writes == [("patch", "pods")]
