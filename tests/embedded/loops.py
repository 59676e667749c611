"""Runs controllers until nothing is left to do, on a clock that only the test moves."""

from __future__ import annotations

import itertools

import pytest

from kubetutor.embedded.controllers.base import Context
from kubetutor.embedded.events import EventRecorder
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.timings import CLASSROOM
from kubetutor.errors import ApiError
from tests.embedded.api_server import RecordingClient, make_registry
from tests.embedded.hand_moved_clock import HandMovedClock

MANY = 5000


class Keys:
    """What a controller queues into."""

    def __init__(self, clock):
        self._clock = clock
        self.waiting = {}
        self.later = {}

    def add(self, key):
        self.waiting[key] = None

    def add_after(self, key, seconds):
        due = self._clock.monotonic() + seconds
        self.later[key] = min(due, self.later.get(key, due))

    def ring(self):
        for key, due in list(self.later.items()):
            if due <= self._clock.monotonic():
                del self.later[key]
                self.add(key)


class Cluster:
    """A client, a clock, and the controllers that a test asks for."""

    def __init__(self, timings=CLASSROOM, *, namespaces=("default",)):
        self.clock = HandMovedClock()
        self.client = RecordingClient(make_registry(self.clock, namespaces=namespaces))
        self._addresses = itertools.count(1)
        self.informers = Informers(self.client)
        events = EventRecorder(self.client, self.clock, "test")
        self.context = Context(self.client, self.informers, self.clock, timings, events)
        self._controllers = []
        self.refusals = []

    def run(self, *controllers):
        for controller in controllers:
            keys = Keys(self.clock)
            controller.start(keys)
            self._controllers.append((controller, keys))
        self.settle()
        return self

    def settle(self):
        """Reconcile until every queue is empty. A refused key waits for the next `settle`."""
        refused = []
        for _ in range(MANY):
            for controller, keys in self._controllers:
                keys.ring()
                while keys.waiting:
                    key = next(iter(keys.waiting))
                    del keys.waiting[key]
                    self._reconcile(controller, keys, key, refused)
            if not any(keys.waiting for _, keys in self._controllers):
                for keys, key in refused:
                    keys.add(key)
                return self
        return pytest.fail(f"still busy after {MANY} rounds")

    def _reconcile(self, controller, keys, key, refused):
        try:
            again = controller.reconcile(key)
        except ApiError as error:
            self.refusals.append(error)
            refused.append((keys, key))
        else:
            if again is not None:
                keys.add_after(key, again)

    def advance(self, seconds):
        """Let time pass in small steps, working off what becomes due."""
        self.settle()
        step = max(0.25, seconds / 200)
        left = seconds
        while left > 0:
            self.clock.advance(min(step, left))
            left -= step
            self.settle()
        return self

    def events(self, component=None):
        """Answer the events in the order in which they were written."""
        in_order = sorted(
            self.client.list("events"), key=lambda event: int(event["metadata"]["resourceVersion"])
        )
        return [
            (event["reason"], event["message"])
            for event in in_order
            if component in (None, event["source"]["component"])
        ]

    # ---- what a kubelet would do

    def make_ready(self, *pods):
        for pod in pods:
            self.set_pod(pod, phase="Running", ready=True)

    def set_pod(self, pod, *, phase, ready, ip=None):
        now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        current = self.client.get("pods", pod["metadata"]["name"], namespace=pod["metadata"]["namespace"])
        state = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": now}
        kept = [each for each in current["status"].get("conditions", ()) if each["type"] != "Ready"]
        address = ip or current["status"].get("podIP") or self._new_address()
        body = {"status": {"phase": phase, "conditions": [*kept, state], "podIP": address,
                           "podIPs": [{"ip": address}]}}  # fmt: skip
        self.client.patch(
            "pods", current["metadata"]["name"], body, namespace=current["metadata"]["namespace"],
            subresource="status",
        )  # fmt: skip

    def _new_address(self):
        serial = next(self._addresses)
        return f"127.1.{serial // 250}.{serial % 250}"

    def pods(self, namespace="default"):
        return sorted(self.client.list("pods", namespace=namespace), key=lambda pod: pod["metadata"]["name"])

    def end_deleted_pods(self):
        for pod in self.client.list("pods"):
            if "deletionTimestamp" in pod["metadata"]:
                self.client.vanish("pods", f"{pod['metadata']['namespace']}/{pod['metadata']['name']}")
        self.settle()
