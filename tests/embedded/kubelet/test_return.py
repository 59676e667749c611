"""What is left behind, and what comes back."""

from __future__ import annotations

import asyncio
import os

import psutil

from kubetutor.embedded.kubelet import leftovers


def open_files():
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names are counted, nothing more


async def test_pods_that_may_not_restart_do_not_come_back(node, eventually):
    node.run_pod(restart="Never")
    await eventually(node.is_ready)
    await node.stop()
    await node.start()
    await eventually(lambda: node.status().get("phase") == "Failed")
    ended = node.container()["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"], node.container()["restartCount"]) == (255, "Unknown", 0)


async def test_a_pod_that_never_started_starts_when_its_node_is_back(node, eventually):
    node.run_pod(image="shop/cart:1.0")
    await eventually(lambda: "ImagePullBackOff" in str(node.status()))
    await node.stop()
    (node.data_dir / "images.json").write_text('{"docker.io/shop/cart:1.0": ["sleep", "60"]}')
    await node.start()
    await eventually(node.is_ready)
    assert node.container()["restartCount"] == 0
    assert "SandboxChanged" not in [reason for _, reason, _ in node.events()]


async def test_finished_pods_stay_finished(node, eventually):
    node.run_pod(image="busybox", restart="OnFailure", command=["true"])
    await eventually(lambda: node.status().get("phase") == "Succeeded")
    status = node.status()
    await node.stop()
    await node.start()
    node.run_pod("other")
    await eventually(lambda: node.is_ready("other"))
    assert node.status() == status


async def test_a_pod_that_waits_to_restart_can_be_deleted(node, eventually):
    node.run_pod(image="my-app:broken")
    await eventually(lambda: "CrashLoopBackOff" in str(node.status()))
    node.client.delete("pods", "web", namespace="shop")
    await eventually(node.is_gone)
    last = [obj for _, resource, obj in node.client.changes if resource == "pods"][-1]
    assert last["status"]["phase"] == "Failed"
    assert last["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1


async def test_a_pod_of_the_host_network_has_the_nodes_address(node, eventually):
    node.run_pod(image="busybox", command=["sleep", "60"], spec={"hostNetwork": True})
    await eventually(node.is_ready)
    assert node.status()["podIP"] == node.status()["hostIP"] == node.kubelet.config.address


async def test_a_name_may_be_taken_again_at_once(node, eventually):
    for _ in range(5):
        node.run_pod()
        await eventually(node.is_ready)
        node.client.delete("pods", "web", namespace="shop", options={"gracePeriodSeconds": 0})
    await eventually(lambda: not node.kubelet._workers)


async def test_pods_that_come_and_go_leave_nothing_behind(node, eventually, cluster_id):
    before = open_files()
    for grace in (0, 1, 30, 0):
        names = [f"pod-{number}" for number in range(12)]
        for name in names:
            node.run_pod(name)
        await asyncio.sleep(0)
        if grace:
            await eventually(lambda names=names: all(node.is_ready(name) for name in names))
        for name in names:
            node.client.delete("pods", name, namespace="shop", options={"gracePeriodSeconds": grace})
        await eventually(lambda names=names: all(node.is_gone(name) for name in names))
    await eventually(lambda: not node.kubelet._workers)
    await eventually(lambda: len([pid for pid in leftovers.find(cluster_id) if psutil.pid_exists(pid)]) == 1)
    await eventually(lambda: open_files() <= before)
    assert list((node.kubelet.config.folder / "pods").iterdir()) == []


async def test_an_empty_folder_is_as_it_was_when_its_node_is_back(node, eventually):
    spec = {"volumes": [{"name": "work", "emptyDir": {}}]}
    node.run_pod(
        image="busybox",
        command=["sleep", "60"],
        spec=spec,
        volumeMounts=[{"name": "work", "mountPath": "/work"}],
    )
    await eventually(node.is_ready)
    uid = node.pod()["metadata"]["uid"]
    note = node.kubelet.config.folder / "pods" / uid / "volumes" / "kubernetes.io~empty-dir" / "work" / "note"
    note.write_text("kept")
    await node.stop()
    await node.start()
    await eventually(lambda: node.container().get("restartCount") == 1)
    assert note.read_text() == "kept"


async def test_what_pods_left_that_went_meanwhile_is_removed(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    folder = node.kubelet.config.folder / "pods" / node.pod()["metadata"]["uid"]
    await node.stop()
    assert folder.exists()
    node.client.vanish("pods", "shop/web")
    await node.start()
    await eventually(lambda: not folder.exists())
