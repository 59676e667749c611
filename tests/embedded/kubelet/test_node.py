"""The node itself: its object, its lease, its stop."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from pathlib import Path

import psutil
import pytest

from kubetutor.embedded.kubelet.node_context import CONTROL_PLANE_TAINT, NodeConfig
from kubetutor.embedded.kubelet.node_status import new_node

LEASES = "leases.coordination.k8s.io"
UPSTREAM = Path(__file__).parents[2] / "upstream"


async def test_a_node_registers_as_upstreams_does(node):
    mine = node.client.get("nodes", "worker")
    golden = json.loads((UPSTREAM / "fresh-cluster.json").read_text())["/api/v1/nodes"]["items"][1]
    assert set(golden["metadata"]["labels"]) == set(mine["metadata"]["labels"])
    assert golden["metadata"]["annotations"] == mine["metadata"]["annotations"]
    assert set(golden["status"]["capacity"]) == set(mine["status"]["capacity"])
    assert set(golden["status"]["nodeInfo"]) == set(mine["status"]["nodeInfo"])
    told = [
        (entry["type"], entry["status"], entry["reason"], entry["message"])
        for entry in mine["status"]["conditions"]
    ]
    assert told == [
        (entry["type"], entry["status"], entry["reason"], entry["message"])
        for entry in golden["status"]["conditions"]
    ]


async def test_the_lease_is_renewed(node, eventually):
    def renewed():
        return node.client.get(LEASES, "worker", namespace="kube-node-lease")["spec"]["renewTime"]

    first = renewed()
    await eventually(lambda: renewed() > first)
    lease = node.client.get(LEASES, "worker", namespace="kube-node-lease")
    assert lease["spec"]["leaseDurationSeconds"] == 8
    assert lease["metadata"]["ownerReferences"][0]["kind"] == "Node"


async def test_a_node_that_was_given_up_says_that_it_is_ready_again(node, eventually):
    lost = [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]
    node.client.patch("nodes", "worker", {"status": {"conditions": lost}}, subresource="status")
    await eventually(
        lambda: node.client.get("nodes", "worker")["status"]["conditions"][-1]["status"] == "True"
    )


async def test_a_stopped_node_tells_nobody_and_leaves_no_process(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    pid, version = node.process().pid, node.pod()["metadata"]["resourceVersion"]
    await node.kubelet.stop(graceful=False)
    await eventually(lambda: not psutil.pid_exists(pid))
    assert node.pod()["metadata"]["resourceVersion"] == version
    assert node.client.get("nodes", "worker")["status"]["conditions"][-1]["status"] == "True"


async def test_a_graceful_stop_lets_processes_finish(node, eventually, tmp_path):
    script = f"trap 'echo finished > {tmp_path}/note; exit' TERM; while :; do sleep 0.02; done"
    node.run_pod(image="busybox", command=["sh", "-c", script])
    await eventually(node.is_ready)
    await eventually(lambda: len(psutil.Process(node.process().pid).children()) > 0)
    await node.kubelet.stop(graceful=True)
    assert (tmp_path / "note").read_text() == "finished\n"


async def test_pods_of_other_nodes_are_not_ours(node, eventually):
    node.run_pod("theirs", spec={"nodeName": "elsewhere"})
    node.run_pod("ours")
    await eventually(lambda: node.is_ready("ours"))
    assert "containerStatuses" not in node.status("theirs")


@pytest.mark.parametrize(("is_alone", "taints"), [(False, [CONTROL_PLANE_TAINT]), (True, [])])
def test_pods_and_load_balancers_may_have_a_control_plane_that_is_alone(tmp_path, is_alone, taints):
    network = ipaddress.ip_network("127.96.1.0/24")
    config = NodeConfig("one", "control-plane", "127.96.0.2", network, tmp_path, "v1.36.0", is_alone=is_alone)
    made = new_node(config, dt.datetime.now(dt.UTC))
    assert made["spec"].get("taints", []) == taints
    assert "node-role.kubernetes.io/control-plane" in made["metadata"]["labels"]
    excluded = "node.kubernetes.io/exclude-from-external-load-balancers" in made["metadata"]["labels"]
    assert excluded is not is_alone
