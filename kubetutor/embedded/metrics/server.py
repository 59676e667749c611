"""Measures what pods and nodes use, while somebody wants to know.

1. It sleeps until somebody asks or an autoscaler exists: a cluster that nobody watches costs nothing.
2. Awake, it reads all processes once (see `kubelet/usage.py`), and again a moment later: from then on there are rates.
3. It goes on sampling at its resolution, and sleeps again when nobody has asked for a while and no autoscaler is left.

Unlike upstream: it does not measure all the time, so who wakes it waits for a moment; nodes share one machine, so a
node uses what its pods use, and the control plane's also what the cluster's own process uses.
Models: sigs.k8s.io/metrics-server.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Protocol

from kubetutor.api.objects import key_of, labels_of, name_of
from kubetutor.api.selectors import matches
from kubetutor.embedded.kubelet.node_context import CONTROL_PLANE
from kubetutor.embedded.kubelet.pod_containers import GROUPS
from kubetutor.embedded.kubelet.usage import Use, measure
from kubetutor.embedded.metrics.objects import node_metrics, pod_metrics
from kubetutor.embedded.metrics.points import Point, Points, Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.api.objects import Object
    from kubetutor.api.selectors import Requirements
    from kubetutor.embedded.clock import Clock
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.kubelet.node_context import NodeConfig
    from kubetutor.embedded.kubelet.usage import Running
    from kubetutor.embedded.timings import Timings

AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
FIRST_WINDOW = 1.0  # seconds between the first two samples
KEEP_AWAKE = 60.0  # seconds after the last question
MOST_OF_THE_TIME = 0.05  # may be spent on sampling: with very many pods the samples are further apart
OWN = "the cluster's own process"


class Measured(Protocol):
    """A node, as its kubelet shows it."""

    config: NodeConfig

    def running(self) -> list[Running]: ...


class MetricsServer:
    """Answers PodMetrics and NodeMetrics. `nodes` lists the kubelets that run; `run` it until cancelled."""

    def __init__(
        self, nodes: Callable[[], Iterable[Measured]], informers: Informers, clock: Clock, timings: Timings
    ) -> None:
        self._nodes, self._informers, self._clock, self._timings = nodes, informers, clock, timings
        self._points = Points(timings.metrics_fresh_container)
        self._wanted, self._has_rates = asyncio.Event(), asyncio.Event()
        self._asked_at = clock.monotonic() - KEEP_AWAKE

    async def run(self) -> None:
        self._informers[AUTOSCALERS].on_change(lambda _: self._wanted.set())
        while True:
            await self._wanted.wait()
            await self._sample()
            await self._clock.sleep(FIRST_WINDOW)
            await self._while_wanted()
            self._has_rates.clear()
            self._wanted.clear()
            self._points.clear()

    async def _while_wanted(self) -> None:
        """Sample at least once more: somebody waits for it, however long the first time took."""
        while True:
            took = await self._sample()
            self._has_rates.set()
            await self._clock.sleep(max(self._timings.metrics_resolution, took / MOST_OF_THE_TIME))
            if (
                not self._informers[AUTOSCALERS].list()
                and self._clock.monotonic() > self._asked_at + KEEP_AWAKE
            ):
                return

    async def ready(self) -> None:
        """Return when there are rates, or could be: somebody asks."""
        self._asked_at = self._clock.monotonic()
        self._wanted.set()
        await self._has_rates.wait()

    def pods(self, namespace: str | None, requirements: Requirements = ()) -> list[Object]:
        """Answer what is known of these pods, in the order of their names; one without a rate is left out."""
        chosen = [
            pod for pod in self._informers["pods"].list(namespace) if matches(requirements, labels_of(pod))
        ]
        found = (self.pod(pod) for pod in sorted(chosen, key=key_of))
        return [metrics for metrics in found if metrics is not None]

    def pod(self, pod: Object) -> Object | None:
        """Answer its metrics if all of its containers that run have a rate."""
        rates: dict[str, Rate] = {}
        for container in (entry for group in GROUPS for entry in pod["spec"].get(group) or ()):
            key = _key(key_of(pod), container["name"])
            rate = self._points.rate(key)
            if rate is not None:
                rates[container["name"]] = rate
            elif key in self._points:
                return None
        taken_at = self._points.taken_at
        return pod_metrics(pod, rates, taken_at, self._clock.now()) if rates and taken_at else None

    def nodes(self) -> list[Object]:
        found = (self.node(node) for node in sorted(self._informers["nodes"].list(), key=name_of))
        return [metrics for metrics in found if metrics is not None]

    def node(self, node: Object) -> Object | None:
        rate, taken_at = self._points.rate(name_of(node)), self._points.taken_at
        return node_metrics(node, rate, taken_at, self._clock.now()) if rate and taken_at else None

    async def _sample(self) -> float:
        """Take a sample; answer the seconds that it took."""
        running = [(node.config, node.running()) for node in self._nodes()]
        leaders = {
            leader: _key(container.pod, container.container)
            for _, containers in running
            for container in containers
            for leader in container.leaders
        }
        at = self._clock.monotonic()
        uses = await asyncio.to_thread(measure, {**leaders, os.getpid(): OWN})
        points = [
            point for node, containers in running for point in self._of_node(node, containers, uses, at)
        ]
        self._points.store(points, self._clock.now())
        return self._clock.monotonic() - at

    def _of_node(
        self, node: NodeConfig, containers: list[Running], uses: dict[str, Use], at: float
    ) -> Iterable[Point]:
        now = self._clock.now()
        whole = uses[OWN] if node.role == CONTROL_PLANE else Use()
        for container in containers:
            key = _key(container.pod, container.container)
            use, age = uses[key], (now - container.since).total_seconds()
            whole = Use(whole.cpu + use.cpu, whole.memory + use.memory)
            yield Point(key, container.id, age, at, use.cpu, use.memory)
        yield Point(node.name, node.name, at, at, whole.cpu, whole.memory)


def _key(pod: str, container: str) -> str:
    return f"{pod}/{container}"
