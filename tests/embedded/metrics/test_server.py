"""When the metrics server measures, and what it answers, for processes that really run."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import subprocess
from ipaddress import IPv4Network

import pytest

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.kubelet.node_context import NodeConfig
from kubetutor.embedded.kubelet.usage import Running
from kubetutor.embedded.metrics import server as metrics_server
from kubetutor.embedded.metrics.server import MetricsServer
from kubetutor.embedded.timings import CLASSROOM
from tests.embedded import manifests
from tests.embedded.api_server import RecordingClient, make_registry

QUICK = dataclasses.replace(CLASSROOM, metrics_resolution=0.05, metrics_fresh_container=0.0)


class Node:
    """A kubelet whose pod `till` is one process."""

    def __init__(self, tmp_path, pid):
        network = IPv4Network("127.96.1.0/24")
        self.config = NodeConfig("one", "worker", "127.96.0.2", network, tmp_path, "v1.36.0")
        self.pid, self.asked = pid, 0

    def running(self):
        self.asked += 1
        since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        return [Running("default/till", "web", "run", since, (self.pid,))]


@pytest.fixture
def process():
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def node(tmp_path, process):
    return Node(tmp_path, process.pid)


@pytest.fixture
async def server(node, monkeypatch):
    monkeypatch.setattr(metrics_server, "FIRST_WINDOW", 0.05)
    monkeypatch.setattr(metrics_server, "KEEP_AWAKE", 0.2)
    clock = SystemClock()
    client = RecordingClient(make_registry(clock))
    client.create("nodes", {"metadata": {"name": "one"}})
    client.create("pods", manifests.pod("till", node="one"), namespace="default")
    server = MetricsServer(lambda: [node], Informers(client), clock, QUICK)
    server.client = client
    task = asyncio.create_task(server.run())
    yield server
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(holds):
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # there is nothing to wait on
            await asyncio.sleep(0.01)


async def test_it_sleeps_until_somebody_asks(server, node):
    await asyncio.sleep(0)
    assert node.asked == 0
    await server.ready()
    assert node.asked >= 2


async def test_who_asks_gets_pods_and_nodes(server):
    await server.ready()
    [pod], [of_node] = server.pods(None), server.nodes()
    assert (pod["kind"], pod["metadata"]["name"], pod["metadata"]["namespace"]) == (
        "PodMetrics",
        "till",
        "default",
    )
    assert [container["name"] for container in pod["containers"]] == ["web"]
    usage = pod["containers"][0]["usage"]
    assert usage["cpu"] == "0"
    assert usage["memory"].endswith("Ki")
    assert (of_node["kind"], of_node["usage"]) == ("NodeMetrics", usage)


async def test_it_sleeps_again_when_nobody_asks_any_more(server, node):
    await server.ready()
    await until(lambda: not server.pods(None))
    asked = node.asked
    await server.ready()
    assert node.asked >= asked + 2


async def test_who_asks_is_answered_however_slow_the_machine_is(server, monkeypatch):
    monkeypatch.setattr(metrics_server, "KEEP_AWAKE", 0.0)
    async with asyncio.timeout(10):
        await server.ready()
    assert server.pods(None)


async def test_an_autoscaler_keeps_it_awake(server, node):
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    body = {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": reference, "maxReplicas": 3}}
    server.client.create(metrics_server.AUTOSCALERS, body, namespace="default")
    await until(lambda: node.asked > 8)
    assert server.pods("default")
    server.client.delete(metrics_server.AUTOSCALERS, "web", namespace="default")
    await until(lambda: not server.pods("default"))


async def test_a_pod_that_does_not_run_has_no_metrics(server):
    server.client.create("pods", manifests.pod("idle", node="one"), namespace="default")
    await server.ready()
    assert [pod["metadata"]["name"] for pod in server.pods(None)] == ["till"]
