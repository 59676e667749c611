"""Notices when a node has fallen silent, and marks it so that nobody relies on it.

1. A kubelet renews its Lease. Note by our own steady clock when the renewal was seen, not what it says.
2. Silent for longer than the grace period: every condition of the node becomes Unknown.
3. Turn conditions and `spec.unschedulable` into taints: NoSchedule for the scheduler, NoExecute for `taint_eviction.py`.
4. A node that stops being ready: its pods are no longer ready either, so that services stop sending to them.
5. Look again when the grace period ends.

When the kubelet reports again, it sets the conditions itself, and the taints follow.
Unlike upstream: no zones, and no limit on how many nodes are tainted at once.
Models: pkg/controller/nodelifecycle/node_lifecycle_controller.go.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kubetutor.api.objects import condition, is_pod_ready, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

LEASES = "leases.coordination.k8s.io"
LEASE_NAMESPACE = "kube-node-lease"
REPORTED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
PREFIX = "node.kubernetes.io/"
NOT_READY, UNREACHABLE = f"{PREFIX}not-ready", f"{PREFIX}unreachable"
UNSCHEDULABLE = f"{PREFIX}unschedulable"
TAINTS_BY_CONDITION = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): f"{PREFIX}memory-pressure",
    ("DiskPressure", "True"): f"{PREFIX}disk-pressure",
    ("PIDPressure", "True"): f"{PREFIX}pid-pressure",
    ("NetworkUnavailable", "True"): f"{PREFIX}network-unavailable",
}
OURS = {UNSCHEDULABLE, *TAINTS_BY_CONDITION.values()}


def silent_conditions(node: Object, now: str) -> list[Object]:
    """Answer the conditions of a node that has stopped reporting."""
    found = {each["type"]: each for each in node.get("status", {}).get("conditions") or ()}
    silent = []
    for kind in REPORTED:
        current = found.pop(kind, None)
        if current is None:
            silent.append(_unknown(kind, now, node["metadata"].get("creationTimestamp", now)))
        elif current["status"] == "Unknown":
            silent.append(current)
        else:
            message = "Kubelet stopped posting node status."
            changes = {"status": "Unknown", "lastTransitionTime": now, "reason": "NodeStatusUnknown"}
            silent.append({**current, **changes, "message": message})
    order = [each["type"] for each in node.get("status", {}).get("conditions") or ()]
    both = {each["type"]: each for each in [*silent, *found.values()]}
    return [both[kind] for kind in [*order, *(kind for kind in REPORTED if kind not in order)]]


def _unknown(kind: str, now: str, since: str) -> Object:
    return {
        "type": kind,
        "status": "Unknown",
        "lastHeartbeatTime": since,
        "lastTransitionTime": now,
        "reason": "NodeStatusNeverUpdated",
        "message": "Kubelet never posted node status.",
    }


def plan_taints(node: Object, now: str) -> list[Object]:
    """Answer all taints that the node should have: those of others as they are, ours as the conditions say."""
    wanted: dict[tuple[str, str], None] = {}
    for (kind, status), key in TAINTS_BY_CONDITION.items():
        current = condition(node, kind)
        if current is not None and current["status"] == status:
            wanted[key, "NoSchedule"] = None
            if kind == "Ready":
                wanted[key, "NoExecute"] = None
    if node.get("spec", {}).get("unschedulable"):
        wanted[UNSCHEDULABLE, "NoSchedule"] = None
    kept = []
    for taint in node.get("spec", {}).get("taints") or ():
        name = (taint["key"], taint["effect"])
        if taint["key"] not in OURS:
            kept.append(taint)
        elif name in wanted:
            kept.append(taint)
            del wanted[name]
    return kept + [{"key": key, "effect": effect, "timeAdded": now} for key, effect in wanted]


class PodsByNode:
    """Which pods are on which node; kept up to date by a watch."""

    def __init__(self, context: Context) -> None:
        self._pods = context.informers["pods"]
        self._keys: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._pods.on_change(self._on_change)

    def _on_change(self, change: Change) -> None:
        key = key_of(change.object)
        before = change.old["spec"].get("nodeName") if change.old else None
        after = change.object["spec"].get("nodeName") if change.type != "DELETED" else None
        if before and before != after:
            self._keys[before].pop(key, None)
        if after:
            self._keys[after][key] = None

    def keys(self, node: str) -> list[str]:
        return list(self._keys[node]) if node in self._keys else []

    def on(self, node: str) -> list[Object]:
        found = [self._pods.get(key) for key in self.keys(node)]
        return [pod for pod in found if pod is not None]


class NodeLifecycleController:
    name = "node-lifecycle-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock, self._timings = context.client, context.clock, context.timings
        self._events = context.events.as_component("node-controller")
        self._nodes = context.informers["nodes"]
        self._leases = context.informers[LEASES]
        self._pods = PodsByNode(context)
        self._heard: dict[str, float] = {}
        self._known: dict[str, str] = {}

    def start(self, queue: WorkQueue) -> None:
        self._leases.on_change(self._on_lease)
        self._nodes.on_change(lambda change: self._on_node(change, queue))

    def _on_lease(self, change: Change) -> None:
        if change.type == "DELETED" or namespace_of(change.object) != LEASE_NAMESPACE:
            return
        renewed = change.object["spec"].get("renewTime")
        if change.old is None or change.old["spec"].get("renewTime") != renewed:
            self._heard[name_of(change.object)] = self._clock.monotonic()

    def _on_node(self, change: Change, queue: WorkQueue) -> None:
        name = name_of(change.object)
        before = (condition(change.old, "Ready") or {}) if change.old else {}
        after = condition(change.object, "Ready") or {}
        if change.type == "ADDED" or before.get("lastHeartbeatTime") != after.get("lastHeartbeatTime"):
            self._heard[name] = self._clock.monotonic()
        queue.add(name)

    def reconcile(self, key: str) -> float | None:
        node = self._nodes.get(key)
        if node is None:
            self._heard.pop(key, None)
            self._known.pop(key, None)
            return None
        if self._known.get(key) != uid_of(node):
            self._known[key] = uid_of(node)
            message = f"Node {key} event: Registered Node {key} in Controller"
            self._events.normal(node, "RegisteredNode", message)
        silence = self._clock.monotonic() - self._heard.setdefault(key, self._clock.monotonic())
        left = self._timings.node_monitor_grace - silence
        if left <= 0:
            node = self._mark_silent(node)
        self._write_taints(node)
        if (condition(node, "Ready") or {}).get("status") != "True":
            self._mark_pods_not_ready(node)
        return max(left, 0.01) if left > 0 else None

    def _mark_silent(self, node: Object) -> Object:
        conditions = silent_conditions(node, timestamp(self._clock.now()))
        if conditions == node.get("status", {}).get("conditions"):
            return node
        was_ready = (condition(node, "Ready") or {}).get("status") == "True"
        body = {"status": {"conditions": conditions}}
        node = self._client.patch("nodes", name_of(node), body, subresource="status")
        if was_ready:
            self._events.normal(node, "NodeNotReady", f"Node {name_of(node)} status is now: NodeNotReady")
        return node

    def _write_taints(self, node: Object) -> None:
        taints = plan_taints(node, timestamp(self._clock.now()))
        if taints != (node.get("spec", {}).get("taints") or []):
            self._client.patch("nodes", name_of(node), {"spec": {"taints": taints or None}})

    def _mark_pods_not_ready(self, node: Object) -> None:
        for pod in self._pods.on(name_of(node)):
            if not is_pod_ready(pod):
                continue
            now = timestamp(self._clock.now())
            conditions = [
                {**each, "status": "False", "lastTransitionTime": now} if each["type"] == "Ready" else each
                for each in pod["status"]["conditions"]
            ]
            body = {"metadata": {"uid": uid_of(pod)}, "status": {"conditions": conditions}}
            try:
                self._client.patch(
                    "pods", name_of(pod), body, namespace=namespace_of(pod), subresource="status"
                )
            except ApiError as error:
                if error.code != 404:
                    raise
            else:
                self._events.warning(pod, "NodeNotReady", "Node is not ready")
