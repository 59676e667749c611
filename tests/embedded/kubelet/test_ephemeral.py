"""Containers that are added to a pod that runs, and a node that goes and comes back."""

from __future__ import annotations

import psutil


def add(node, name, *command, **more):
    """Add a container to the pod, beside those that were added before."""
    container = {"name": name, "image": "busybox:1.36", "command": list(command), **more}
    known = node.pod()["spec"].get("ephemeralContainers", [])
    body = {"spec": {"ephemeralContainers": [*known, container]}}
    node.client.patch("pods", "web", body, namespace="shop", subresource="ephemeralcontainers")


def state(node, name):
    statuses = node.status().get("ephemeralContainerStatuses") or ()
    return next((entry["state"] for entry in statuses if entry["name"] == name), {})


async def test_an_added_container_runs_once_and_the_pod_stays_as_it_is(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    add(node, "helper", "sh", "-c", "exit 3")
    await eventually(lambda: state(node, "helper").get("terminated", {}).get("exitCode") == 3)
    assert node.is_ready()
    assert node.container()["restartCount"] == 0


async def test_one_that_ran_does_not_come_back_with_its_node_and_one_that_did_not_runs(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    add(node, "helper", "sleep", "100")
    await eventually(lambda: "running" in state(node, "helper"))
    await node.stop()
    add(node, "late", "sh", "-c", "exit 4")
    await node.start()
    await eventually(lambda: state(node, "late").get("terminated", {}).get("exitCode") == 4)
    assert state(node, "helper")["terminated"]["reason"] == "Unknown"
    await eventually(node.is_ready)


async def test_one_waits_for_its_target_to_begin(node, eventually):
    node.run_pod(image="shop/cart:1.0")
    await eventually(lambda: "ImagePullBackOff" in str(node.status()))
    add(node, "helper", "true", targetContainerName="web")
    await eventually(lambda: "CreateContainerConfigError" in str(state(node, "helper")))
    assert state(node, "helper")["waiting"]["message"] == "unable to find target container web"
    (node.data_dir / "images.json").write_text('{"docker.io/shop/cart:1.0": ["sleep", "60"]}')
    await eventually(lambda: state(node, "helper").get("terminated", {}).get("exitCode") == 0)


async def test_no_process_of_one_outlives_its_pod(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    add(node, "helper", "sleep", "100")
    await eventually(lambda: "running" in state(node, "helper"))
    worker = node.kubelet._workers[node.pod()["metadata"]["uid"]]
    process = psutil.Process(worker.containers.find("helper").process.pid)
    node.client.delete("pods", "web", namespace="shop", options={"gracePeriodSeconds": 0})
    await eventually(lambda: not process.is_running())
    await eventually(lambda: not node.kubelet._workers)
