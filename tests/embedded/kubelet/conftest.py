"""One node with a real fork server and real processes; the API server is the real one, in memory."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
import itertools
import os
import time
import uuid

import pytest
import pytest_asyncio

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.events import EventRecorder
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.kubelet.kubelet import Kubelet
from kubetutor.embedded.kubelet.node_context import NodeConfig
from kubetutor.embedded.kubelet.processes import ProcessRuntime
from kubetutor.embedded.timings import CLASSROOM
from tests.embedded.api_server import RecordingClient, make_registry

NAMESPACES = ("shop", "kube-node-lease")
FAST = dataclasses.replace(CLASSROOM, crash_backoff_start=0.2, image_backoff_start=0.3, lease_renew=0.2)
_networks = itertools.count(1)


async def eventually(ask, *, seconds=10.0):
    """Ask until the answer is true; answer it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s; last answer: {answer!r}"
        await asyncio.sleep(0.005)


class World:
    """A node and its surroundings, in the words of the tests."""

    def __init__(self, data_dir, runtime, timings):
        self.data_dir, self.runtime, self.timings = data_dir, runtime, timings
        self.client = RecordingClient(make_registry(SystemClock(), namespaces=NAMESPACES))
        for name in NAMESPACES:
            authority = {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "the authority"}}
            self.client.create("configmaps", authority, namespace=name)
        self.number = os.getpid() % 120 + 100, next(_networks)
        self.kubelet = None
        self.task = None

    async def start(self):
        clock = SystemClock()
        informers = Informers(self.client)
        third, fourth = self.number
        config = NodeConfig(
            name="worker",
            role="worker",
            address=f"127.{third}.{fourth}.1",
            pod_network=ipaddress.ip_network(f"127.{third}.{fourth}.0/24"),
            data_dir=self.data_dir,
            kubelet_version="v1.36.2",
        )
        events = EventRecorder(self.client, clock, "test")
        self.kubelet = Kubelet(config, self.client, informers, clock, self.timings, events, self.runtime)
        self.task = asyncio.create_task(self.kubelet.run())
        await eventually(lambda: self.client.list("nodes"))

    async def stop(self, *, graceful=False):
        await self.kubelet.stop(graceful=graceful)
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    def run_pod(self, name="web", *, image="my-app:1.0", restart="Always", spec=None, **container):
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {
                "nodeName": "worker",
                "restartPolicy": restart,
                "terminationGracePeriodSeconds": 30,
                "containers": [
                    {"name": "web", "image": image, "imagePullPolicy": "IfNotPresent", **container}
                ],
                **(spec or {}),
            },
        }
        return self.client.create("pods", body)

    def pod(self, name="web"):
        found = self.client.list("pods", namespace="shop", field_selector=f"metadata.name={name}")
        return found[0] if found else None

    def status(self, name="web"):
        return (self.pod(name) or {}).get("status", {})

    def container(self, name="web"):
        return (self.status(name).get("containerStatuses") or [{}])[0]

    def is_ready(self, name="web"):
        conditions = {entry["type"]: entry["status"] for entry in self.status(name).get("conditions") or ()}
        return conditions.get("Ready") == "True"

    def is_gone(self, name="web"):
        return self.pod(name) is None

    def process(self, name="web"):
        worker = self.kubelet._workers[self.pod(name)["metadata"]["uid"]]
        return worker.containers.main[0].process

    def events(self, name="web"):
        """List (type, reason, message) in the order of their first time."""
        return [
            (obj["type"], obj["reason"], obj["message"])
            for kind, resource, obj in self.client.changes
            if resource == "events" and kind == "ADDED" and obj["involvedObject"]["name"] == name
        ]

    def history(self, name="web"):
        """List (phase, state, reason, ready) of the first container, one for each change."""
        rows = []
        for _, resource, obj in self.client.changes:
            if resource != "pods" or obj["metadata"]["name"] != name:
                continue
            status = (obj["status"].get("containerStatuses") or [None])[0]
            if status is None:
                continue
            state, inner = next(iter(status["state"].items()))
            row = (obj["status"]["phase"], state, inner.get("reason"), status["ready"])
            if not rows or rows[-1] != row:
                rows.append(row)
        return rows


@pytest.fixture
def cluster_id():
    return uuid.uuid4().hex


@pytest_asyncio.fixture
async def runtime(tmp_path, cluster_id):
    runtime = await ProcessRuntime.start(tmp_path, cluster_id)
    yield runtime
    await runtime.close()


@pytest_asyncio.fixture
async def node(tmp_path, runtime):
    world = World(tmp_path, runtime, FAST)
    await world.start()
    yield world
    await world.stop()


@pytest.fixture(name="eventually")
def eventually_fixture():
    return eventually
