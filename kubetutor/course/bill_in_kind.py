"""What of a cluster a provider would bill, in kind. No prices: they differ by place, by provider and by year.

1. Nodes, for as long as they are there, used or not. Those of the control plane are the provider's own.
2. Processors that pods ask for: what GKE's Autopilot bills in the place of nodes, and what decides how many nodes it takes.
3. Each Service of the type LoadBalancer: a load balancer of the provider.
4. Each claim that has its storage: a disk of the provider.

Source: https://cloud.google.com/kubernetes-engine/pricing, https://aws.amazon.com/eks/pricing/,
https://learn.microsoft.com/en-us/azure/aks/free-standard-pricing-tiers
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_finished, labels_of, name_of
from kubetutor.api.quantities import parse_milli
from kubetutor.exercises import display

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.exercises.lesson import LessonSession

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


@dataclass(frozen=True, slots=True)
class Bill:
    """What is billed. `capacity` and `asked` are thousandths of a processor."""

    nodes: int = 0
    capacity: int = 0
    asked: int = 0
    balancers: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """The percentage of the nodes' processors that pods ask for; None where nodes may not be seen."""
        return round(100 * self.asked / self.capacity, 1) if self.capacity else None

    def __str__(self) -> str:
        return display.text_card(TITLE, self._facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return display.html_card(TITLE, self._facts)

    @property
    def _facts(self) -> list[tuple[str, str]]:
        nodes = f"{self.nodes}, with {in_cores(self.capacity)} processors" if self.nodes else UNSEEN
        share = f", {self.share:g} % of what the nodes have" if self.share is not None else ""
        return [
            ("Nodes", nodes),
            ("Asked for by pods", f"{in_cores(self.asked)} processors{share}"),
            ("Load balancers", listed(self.balancers)),
            ("Disks", listed(self.disks)),
        ]


TITLE = "What would be billed, in kind"
UNSEEN = "you may not see them"


def bill(session: LessonSession) -> Bill:
    """Read the whole cluster; where only one namespace may be used, that one, without the nodes."""
    api, only = session.cluster.api, session.cluster.workspace.namespace
    nodes = [] if only else [node for node in api.list("nodes") if CONTROL_PLANE not in labels_of(node)]
    where = {name_of(node) for node in nodes}
    pods = api.list("pods", namespace=only or None)
    return Bill(
        nodes=len(nodes),
        capacity=sum(parse_milli(node["status"]["allocatable"]["cpu"]) for node in nodes),
        asked=asked_by(pod for pod in pods if only or pod["spec"].get("nodeName") in where),
        balancers=names_from(session.namespace, balancers_in(api, only or None)),
        disks=names_from(session.namespace, disks_in(api, only or None)),
    )


def asked_by(pods: Iterable[Object]) -> int:
    """Answer the thousandths of a processor that these pods ask for, without those on their way out."""
    return sum(
        asked(pod) for pod in pods if not (is_being_deleted(pod) or is_pod_finished(pod) or is_load(pod))
    )


def asked(pod: Object) -> int:
    """Answer the thousandths of a processor that the containers of a pod ask for; the pods here have no init containers."""
    requests = [(each.get("resources") or {}).get("requests") or {} for each in pod["spec"]["containers"]]
    return sum(parse_milli(each.get("cpu", "0")) for each in requests)


def balancers_in(api: Any, namespace: str | None) -> list[Object]:
    """Answer the Services that are load balancers."""
    services = api.list("services", namespace=namespace)
    return [
        each for each in services if each["spec"].get("type") == "LoadBalancer" and not is_being_deleted(each)
    ]


def disks_in(api: Any, namespace: str | None) -> list[Object]:
    """Answer the claims that have their storage."""
    claims = api.list("persistentvolumeclaims", namespace=namespace)
    return [each for each in claims if each.get("status", {}).get("phase") == "Bound"]


def names_from(home: str, objects: Iterable[Object]) -> tuple[str, ...]:
    """Answer the names, with the namespace where it is not `home`."""
    places = ((each["metadata"]["namespace"], name_of(each)) for each in objects)
    return tuple(sorted(name if place == home else f"{place}/{name}" for place, name in places))


def in_cores(milli: int) -> str:
    return f"{milli / 1000:g}"


def listed(names: tuple[str, ...]) -> str:
    return f"{len(names)}: {', '.join(names)}" if names else "none"
