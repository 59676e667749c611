"""Nodes that fall silent, and what becomes of their pods."""

import pytest

from kubetutor.api.objects import condition, is_pod_ready, key_of
from kubetutor.embedded.clock import micro_timestamp, timestamp
from kubetutor.embedded.controllers.node_lifecycle import NodeLifecycleController
from kubetutor.embedded.controllers.pod_garbage_collector import PodGarbageCollector
from kubetutor.embedded.controllers.taint_eviction import TaintEvictionController
from tests.embedded import manifests
from tests.embedded.loops import Cluster

LEASES = "leases.coordination.k8s.io"
UNREACHABLE = "node.kubernetes.io/unreachable"


@pytest.fixture
def cluster():
    cluster = Cluster(namespaces=("default", "kube-node-lease"))
    cluster.client.create("nodes", manifests.node("lab-worker"))
    lease = {"metadata": {"name": "lab-worker"}, "spec": {"renewTime": micro_timestamp(cluster.clock.now())}}
    cluster.client.create(LEASES, lease, namespace="kube-node-lease")
    return cluster.run(
        NodeLifecycleController(cluster.context),
        TaintEvictionController(cluster.context),
        PodGarbageCollector(cluster.context),
    )


def renew(cluster, seconds):
    """Let the kubelet live for a while."""
    for _ in range(int(seconds)):
        renewed = {"spec": {"renewTime": micro_timestamp(cluster.clock.now())}}
        cluster.client.patch(LEASES, "lab-worker", renewed, namespace="kube-node-lease")
        cluster.advance(1)


def report_ready(cluster):
    """Do as a kubelet that is back."""
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "lastHeartbeatTime": timestamp(cluster.clock.now()),
    }
    cluster.client.patch("nodes", "lab-worker", {"status": {"conditions": [ready]}}, subresource="status")
    cluster.settle()


def add_pod(cluster, name="web", *, seconds=5, node="lab-worker"):
    tolerations = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}
        for key in ("node.kubernetes.io/not-ready", UNREACHABLE)
    ]
    pod = cluster.client.create("pods", manifests.pod(name, node=node, tolerations=tolerations))
    cluster.make_ready(pod)
    cluster.settle()


def node(cluster):
    return cluster.client.get("nodes", "lab-worker")


def pod(cluster, name="web"):
    return cluster.client.get("pods", name, namespace="default")


def taints(cluster):
    return [
        (each["key"].rpartition("/")[2], each["effect"]) for each in node(cluster)["spec"].get("taints", ())
    ]


def test_a_new_node_is_registered(cluster):
    assert cluster.events("node-controller") == [
        ("RegisteredNode", "Node lab-worker event: Registered Node lab-worker in Controller")
    ]


def test_a_node_that_renews_its_lease_stays_ready(cluster):
    renew(cluster, 30)
    assert condition(node(cluster), "Ready")["status"] == "True"
    assert taints(cluster) == []


def test_a_silent_node_becomes_unknown_and_is_tainted(cluster):
    renew(cluster, 3)
    cluster.advance(6)
    assert condition(node(cluster), "Ready")["status"] == "True"
    cluster.advance(3)
    for each in node(cluster)["status"]["conditions"]:
        assert (each["status"], each["reason"]) == ("Unknown", "NodeStatusUnknown")
        assert each["message"] == "Kubelet stopped posting node status."
    assert taints(cluster) == [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]
    assert all("timeAdded" in each for each in node(cluster)["spec"]["taints"])


def test_a_jumping_wall_clock_does_no_harm(cluster):
    for seconds in (86400, -2 * 86400):
        cluster.clock.jump(seconds)
        renew(cluster, 10)
    assert condition(node(cluster), "Ready")["status"] == "True"


def test_pods_of_a_silent_node_are_no_longer_ready(cluster):
    add_pod(cluster)
    cluster.advance(9)
    assert not is_pod_ready(pod(cluster))
    assert ("NodeNotReady", "Node is not ready") in cluster.events("node-controller")


def test_pods_are_evicted_when_their_tolerance_ends(cluster):
    add_pod(cluster)
    cluster.advance(12)
    assert "deletionTimestamp" not in pod(cluster)["metadata"]
    cluster.advance(3)
    assert "deletionTimestamp" in pod(cluster)["metadata"]
    assert condition(pod(cluster), "DisruptionTarget")["reason"] == "DeletionByTaintManager"
    assert cluster.events("taint-eviction-controller") == [
        ("TaintManagerEviction", f"Marking for deletion Pod {key_of(pod(cluster))}")
    ]


def test_a_node_that_comes_back_in_time_keeps_its_pods(cluster):
    add_pod(cluster)
    cluster.advance(10)
    report_ready(cluster)
    assert taints(cluster) == []
    renew(cluster, 20)
    assert "deletionTimestamp" not in pod(cluster)["metadata"]
    assert cluster.events("taint-eviction-controller") == [
        ("TaintManagerEviction", "Cancelling deletion of Pod default/web")
    ]


def test_a_cordoned_node_is_tainted_until_it_is_uncordoned(cluster):
    cluster.client.patch("nodes", "lab-worker", {"spec": {"unschedulable": True}})
    cluster.settle()
    assert taints(cluster) == [("unschedulable", "NoSchedule")]
    cluster.client.patch("nodes", "lab-worker", {"spec": {"unschedulable": None}})
    cluster.settle()
    assert taints(cluster) == []


def test_taints_of_others_are_left_alone(cluster):
    mine = [{"key": "disk", "value": "slow", "effect": "NoSchedule"}]
    cluster.client.patch("nodes", "lab-worker", {"spec": {"taints": mine, "unschedulable": True}})
    cluster.settle()
    assert taints(cluster) == [("disk", "NoSchedule"), ("unschedulable", "NoSchedule")]


def test_a_no_execute_taint_evicts_at_once_what_does_not_tolerate_it(cluster):
    add_pod(cluster)
    mine = [{"key": "flood", "effect": "NoExecute"}]
    cluster.client.patch("nodes", "lab-worker", {"spec": {"taints": mine}})
    cluster.settle()
    assert "deletionTimestamp" in pod(cluster)["metadata"]


def test_pods_of_a_node_that_is_gone_for_good_are_removed(cluster):
    add_pod(cluster)
    cluster.client.delete("nodes", "lab-worker")
    cluster.advance(7)
    assert pod(cluster)
    cluster.advance(3)
    assert cluster.pods() == []


def test_a_node_that_is_only_late_keeps_its_pods(cluster):
    add_pod(cluster, node="late")
    cluster.advance(5)
    cluster.client.create("nodes", manifests.node("late"))
    cluster.advance(5)
    assert pod(cluster)
