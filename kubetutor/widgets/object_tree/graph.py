"""The objects of a namespace by uid, and what ties them: owner references, selectors, listed addresses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kubetutor.api.objects import controller_of, labels_of, name_of, uid_of
from kubetutor.widgets.object_tree.selection import selection_of, selects

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.api.selectors import Requirements
    from kubetutor.widgets.live.feed import Objects

SERVICE_NAME = "kubernetes.io/service-name"
RESOURCES = {
    "CronJob": "cronjobs.batch",
    "Deployment": "deployments.apps",
    "StatefulSet": "statefulsets.apps",
    "DaemonSet": "daemonsets.apps",
    "ReplicaSet": "replicasets.apps",
    "Job": "jobs.batch",
    "Pod": "pods",
    "Service": "services",
    "EndpointSlice": "endpointslices.discovery.k8s.io",
}
ORDER = tuple(RESOURCES)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of an EndpointSlice. `pod`: the uid of the pod that has it, or empty."""

    text: str
    pod: str
    is_ready: bool


@dataclass(frozen=True)
class Graph:
    """Everything that is known, each object once."""

    kinds: dict[str, str]
    objects: dict[str, Object]

    @cached_property
    def parents(self) -> dict[str, str]:
        """Map an object to its owner, where both are known. A slice without owner goes by its label.

        An owner must stand further left: owner references could run in a circle, and nobody forbids it.
        """
        services = {name_of(self.objects[uid]): uid for uid in self.of("Service")}
        found = {}
        for uid, obj in self.objects.items():
            reference = str((controller_of(obj) or {}).get("uid", ""))
            named = services.get(labels_of(obj).get(SERVICE_NAME, ""), "")
            parent = reference if reference in self.objects else ""
            if self.kinds[uid] == "EndpointSlice":
                parent = parent or named
            if parent and ORDER.index(self.kinds[parent]) < ORDER.index(self.kinds[uid]):
                found[uid] = parent
        return found

    @cached_property
    def children(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for child, parent in self.parents.items():
            found[parent].append(child)
        return dict(found)

    @cached_property
    def selections(self) -> dict[str, Requirements]:
        """Map each object that selects pods to its selector."""
        found = {uid: selection_of(self.kinds[uid], obj) for uid, obj in self.objects.items()}
        return {uid: requirements for uid, requirements in found.items() if requirements}

    @cached_property
    def selected(self) -> dict[str, tuple[str, ...]]:
        """Map each object that selects to the pods that it picks."""
        pods = self.of("Pod")
        return {
            uid: tuple(pod for pod in pods if selects(requirements, self.objects[pod]))
            for uid, requirements in self.selections.items()
        }

    @cached_property
    def addresses(self) -> dict[str, tuple[Address, ...]]:
        """Map each EndpointSlice to what it lists."""
        return {uid: _addresses_of(self.objects[uid]) for uid in self.of("EndpointSlice")}

    def of(self, kind: str) -> list[str]:
        return [uid for uid, found in self.kinds.items() if found == kind]

    def slices_of(self, service: str) -> list[str]:
        return [uid for uid in self.children.get(service, ()) if self.kinds[uid] == "EndpointSlice"]

    def descendants(self, uid: str) -> list[str]:
        found = []
        for child in self.children.get(uid, ()):
            found += [child, *self.descendants(child)]
        return found

    def only(self, kept: set[str]) -> Graph:
        return Graph(
            {uid: kind for uid, kind in self.kinds.items() if uid in kept},
            {uid: obj for uid, obj in self.objects.items() if uid in kept},
        )


def graph_of(objects: Objects) -> Graph:
    kinds, found = {}, {}
    for kind, resource in RESOURCES.items():
        for obj in objects.of(resource):
            kinds[uid_of(obj)], found[uid_of(obj)] = kind, obj
    return Graph(kinds, found)


def around(graph: Graph, root: str) -> set[str]:
    """Answer the root and all that is tied to it: owners, what it owns, who selects those pods, and their slices."""
    below = [root, *graph.descendants(root)]
    pods = {uid for uid in below if graph.kinds[uid] == "Pod"} | set(graph.selected.get(root, ()))
    pods |= {each.pod for uid in below for each in graph.addresses.get(uid, ()) if each.pod in graph.objects}
    kept = {*below, *pods}
    for uid in tuple(kept):
        while uid in graph.parents:
            uid = graph.parents[uid]  # noqa: PLW2901  # climbs from here to the top
            kept.add(uid)
    for service in graph.of("Service"):
        if pods & set(graph.selected.get(service, ())):
            kept |= {service, *graph.slices_of(service)}
    return kept


def _addresses_of(piece: Object) -> tuple[Address, ...]:
    return tuple(
        Address(
            str((endpoint.get("addresses") or [""])[0]),
            str((endpoint.get("targetRef") or {}).get("uid", "")),
            is_ready=(endpoint.get("conditions") or {}).get("ready") is not False,
        )
        for endpoint in piece.get("endpoints") or ()
    )
