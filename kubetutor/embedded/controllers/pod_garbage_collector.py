"""Removes pods whose node is gone for good: no kubelet will ever end them.

1. A pod is bound to a node that does not exist. Note when this was first seen: the node may only be late.
2. Still so after a while: mark the pod Failed if it has not ended, and delete it without grace.

Models: pkg/controller/podgc/gc_controller.go (gcOrphaned).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_pod_finished, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.disruption import mark_disrupted
from kubetutor.embedded.controllers.node_lifecycle import PodsByNode
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

CAUSE = ("DeletionByPodGC", "PodGC: node no longer exists")


class PodGarbageCollector:
    name = "pod-garbage-collector-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock, self._timings = context.client, context.clock, context.timings
        self._nodes, self._pods = context.informers["nodes"], context.informers["pods"]
        self._pods_by_node = PodsByNode(context)
        self._missing_since: dict[str, float] = {}

    def start(self, queue: WorkQueue) -> None:
        self._nodes.on_change(lambda change: self._on_node(change, queue))
        self._pods.on_change(lambda change: self._on_pod(change, queue))

    def _on_node(self, change: Change, queue: WorkQueue) -> None:
        if change.type == "DELETED":
            for key in self._pods_by_node.keys(name_of(change.object)):
                queue.add(key)

    def _on_pod(self, change: Change, queue: WorkQueue) -> None:
        node = change.object["spec"].get("nodeName")
        if change.type != "DELETED" and node and self._nodes.get(node) is None:
            queue.add(key_of(change.object))

    def reconcile(self, key: str) -> float | None:
        pod = self._pods.get(key)
        node = pod["spec"].get("nodeName") if pod else None
        if pod is None or not node:
            return None
        if self._nodes.get(node) is not None:
            self._missing_since.pop(node, None)
            return None
        since = self._missing_since.setdefault(node, self._clock.monotonic())
        left = since + self._timings.lease_duration - self._clock.monotonic()
        if left > 0:
            return left
        self._remove(pod)
        return None

    def _remove(self, pod: Object) -> None:
        try:
            if not is_pod_finished(pod):
                now = timestamp(self._clock.now())
                mark_disrupted(self._client, pod, cause=CAUSE, now=now, phase="Failed")
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": uid_of(pod)}}
            self._client.delete("pods", name_of(pod), namespace=namespace_of(pod), options=options)
        except ApiError as error:
            if error.code != 404:
                raise
