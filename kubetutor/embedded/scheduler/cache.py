"""What is on each node, kept up to date change by change, so that a decision never counts pods.

Pods with the same namespace and labels are counted together: a selector is asked once for each such group.
Models: pkg/scheduler/backend/cache.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    is_being_deleted,
    is_pod_finished,
    key_of,
    labels_of,
    name_of,
    namespace_of,
)
from kubetutor.api.selectors import matches
from kubetutor.embedded.scheduler.resources import (
    Amounts,
    amounts,
    assumed_requests,
    host_ports,
    pod_requests,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.api.objects import Object
    from kubetutor.api.selectors import Requirements
    from kubetutor.embedded.client import Change


@dataclass(frozen=True, slots=True)
class Group:
    """Pods that no selector can tell apart."""

    namespace: str
    labels: frozenset[tuple[str, str]]
    ending: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """What one pod takes up on its node."""

    node: str
    group: Group
    requests: Amounts
    assumed: Amounts
    ports: frozenset[tuple[str, str, int]]
    pod: Object


def group_of(pod: Object) -> Group:
    return Group(namespace_of(pod) or "", frozenset(labels_of(pod).items()), ending=is_being_deleted(pod))


def placed(pod: Object, node: str) -> Placement:
    """Answer what the pod takes up if it is on this node."""
    return Placement(node, group_of(pod), pod_requests(pod), assumed_requests(pod), host_ports(pod), pod)


class NodeInfo:
    """One node and the sums of what its pods take up."""

    def __init__(self, node: Object) -> None:
        self.name = name_of(node)
        self.requested: Counter[str] = Counter()
        self.assumed: Counter[str] = Counter()
        self.ports: Counter[tuple[str, str, int]] = Counter()
        self.pods = 0
        self.update(node)

    def update(self, node: Object) -> None:
        self.labels: dict[str, str] = labels_of(node)
        self.taints: list[Object] = node.get("spec", {}).get("taints") or []
        self.unschedulable = bool(node.get("spec", {}).get("unschedulable"))
        self.allocatable: Amounts = amounts(node.get("status", {}).get("allocatable"))


class Cache:
    """All nodes, and all pods that are on one."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeInfo] = {}
        self.nodes_by_group: dict[Group, Counter[str]] = {}
        self.placements_with_affinity: dict[str, Placement] = {}
        self._placements: dict[str, Placement] = {}
        self._keys_by_node: dict[str, dict[str, None]] = {}

    def on_node(self, change: Change) -> None:
        name = name_of(change.object)
        if change.type == "DELETED":
            self.nodes.pop(name, None)
            return
        if name in self.nodes:
            self.nodes[name].update(change.object)
            return
        info = self.nodes[name] = NodeInfo(change.object)
        for key in self._keys_by_node.get(name, ()):
            _count(info, self._placements[key], 1)

    def on_pod(self, change: Change) -> bool:
        """Take note of a change. Answer whether it made room somewhere."""
        key, pod = key_of(change.object), change.object
        node = pod["spec"].get("nodeName")
        before = self._placements.get(key)
        if change.type == "DELETED" or not node or is_pod_finished(pod):
            if before is not None:
                self.remove(before)
            return before is not None
        group = group_of(pod)
        if before is not None:
            if before.node == node and before.group == group and before.pod["spec"] == pod["spec"]:
                self._refresh(key, replace(before, pod=pod))
                return False
            self.remove(before)
        self.add(placed(pod, node))
        return before is not None

    def placements_on(self, node: str) -> list[Placement]:
        return [self._placements[key] for key in self._keys_by_node.get(node, ())]

    def add(self, placement: Placement) -> None:
        """Count a pod where it is, or where it is thought to be."""
        key = key_of(placement.pod)
        self._placements[key] = placement
        self._keys_by_node.setdefault(placement.node, {})[key] = None
        self.nodes_by_group.setdefault(placement.group, Counter())[placement.node] += 1
        affinity = placement.pod["spec"].get("affinity") or {}
        if affinity.get("podAffinity") or affinity.get("podAntiAffinity"):
            self.placements_with_affinity[key] = placement
        if placement.node in self.nodes:
            _count(self.nodes[placement.node], placement, 1)

    def _refresh(self, key: str, placement: Placement) -> None:
        """Hold on to the newest version of the pod, so that old ones can go."""
        self._placements[key] = placement
        if key in self.placements_with_affinity:
            self.placements_with_affinity[key] = placement

    def remove(self, placement: Placement) -> None:
        """Count a pod no longer, for it is gone or thought away."""
        key = key_of(placement.pod)
        del self._placements[key]
        self._keys_by_node[placement.node].pop(key, None)
        self.placements_with_affinity.pop(key, None)
        counter = self.nodes_by_group[placement.group]
        counter[placement.node] -= 1
        if not counter[placement.node]:
            del counter[placement.node]
        if not counter:
            del self.nodes_by_group[placement.group]
        if placement.node in self.nodes:
            _count(self.nodes[placement.node], placement, -1)

    def count_by_node(
        self,
        in_namespace: Callable[[str], bool],
        every: Iterable[Requirements],
        *,
        with_ending: bool = True,
    ) -> Counter[str]:
        """Count, for each node, the pods that meet every one of these requirements."""
        total: Counter[str] = Counter()
        requirements = tuple(every)
        for group, counter in self.nodes_by_group.items():
            if (group.ending and not with_ending) or not in_namespace(group.namespace):
                continue
            labels = dict(group.labels)
            if all(matches(each, labels) for each in requirements):
                total.update(counter)
        return total


def _count(info: NodeInfo, placement: Placement, sign: int) -> None:
    info.pods += sign
    for name, amount in placement.requests.items():
        info.requested[name] += sign * amount
    for name, amount in placement.assumed.items():
        info.assumed[name] += sign * amount
    for port in placement.ports:
        info.ports[port] += sign
        if not info.ports[port]:
            del info.ports[port]
