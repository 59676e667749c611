"""A node whose power is cut, and given back: what the cluster notices, and what becomes of the node's pods."""

from __future__ import annotations

import contextlib
import json

import pytest

from kubetutor.api.objects import is_pod_ready
from kubetutor.cluster.backend import Capability
from kubetutor.errors import ClusterError, NotPossibleError

from .conftest import eventually
from .manifests import deployment
from .workloads import apply, rolled_out

pytestmark = [pytest.mark.kubectl, pytest.mark.alone]

NOTICED = (
    180.0  # seconds for a silent node to be noticed: upstream waits 50, and begins anew with a new leader
)
BACK = 120.0  # seconds for a machine to start, and its kubelet
LOST = (
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/not-ready",
)  # the taints of a node that is silent


@pytest.fixture
def worker(cluster, kubectl):
    """The last worker of a cluster whose nodes can be stopped; it runs again afterwards."""
    names = [node["metadata"]["name"] for node in kubectl.json("get", "nodes", "-l", WORKERS)["items"]]
    if Capability.STOP_NODES not in cluster.capabilities:
        with pytest.raises(NotPossibleError) as refusal:
            cluster.stop_node(names[-1])
        pytest.skip(str(refusal.value))
    yield names[-1]
    with contextlib.suppress(ClusterError):  # it runs already
        cluster.start_node(names[-1])
    eventually(lambda: ready(kubectl, names[-1]) == "True", within=BACK)


WORKERS = "!node-role.kubernetes.io/control-plane"


def ready(kubectl, node):
    conditions = kubectl.json("get", "node", node)["status"]["conditions"]
    return next(entry["status"] for entry in conditions if entry["type"] == "Ready")


def pod_on(node, name, *, seconds):
    """A pod that stays this long on a node that cannot be reached; None: for ever."""
    stays = {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}
    if seconds is not None:
        stays["tolerationSeconds"] = seconds
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "nodeName": node,
            "tolerations": [stays],
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "app", "image": "my-app:1.0", "imagePullPolicy": "IfNotPresent"}],
        },
    }


def test_a_node_without_power_is_not_ready_and_comes_back_as_after_a_reboot(cluster, kubectl, worker):
    for pod in (pod_on(worker, "faithful", seconds=None), pod_on(worker, "fickle", seconds=1)):
        kubectl.ok("apply", "-f", "-", stdin=json.dumps(pod))
    kubectl.ok("wait", "--for=condition=Ready", "pod/faithful", "pod/fickle", "--timeout=25s")
    cluster.stop_node(worker)
    eventually(lambda: ready(kubectl, worker) == "Unknown", within=NOTICED)
    eventually(lambda: ("node.kubernetes.io/unreachable", "NoExecute") in taints_of(kubectl, worker))
    eventually(lambda: "deletionTimestamp" in kubectl.json("get", "pod", "fickle")["metadata"])
    assert kubectl.json("get", "pod", "faithful")["status"]["phase"] == "Running"

    cluster.start_node(worker)
    eventually(lambda: ready(kubectl, worker) == "True", within=BACK)
    eventually(lambda: "NotFound" in kubectl("get", "pod", "fickle").err)
    kubectl.ok("wait", "--for=condition=Ready", "pod/faithful", "--timeout=25s")
    assert kubectl.json("get", "pod", "faithful")["status"]["containerStatuses"][0]["restartCount"] == 1
    eventually(lambda: not taints_of(kubectl, worker))


def test_pods_of_a_node_without_power_are_replaced_on_another_node(cluster, kubectl, worker):
    leaves = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 1} for key in LOST
    ]
    here = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": named(worker)}]}
    apply(kubectl, deployment(2, pod_spec={"tolerations": leaves, "affinity": {"nodeAffinity": here}}))
    rolled_out(kubectl)
    assert worker in nodes_of_ready_pods(kubectl)
    cluster.stop_node(worker)
    eventually(lambda: len(elsewhere(kubectl, worker)) == 2, within=NOTICED)
    web = kubectl.read("deployment", "web")
    assert web["status"]["availableReplicas"] == 2


def named(node):
    return {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}


def nodes_of_ready_pods(kubectl):
    return [pod["spec"]["nodeName"] for pod in kubectl.pods() if is_pod_ready(pod)]


def elsewhere(kubectl, worker):
    return [node for node in nodes_of_ready_pods(kubectl) if node != worker]


def taints_of(kubectl, node):
    taints = kubectl.json("get", "node", node)["spec"].get("taints") or []
    return {(taint["key"], taint["effect"]) for taint in taints}


@pytest.mark.usefixtures("worker")
def test_the_control_plane_cannot_be_stopped(cluster, kubectl):
    name = kubectl.json("get", "nodes", "-l", WORKERS.removeprefix("!"))["items"][0]["metadata"]["name"]
    with pytest.raises(ClusterError, match="without it there is no cluster"):
        cluster.stop_node(name)


def test_a_node_that_is_not_there_is_told_with_those_that_are(cluster, worker):
    with pytest.raises(ClusterError, match=f"no node 'ghost'.*{worker}"):
        cluster.stop_node("ghost")


def test_a_node_that_runs_cannot_be_started(cluster, worker):
    with pytest.raises(ClusterError, match="runs already"):
        cluster.start_node(worker)
