"""All controllers and the scheduler together, in the real run loop."""

import asyncio
import contextlib
import time

from kubetutor.embedded.client_authority import ClientAuthority
from kubetutor.embedded.controllers import base
from kubetutor.embedded.controllers.every import Keys, all_controllers
from kubetutor.embedded.scheduler.scheduler import Scheduler
from tests.embedded import manifests
from tests.embedded.loops import Cluster


class NoMetrics:
    """A metrics server that has measured nothing yet."""

    @staticmethod
    def pods(_namespace, _requirements):
        return []


async def eventually(holds):
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # there is nothing to wait on: any loop may make it true
            await asyncio.sleep(0.005)


def in_shop(manifest):
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": "shop"}}


async def test_a_deployment_comes_goes_and_leaves_nothing(tmp_path):
    cluster = Cluster()
    client = cluster.client
    keys = Keys("certificate", lambda *_: "token", ClientAuthority(tmp_path))
    controllers = [*all_controllers(cluster.context, keys, NoMetrics()), Scheduler(cluster.context)]
    assert len({each.name for each in controllers}) == len(controllers)
    tasks = [asyncio.create_task(base.run(each)) for each in controllers]
    client.create("namespaces", {"metadata": {"name": "shop"}})
    await eventually(lambda: client.list("serviceaccounts", namespace="shop"))
    for name in ("lab-worker", "lab-worker2"):
        client.create("nodes", manifests.node(name))
    client.create("services", in_shop(manifests.service()))
    client.create("deployments.apps", in_shop(manifests.deployment()))
    await eventually(lambda: sum("nodeName" in pod["spec"] for pod in cluster.pods("shop")) == 3)
    assert {pod["spec"]["nodeName"] for pod in cluster.pods("shop")} == {"lab-worker", "lab-worker2"}
    cluster.make_ready(*cluster.pods("shop"))
    await eventually(
        lambda: (
            client.get("deployments.apps", "web-app", namespace="shop")["status"].get("readyReplicas") == 3
        )
    )
    await eventually(lambda: len(client.list("endpointslices.discovery.k8s.io")[0]["endpoints"]) == 3)
    client.delete("namespaces", "shop")
    await eventually(lambda: any("deletionTimestamp" in pod["metadata"] for pod in cluster.pods("shop")))
    for pod in cluster.pods("shop"):
        client.vanish("pods", f"shop/{pod['metadata']['name']}")
    await eventually(lambda: len(client.list("namespaces")) == 1)
    assert client.list("replicasets.apps") == []
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Slow:
    """A controller whose rounds take a while."""

    name = "slow"

    def __init__(self, seconds):
        self.seconds, self.rounds = seconds, 0

    def start(self, queue):
        self.queue = queue

    def reconcile(self, _key):
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            pass
        self.rounds += 1


async def rounds_of(seconds, changes):
    """Change a thing again and again, and answer how often it was looked at in the end."""
    controller = Slow(seconds)
    running = asyncio.create_task(base.run(controller))
    await asyncio.sleep(0)
    for _ in range(changes):
        controller.queue.add("shop/web")
        await asyncio.sleep(0)
    seen = controller.rounds
    controller.queue.add("shop/web")
    await eventually(lambda: controller.rounds > seen)
    running.cancel()
    return controller.rounds


async def test_a_key_that_takes_long_is_looked_at_once_for_many_changes(monkeypatch):
    monkeypatch.setattr(base, "LONG", 0.0)  # every round counts as long, on any machine
    assert await rounds_of(0.01, 50) < 25
    monkeypatch.setattr(base, "LONG", 1000.0)
    assert await rounds_of(0, 50) == 51
