"""Probes of real processes, told in upstream's words."""

from __future__ import annotations

import pytest

QUICK = {"periodSeconds": 1, "failureThreshold": 1}


def unhealthy(node, name="web"):
    return [message for _, reason, message in node.events(name) if reason == "Unhealthy"]


async def test_a_pod_is_ready_when_its_readiness_probe_succeeds(node, eventually):
    node.run_pod(
        readinessProbe={"httpGet": {"path": "/healthz", "port": "web"}},
        ports=[{"name": "web", "containerPort": 3000}],
    )
    await eventually(node.is_ready)
    assert node.history()[1:] == [("Running", "running", None, False), ("Running", "running", None, True)]


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        ({"httpGet": {"path": "/nope", "port": 3000}}, "HTTP probe failed with statuscode: 404"),
        (
            {"httpGet": {"path": "/healthz", "port": 3999}},
            'Get "http://{ip}:3999/healthz": dial tcp {ip}:3999: connect: connection refused',
        ),
        ({"tcpSocket": {"port": 3999}}, "dial tcp {ip}:3999: connect: connection refused"),
        ({"exec": {"command": ["sh", "-c", "echo not yet; exit 1"]}}, "not yet\n"),
        (
            {"exec": {"command": ["sleep", "9"]}, "timeoutSeconds": 1},
            'command timed out: "sleep 9" timed out after 1s',
        ),
    ],
)
async def test_a_failed_readiness_probe_says_why(node, eventually, probe, words):
    node.run_pod(readinessProbe={**QUICK, **probe})
    said = await eventually(lambda: unhealthy(node))
    assert said[0] == "Readiness probe failed: " + words.format(ip=node.status()["podIP"])
    assert not node.is_ready()
    assert node.container()["started"] is True


async def test_a_probe_that_cannot_run_counts_neither_way(node, eventually):
    node.run_pod(livenessProbe={**QUICK, "exec": {"command": ["no-such-program"]}})
    said = await eventually(lambda: unhealthy(node))
    assert said[0].startswith(
        "Liveness probe errored and resulted in unknown state: rpc error: code = Unknown"
    )
    assert node.container()["restartCount"] == 0


async def test_a_container_that_fails_its_liveness_probe_is_restarted(node, eventually):
    node.run_pod(livenessProbe={**QUICK, "tcpSocket": {"port": 3999}})
    await eventually(lambda: node.container().get("restartCount") == 1)
    assert ("Normal", "Killing", "Container web failed liveness probe, will be restarted") in node.events()
    assert node.container()["lastState"]["terminated"]["reason"] == "Completed"
    assert ("Running", "terminated", "Completed", False) not in node.history()


async def test_a_container_that_never_starts_up_is_restarted(node, eventually):
    node.run_pod(startupProbe={**QUICK, "exec": {"command": ["false"]}})
    await eventually(lambda: "running" in str(node.container().get("state")))
    assert (node.container()["started"], node.container()["ready"]) == (False, False)
    await eventually(lambda: node.container().get("restartCount") == 1)
    assert ("Normal", "Killing", "Container web failed startup probe, will be restarted") in node.events()
    assert unhealthy(node)[0] == "Startup probe failed: "


async def test_other_probes_wait_for_the_startup_probe(node, eventually):
    ready = {"httpGet": {"path": "/healthz", "port": 3000}}
    node.run_pod(startupProbe=ready, readinessProbe={**QUICK, **ready})
    await eventually(node.is_ready)
    assert node.history()[1:] == [("Running", "running", None, False), ("Running", "running", None, True)]


async def test_hooks_run_after_the_start_and_before_the_end(node, eventually, tmp_path):
    def note(word):
        return {"exec": {"command": ["sh", "-c", f"echo {word} >> {tmp_path}/notes"]}}

    node.run_pod(lifecycle={"postStart": note("started"), "preStop": note("ending")})
    await eventually(node.is_ready)
    assert (tmp_path / "notes").read_text() == "started\n"
    node.client.delete("pods", "web", namespace="shop")
    await eventually(node.is_gone)
    assert (tmp_path / "notes").read_text() == "started\nending\n"


async def test_a_failed_hook_ends_the_container(node, eventually):
    node.run_pod(restart="Never", lifecycle={"postStart": {"exec": {"command": ["false"]}}})
    await eventually(lambda: node.status().get("phase") == "Failed")
    assert ("Warning", "FailedPostStartHook", "PostStartHook failed") in node.events()
