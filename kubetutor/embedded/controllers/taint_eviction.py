"""Evicts pods from nodes that they do not tolerate any more.

1. A node has a NoExecute taint: look at each of its pods.
2. A pod that does not tolerate every such taint goes at once.
3. A pod that tolerates them for so many seconds goes when these have passed; one without a limit stays.
4. The taint is gone in time: the pod stays after all.

Models: pkg/controller/tainteviction/taint_eviction.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, key_of, name_of, namespace_of, uid_of
from kubetutor.api.taints import tolerates
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.disruption import mark_disrupted
from kubetutor.embedded.controllers.node_lifecycle import PodsByNode
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

REASON = "TaintManagerEviction"
CAUSE = ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")


def seconds_tolerated(pod: Object, taints: list[Object]) -> float | None:
    """Answer for how long the pod may stay: 0 is not at all, None is for ever."""
    limits = []
    for taint in taints:
        matching = next(
            (each for each in pod["spec"].get("tolerations") or () if tolerates(each, taint)), None
        )
        if matching is None:
            return 0.0
        if matching.get("tolerationSeconds") is not None:
            limits.append(max(0.0, float(matching["tolerationSeconds"])))
    return min(limits, default=None)


class TaintEvictionController:
    name = "taint-eviction-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._events = context.events.as_component(self.name)
        self._nodes, self._pods = context.informers["nodes"], context.informers["pods"]
        self._pods_by_node = PodsByNode(context)
        self._since: dict[str, tuple[str, float]] = {}

    def start(self, queue: WorkQueue) -> None:
        self._nodes.on_change(lambda change: self._on_node(change, queue))
        self._pods.on_change(lambda change: self._on_pod(change, queue))

    def _on_node(self, change: Change, queue: WorkQueue) -> None:
        if change.old is None or _no_execute(change.old) != _no_execute(change.object):
            for key in self._pods_by_node.keys(name_of(change.object)):
                queue.add(key)

    def _on_pod(self, change: Change, queue: WorkQueue) -> None:
        before = change.old["spec"] if change.old else {}
        after = change.object["spec"]
        moved = before.get("nodeName") != after.get("nodeName")
        if change.type == "DELETED" or moved or before.get("tolerations") != after.get("tolerations"):
            queue.add(key_of(change.object))

    def reconcile(self, key: str) -> float | None:
        pod = self._pods.get(key)
        node = self._nodes.get(pod["spec"].get("nodeName", "")) if pod else None
        if pod is None or is_being_deleted(pod):
            self._since.pop(key, None)
            return None
        taints = _no_execute(node) if node else []
        tolerated = seconds_tolerated(pod, taints) if taints else None
        if tolerated is None:
            self._cancel(pod)
            return None
        uid, since = self._since.get(key, ("", 0.0))
        if uid != uid_of(pod):
            since = self._clock.monotonic()
            self._since[key] = (uid_of(pod), since)
        left = since + tolerated - self._clock.monotonic()
        if left > 0:
            return left
        self._evict(pod)
        return None

    def _cancel(self, pod: Object) -> None:
        if self._since.pop(key_of(pod), None) is not None:
            self._events.normal(pod, REASON, f"Cancelling deletion of Pod {key_of(pod)}")

    def _evict(self, pod: Object) -> None:
        self._events.normal(pod, REASON, f"Marking for deletion Pod {key_of(pod)}")
        try:
            mark_disrupted(self._client, pod, cause=CAUSE, now=timestamp(self._clock.now()))
            options = {"preconditions": {"uid": uid_of(pod)}}
            self._client.delete("pods", name_of(pod), namespace=namespace_of(pod), options=options)
        except ApiError as error:
            if error.code != 404:
                raise
        self._since.pop(key_of(pod), None)


def _no_execute(node: Object) -> list[Object]:
    return [taint for taint in node.get("spec", {}).get("taints") or () if taint["effect"] == "NoExecute"]
