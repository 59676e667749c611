"""What happens to pods when their node changes. Only where the nodes are ours: see the fixture own_cluster."""

import contextlib

import pytest

from .conftest import eventually
from .manifests import pod, shell
from .workloads import apply, condition_of, event, wait_for

pytestmark = [pytest.mark.kubectl, pytest.mark.usefixtures("own_cluster")]


@pytest.fixture
def worker(kubectl):
    """A node that takes pods; afterwards it is as it was."""
    found = kubectl.all("nodes")
    name = next(item["metadata"]["name"] for item in found if not item["spec"].get("taints"))
    with contextlib.ExitStack() as stack:
        stack.callback(kubectl.ok, "uncordon", name)
        stack.callback(kubectl.ok, "label", "node", name, "disk-")
        stack.callback(kubectl, "taint", "node", name, "shop-")
        yield name


def on(name, **spec):
    return pod("shop", shell(), nodeSelector={"kubernetes.io/hostname": name}, **spec)


def why_pending(kubectl):
    wait_for(kubectl, "PodScheduled=False", "pod/shop")
    return condition_of(kubectl.read("pod", "shop"), "PodScheduled")[2]


def test_a_cordoned_node_takes_no_new_pods(kubectl, worker):
    assert kubectl.ok("cordon", worker) == f"node/{worker} cordoned\n"
    assert kubectl.ok("get", "node", worker, "--no-headers").split()[1] == "Ready,SchedulingDisabled"
    apply(kubectl, on(worker))
    assert "1 node(s) were unschedulable" in why_pending(kubectl)
    assert kubectl.ok("uncordon", worker) == f"node/{worker} uncordoned\n"
    wait_for(kubectl, "PodScheduled", "pod/shop")


def test_a_pod_is_placed_when_a_node_gets_the_label_that_it_waits_for(kubectl, worker):
    apply(kubectl, pod("shop", nodeSelector={"disk": "fast"}))
    assert "didn't match Pod's node affinity/selector" in why_pending(kubectl)
    kubectl.ok("label", "node", worker, "disk=fast")
    wait_for(kubectl, "PodScheduled", "pod/shop")
    assert kubectl.read("pod", "shop")["spec"]["nodeName"] == worker


def test_a_pod_stays_when_its_node_loses_the_label(kubectl, worker):
    kubectl.ok("label", "node", worker, "disk=fast")
    apply(kubectl, pod("shop", nodeSelector={"disk": "fast"}))
    wait_for(kubectl, "Ready", "pod/shop")
    kubectl.ok("label", "node", worker, "disk-")
    assert kubectl.read("pod", "shop")["status"]["phase"] == "Running"


def test_a_taint_keeps_new_pods_away_and_leaves_those_that_are_there(kubectl, worker):
    early = on(worker)
    early["metadata"]["name"] = "early"
    apply(kubectl, early)
    wait_for(kubectl, "Ready", "pod/early")
    kubectl.ok("taint", "node", worker, "shop=closed:NoSchedule")
    apply(kubectl, on(worker))
    assert "untolerated taint" in why_pending(kubectl)
    assert "deletionTimestamp" not in kubectl.read("pod", "early")["metadata"]


def test_a_taint_with_no_execute_sends_pods_away(kubectl, worker):
    apply(kubectl, on(worker))
    wait_for(kubectl, "Ready", "pod/shop")
    kubectl.ok("taint", "node", worker, "shop=closed:NoExecute")
    eventually(lambda: kubectl.lacks("pod", "shop"))
    assert event(kubectl, "shop", "TaintManagerEviction") == (
        f"Marking for deletion Pod {kubectl.namespace}/shop"
    )


def test_a_pod_that_tolerates_the_taint_stays(kubectl, worker):
    toleration = {"key": "shop", "operator": "Equal", "value": "closed", "effect": "NoExecute"}
    patient = on(worker, tolerations=[toleration])
    leaving = on(worker)
    leaving["metadata"]["name"] = "leaving"
    apply(kubectl, patient, leaving)
    wait_for(kubectl, "Ready", "pod/shop", "pod/leaving")
    kubectl.ok("taint", "node", worker, "shop=closed:NoExecute")
    eventually(lambda: kubectl.lacks("pod", "leaving"))
    assert "deletionTimestamp" not in kubectl.read("pod", "shop")["metadata"]
