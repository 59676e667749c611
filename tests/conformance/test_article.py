"""The article's example and every command that it names, with the real kubectl."""

import contextlib
import json
import os
import pty
import re
import select
import subprocess
import urllib.request
from collections import Counter

import pytest

from .conftest import EXAMPLE, eventually
from .manifests import deployment, service, web
from .workloads import apply

pytestmark = pytest.mark.kubectl


def address_of(kubectl, service="web-service"):
    """Answer host:port of a LoadBalancer, as `kubectl get service` shows it."""

    def ingress():
        status = kubectl.json("get", "service", service)["status"]["loadBalancer"]
        return status.get("ingress")

    first = eventually(ingress)[0]
    host = first.get("ip") or first["hostname"]
    return host if ":" in host else f"{host}:80"


def ask(address, path="/?json"):
    """Answer what the program says. No answer is a failed assertion: nodes learn of new pods a moment later than the API."""
    request = urllib.request.Request(f"http://{address}{path}", headers={"Connection": "close"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.loads(answer.read())
    except OSError as error:
        raise AssertionError(f"no answer from {address}{path}: {error}") from error


def test_apply_gives_three_ready_pods_spread_over_the_workers(example):
    pods = example.pods()
    assert len(pods) == 3
    nodes = Counter(pod["spec"]["nodeName"] for pod in pods)
    assert len(nodes) == 2
    assert not any("control-plane" in node for node in nodes)


def test_apply_says_created_then_unchanged(kubectl):
    first = kubectl.ok("apply", "-f", str(EXAMPLE))
    assert first == "deployment.apps/web-app created\nservice/web-service created\n"
    second = kubectl.ok("apply", "-f", str(EXAMPLE))
    assert second == "deployment.apps/web-app unchanged\nservice/web-service unchanged\n"


def test_requests_through_the_service_reach_all_three_pods(example):
    address = address_of(example)
    names = {pod["metadata"]["name"] for pod in example.pods()}
    seen = set()

    def all_seen():
        seen.add(ask(address)["pod"])
        return seen == names

    eventually(all_seen, every=0)


def test_an_answer_tells_version_pod_and_node(kubectl):
    told = [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]
    apply(kubectl, deployment(2, web(env=told)), service(type="LoadBalancer"))
    kubectl.ok("rollout", "status", "deployment/web", "--timeout=30s")
    answer = eventually(lambda: ask(address_of(kubectl, "web")))
    nodes_by_pod = {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in kubectl.pods()}
    assert answer["version"] == "1.0"
    assert nodes_by_pod[answer["pod"]] == answer["node"]


def test_get_pods_prints_upstreams_columns(example):
    lines = example.ok("get", "pods").splitlines()
    assert lines[0].split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    for line in lines[1:]:
        assert re.fullmatch(r"web-app-[a-z0-9]{8,10}-[a-z0-9]{5}\s+1/1\s+Running\s+0\s+\d+s", line)


def test_get_deployments_prints_upstreams_columns(example):
    lines = example.ok("get", "deployments").splitlines()
    assert lines[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert lines[1].split()[:4] == ["web-app", "3/3", "3", "3"]


def test_get_all_lists_pod_service_deployment_and_replica_set(example):
    out = example.ok("get", "all")
    for prefix in (
        "pod/web-app-",
        "service/web-service",
        "deployment.apps/web-app",
        "replicaset.apps/web-app-",
    ):
        assert prefix in out


def test_logs_show_what_the_process_printed(example):
    pod = example.pods()[0]["metadata"]["name"]
    assert "3000" in example.ok("logs", pod)


def test_logs_of_a_pod_that_is_not_there_says_so(example):
    answer = example("logs", "ghost")
    assert answer.code == 1
    assert f'pods "ghost" not found in namespace "{example.namespace}"' in answer.err


def test_exec_runs_in_the_pod_and_passes_its_exit_code(example):
    pod = example.pods()[0]["metadata"]["name"]
    assert example.ok("exec", pod, "--", "sh", "-c", "echo hello from $HOSTNAME") == f"hello from {pod}\n"
    answer = example("exec", pod, "--", "sh", "-c", "exit 7")
    assert answer.code == 7
    assert "command terminated with exit code 7" in answer.err


def test_exec_reads_standard_input(example):
    assert example.ok("exec", "-i", "deploy/web-app", "--", "sh", stdin="echo typed\n") == "typed\n"


def test_exec_of_an_unknown_program_says_which(example):
    answer = example("exec", "deploy/web-app", "--", "no-such-program")
    assert answer.code == 1
    assert answer.err.startswith(
        "error: Internal error occurred: Internal error occurred: error executing command"
    )
    assert 'exec: "no-such-program": executable file not found in $PATH' in answer.err


def test_exec_it_bash_is_a_terminal(example):
    pod = example.pods()[0]["metadata"]["name"]
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        example.argv("exec", "-it", pod, "--", "bash"),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=example.environment,
        start_new_session=True,
    )
    os.close(follower)
    try:
        os.write(leader, b"tty && echo pod=$HOSTNAME; exit 3\n")
        text = b""
        while select.select([leader], [], [], 20)[0]:
            try:
                chunk = os.read(leader, 4096)
            except OSError:
                break
            if not chunk:
                break
            text += chunk
        assert process.wait(20) == 3
        assert f"pod={pod}".encode() in text
        assert b"/dev/pts/" in text
    finally:
        os.close(leader)
        process.kill()
        process.wait()


def test_scale_up_and_down(example):
    assert example.ok("scale", "deployment", "web-app", "--replicas=5") == "deployment.apps/web-app scaled\n"
    example.ok("rollout", "status", "deployment/web-app", "--timeout=30s")
    assert len(example.pods()) == 5
    example.ok("scale", "deployment", "web-app", "--replicas=2")
    eventually(lambda: len(example.pods()) == 2)


def test_scale_refuses_as_upstream_does(example):
    stale = example("scale", "deployment", "web-app", "--replicas=3", "--current-replicas=9")
    assert (stale.code, stale.err) == (1, "error: Expected replicas to be 9, was 3\n")
    ghost = example("scale", "deployment", "ghost", "--replicas=3")
    assert (ghost.code, ghost.err) == (
        1,
        'Error from server (NotFound): deployments.apps "ghost" not found\n',
    )


def test_a_new_version_rolls_out_and_undo_brings_the_old_one_back(example):
    out = example.ok("set", "image", "deployment/web-app", "web=my-app:2.0")
    assert out == "deployment.apps/web-app image updated\n"
    status = example.ok("rollout", "status", "deployment/web-app", "--timeout=30s")
    assert status.endswith('deployment "web-app" successfully rolled out\n')
    address = address_of(example)
    eventually(lambda: {ask(address)["version"] for _ in range(5)} == {"2.0"})

    history = example.ok("rollout", "history", "deployment/web-app").splitlines()
    assert [line.split()[0] for line in history[2:] if line] == ["1", "2"]
    assert example.ok("rollout", "undo", "deployment", "web-app") == "deployment.apps/web-app rolled back\n"
    example.ok("rollout", "status", "deployment/web-app", "--timeout=30s")
    eventually(lambda: {ask(address)["version"] for _ in range(5)} == {"1.0"})
    history = example.ok("rollout", "history", "deployment/web-app").splitlines()
    assert [line.split()[0] for line in history[2:] if line] == ["2", "3"]


def test_a_broken_version_stops_the_rollout_and_the_old_pods_serve_on(example):
    # Without a probe, a program that crashes at once is Running, and so Ready, for a moment each time: that costs old pods.
    probe = {"name": "web", "readinessProbe": {"httpGet": {"path": "/", "port": 3000}, "periodSeconds": 1}}
    ready = {"spec": {"template": {"spec": {"containers": [probe]}}}}
    example.ok("patch", "deployment", "web-app", "-p", json.dumps(ready))
    example.ok("rollout", "status", "deployment/web-app", "--timeout=50s")
    example.ok("set", "image", "deployment/web-app", "web=my-app:broken")

    def crashing():
        states = [
            s["state"].get("waiting", {}).get("reason")
            for p in example.pods()
            for s in p["status"].get("containerStatuses", ())
        ]
        return "CrashLoopBackOff" in states

    eventually(crashing)
    deployment = example.json("get", "deployment", "web-app")
    assert deployment["status"]["availableReplicas"] == 3
    address = address_of(example)
    assert {ask(address)["version"] for _ in range(10)} == {"1.0"}
    example.ok("rollout", "undo", "deployment/web-app")
    example.ok("rollout", "status", "deployment/web-app", "--timeout=30s")


def test_an_unknown_tag_waits_in_upstreams_words(example):
    example.ok("set", "image", "deployment/web-app", "web=my-app:9.9")
    seen = set()

    def backing_off():
        for pod in example.pods():
            for status in pod["status"].get("containerStatuses", ()):
                waiting = status["state"].get("waiting", {})
                seen.add(waiting.get("reason"))
                if waiting.get("reason") == "ImagePullBackOff":
                    assert waiting["message"].startswith('Back-off pulling image "my-app:9.9"')
                    return True
        return False

    eventually(backing_off, every=0.01)
    events = example.ok("get", "events")
    for text in (
        'Pulling image "my-app:9.9"',
        'Failed to pull image "my-app:9.9"',
        "Error: ErrImagePull",
        'Back-off pulling image "my-app:9.9"',
        "Error: ImagePullBackOff",
    ):
        assert text in events


def test_a_crashed_process_is_restarted_in_place_and_counted(example):
    address = address_of(example)
    eventually(lambda: ask(address))
    uids = {pod["metadata"]["uid"] for pod in example.pods()}
    with contextlib.suppress(OSError):  # the program may end before it has answered
        urllib.request.urlopen(f"http://{address}/crash", timeout=5).close()

    def restarted():
        statuses = [status for pod in example.pods() for status in pod["status"]["containerStatuses"]]
        return sorted(status["restartCount"] for status in statuses) == [0, 0, 1] and all(
            status["ready"] for status in statuses
        )

    eventually(restarted)
    assert {pod["metadata"]["uid"] for pod in example.pods()} == uids


def test_a_deleted_pod_is_replaced(example):
    before = {pod["metadata"]["name"] for pod in example.pods()}
    victim = min(before)
    out = example.ok("delete", "pod", victim)
    assert out == f'pod "{victim}" deleted from {example.namespace} namespace\n'

    def replaced():
        ready = example.json("get", "deployment", "web-app")["status"].get("readyReplicas")
        now = {pod["metadata"]["name"] for pod in example.pods()}
        return victim not in now and len(now) == 3 and ready == 3

    eventually(replaced)


def test_delete_takes_everything_away(example):
    out = example.ok("delete", "-f", str(EXAMPLE))
    assert f'deployment.apps "web-app" deleted from {example.namespace} namespace' in out
    eventually(lambda: not example.pods())
    eventually(lambda: "No resources found" in example("get", "endpointslices").err)
