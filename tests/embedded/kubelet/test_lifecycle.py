"""A pod's life on a node: what is told, and in which order."""

from __future__ import annotations

import asyncio
import os
import signal

import psutil


async def ask(address, path="/"):
    reader, writer = await asyncio.open_connection(address, 3000)
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.decode()


async def test_a_pod_becomes_a_process_that_answers_at_the_pods_address(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    answer = await ask(node.status()["podIP"])
    assert "my-app 1.0 on pod web, node worker" in answer


async def test_who_leaves_before_the_answer_ends_nothing(node, eventually):
    """The second write of an answer finds the connection broken, and the application lives on: as one of Python does."""
    node.run_pod(env=[{"name": "WORK_MS", "value": "100"}])
    await eventually(node.is_ready)
    address = node.status()["podIP"]
    for _ in range(3):
        _reader, writer = await asyncio.open_connection(address, 3000)
        writer.write(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    answer = await ask(address)
    assert "my-app 1.0 on pod web" in answer
    assert node.container()["restartCount"] == 0


async def test_a_new_pod_is_told_as_upstream_tells_it(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    assert node.history() == [
        ("Pending", "waiting", "ContainerCreating", False),
        ("Running", "running", None, True),
    ]
    assert node.events() == [
        (
            "Normal",
            "Pulled",
            'Container image "my-app:1.0" already present on machine and can be accessed by the pod',
        ),
        ("Normal", "Created", "Container created"),
        ("Normal", "Started", "Container started"),
    ]


async def test_events_name_the_container_and_the_node(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    event = next(obj for _, resource, obj in node.client.changes if resource == "events")
    assert event["involvedObject"]["fieldPath"] == "spec.containers{web}"
    assert event["involvedObject"]["kind"] == "Pod"
    assert event["source"] == {"component": "kubelet", "host": "worker"}


async def test_a_running_pods_status_has_what_upstreams_has(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    status = node.status()
    assert [
        (entry["type"], entry["status"], entry["observedGeneration"]) for entry in status["conditions"]
    ] == [
        ("PodReadyToStartContainers", "True", 1),
        ("Initialized", "True", 1),
        ("Ready", "True", 1),
        ("ContainersReady", "True", 1),
        ("PodScheduled", "True", 1),
    ]
    container = node.container()
    assert container["containerID"].startswith("kubetutor://")
    assert container["image"] == "docker.io/library/my-app:1.0"
    assert container["imageID"].startswith("sha256:")
    assert (container["started"], container["restartCount"], container["lastState"]) == (True, 0, {})
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert status["qosClass"] == "BestEffort"


async def test_a_deleted_pod_ends_gracefully_and_then_its_object_goes(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    await ask(node.status()["podIP"])
    pid = node.process().pid
    node.client.delete("pods", "web", namespace="shop")
    await eventually(node.is_gone)
    assert node.history()[-2:] == [
        ("Running", "running", None, True),
        ("Succeeded", "terminated", "Completed", False),
    ]
    assert node.events()[-1] == ("Normal", "Killing", "Stopping container web")
    last = [obj for _, resource, obj in node.client.changes if resource == "pods"][-1]
    reasons = {entry["type"]: entry.get("reason") for entry in last["status"]["conditions"]}
    assert reasons["Ready"] == "PodCompleted"
    assert last["status"]["observedGeneration"] == 2
    assert not psutil.pid_exists(pid)


async def test_a_process_that_ignores_sigterm_is_killed_when_its_grace_period_is_over(node, eventually):
    node.run_pod(image="busybox", command=["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"])
    await eventually(node.is_ready)
    node.client.delete("pods", "web", namespace="shop", options={"gracePeriodSeconds": 1})
    await eventually(node.is_gone)
    assert node.history()[-1] == ("Failed", "terminated", "Error", False)


async def test_a_pod_deleted_by_force_leaves_no_process(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    pid = node.process().pid
    node.client.delete("pods", "web", namespace="shop", options={"gracePeriodSeconds": 0})
    await eventually(lambda: not psutil.pid_exists(pid))
    await eventually(lambda: not node.kubelet._workers)


async def test_a_process_killed_from_outside_is_restarted_and_counted(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    os.kill(node.process().pid, signal.SIGKILL)
    await eventually(lambda: node.container()["restartCount"] == 1)
    assert node.container()["lastState"]["terminated"]["exitCode"] == 137
    assert node.container()["lastState"]["terminated"]["reason"] == "Error"
    assert ("Running", "terminated", "Error", False) in node.history()


async def test_a_crashing_container_restarts_at_once_and_then_backs_off(node, eventually):
    node.run_pod(image="my-app:broken")
    await eventually(lambda: node.container().get("restartCount") == 2)
    assert node.history()[:7] == [
        ("Pending", "waiting", "ContainerCreating", False),
        ("Running", "running", None, True),
        ("Running", "terminated", "Error", False),
        ("Running", "running", None, True),
        ("Running", "terminated", "Error", False),
        ("Running", "waiting", "CrashLoopBackOff", False),
        ("Running", "running", None, True),
    ]
    uid = node.pod()["metadata"]["uid"]
    text = f"Back-off restarting failed container web in pod web_shop({uid})"
    assert ("Warning", "BackOff", text) in node.events()
    messages = [
        obj["status"]["containerStatuses"][0]["state"]["waiting"].get("message")
        for _, resource, obj in node.client.changes
        if resource == "pods"
        and "waiting" in (obj["status"].get("containerStatuses") or [{"state": {}}])[0]["state"]
    ]
    assert f"back-off 200ms restarting failed container=web pod=web_shop({uid})" in messages


async def test_a_pod_that_may_not_restart_ends_as_its_containers_do(node, eventually):
    node.run_pod("report", image="busybox", restart="Never", command=["true"])
    node.run_pod("broken", image="my-app:broken", restart="Never")
    await eventually(lambda: node.status("report").get("phase") == "Succeeded")
    await eventually(lambda: node.status("broken").get("phase") == "Failed")
    reasons = {entry["type"]: entry.get("reason") for entry in node.status("broken")["conditions"]}
    assert reasons["Ready"] == "PodFailed"
    node.client.delete("pods", "report", namespace="shop")
    await eventually(lambda: node.is_gone("report"))


async def test_an_image_that_is_not_there_is_told_in_upstreams_words(node, eventually):
    node.run_pod(image="my-app:9.9")
    await eventually(lambda: len(node.history()) >= 4)
    name = "docker.io/library/my-app:9.9"
    failure = (
        f'failed to pull and unpack image "{name}": failed to resolve reference "{name}": {name}: not found'
    )
    assert node.history()[:4] == [
        ("Pending", "waiting", "ContainerCreating", False),
        ("Pending", "waiting", "ErrImagePull", False),
        ("Pending", "waiting", "ImagePullBackOff", False),
        ("Pending", "waiting", "ErrImagePull", False),
    ]
    assert node.events()[:5] == [
        ("Normal", "Pulling", 'Pulling image "my-app:9.9"'),
        ("Warning", "Failed", f'Failed to pull image "my-app:9.9": {failure}'),
        ("Warning", "Failed", "Error: ErrImagePull"),
        ("Normal", "BackOff", 'Back-off pulling image "my-app:9.9"'),
        ("Warning", "Failed", "Error: ImagePullBackOff"),
    ]


async def test_a_pod_whose_container_never_ran_is_removed(node, eventually):
    node.run_pod(image="my-app:9.9")
    await eventually(lambda: "ImagePullBackOff" in str(node.status()))
    node.client.delete("pods", "web", namespace="shop")
    await eventually(node.is_gone)
    last = [obj for _, resource, obj in node.client.changes if resource == "pods"][-1]
    ended = last["status"]["containerStatuses"][0]["state"]["terminated"]
    assert last["status"]["phase"] == "Failed"
    assert (ended["exitCode"], ended["reason"]) == (137, "ContainerStatusUnknown")
    assert {entry["type"]: entry.get("reason") for entry in last["status"]["conditions"]}[
        "Ready"
    ] == "ContainersNotReady"


async def test_an_image_that_may_not_be_pulled_says_so(node, eventually):
    node.run_pod(image="shop/cart:1.0", imagePullPolicy="Never")
    await eventually(lambda: ("Warning", "Failed", "Error: ErrImageNeverPull") in node.events())
    waiting = node.container()["state"]["waiting"]
    assert waiting["reason"] == "ErrImageNeverPull"
    assert waiting["message"] == 'Container image "shop/cart:1.0" is not present with pull policy of Never'


async def test_a_program_that_is_not_there_fails_to_start(node, eventually):
    node.run_pod(command=["no-such-program"], restart="Never")
    await eventually(lambda: node.status().get("phase") == "Failed")
    ended = node.container()["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (128, "StartError")
    assert 'exec: "no-such-program": executable file not found in $PATH' in ended["message"]


async def test_after_a_restart_of_the_node_its_pods_come_back_and_are_counted(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    address, pid = node.status()["podIP"], node.process().pid
    await node.stop()
    await eventually(lambda: not psutil.pid_exists(pid))
    assert node.is_ready()
    await node.start()
    await eventually(lambda: node.container()["restartCount"] == 1 and node.is_ready())
    assert node.container()["lastState"]["terminated"]["exitCode"] == 255
    assert node.container()["lastState"]["terminated"]["reason"] == "Unknown"
    assert node.status()["podIP"] == address
    assert (
        "Normal",
        "SandboxChanged",
        "Pod sandbox changed, it will be killed and re-created.",
    ) in node.events()


async def test_a_pod_deleted_while_its_node_was_away_is_removed_when_it_is_back(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    await node.stop()
    node.client.delete("pods", "web", namespace="shop")
    await node.start()
    await eventually(node.is_gone)
    last = [obj for _, resource, obj in node.client.changes if resource == "pods"][-1]
    assert last["status"]["phase"] == "Failed"


async def test_init_containers_run_in_order_and_sidecars_stay(node, eventually):
    init = [
        {"name": "first", "image": "busybox", "command": ["sh", "-c", "echo first"]},
        {"name": "helper", "image": "busybox", "command": ["sleep", "60"], "restartPolicy": "Always"},
        {"name": "second", "image": "busybox", "command": ["sh", "-c", "echo second"]},
    ]
    node.run_pod(spec={"initContainers": init}, restart="Never", image="busybox", command=["true"])
    await eventually(lambda: node.status().get("phase") == "Succeeded")
    started = [message for _, reason, message in node.events() if reason == "Started"]
    assert started == ["Container started"] * 4
    ended = [entry["state"]["terminated"]["exitCode"] for entry in node.status()["initContainerStatuses"]]
    assert ended == [0, 143, 0]


async def test_a_pod_waits_for_the_init_containers(node, eventually):
    init = [{"name": "wait", "image": "busybox", "command": ["sh", "-c", "sleep 60"]}]
    node.run_pod(spec={"initContainers": init})
    await eventually(lambda: "running" in str(node.status().get("initContainerStatuses")))
    assert node.status()["phase"] == "Pending"
    conditions = {entry["type"]: entry for entry in node.status()["conditions"]}
    assert conditions["Initialized"]["reason"] == "ContainersNotInitialized"
    assert conditions["Initialized"]["message"] == "containers with incomplete status: [wait]"
    assert node.container()["state"]["waiting"]["reason"] == "PodInitializing"


async def test_a_pod_past_its_active_deadline_fails(node, eventually):
    node.run_pod(image="busybox", command=["sleep", "60"], spec={"activeDeadlineSeconds": 1})
    await eventually(lambda: node.status().get("phase") == "Failed")
    assert node.status()["reason"] == "DeadlineExceeded"


async def test_a_container_over_its_memory_limit_is_killed(node, eventually):
    eat = "x = bytearray(60_000_000)\nimport time\ntime.sleep(60)"
    limits = {"limits": {"memory": "30Mi"}}
    node.run_pod(image="python", command=["python3", "-c", eat], restart="Never", resources=limits)
    await eventually(lambda: node.status().get("phase") == "Failed")
    assert node.container()["state"]["terminated"]["reason"] == "OOMKilled"
    assert node.container()["state"]["terminated"]["exitCode"] == 137
