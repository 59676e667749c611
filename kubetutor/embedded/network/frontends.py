"""Where a service listens: its cluster address, a port on every node, an address of its own outside.

Models: pkg/proxy/serviceport.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from kubetutor.api.objects import condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kubetutor.api.objects import Object

Role: TypeAlias = Literal["cluster", "node", "load balancer"]
PROTOCOLS = ("TCP", "UDP")


class Frontend(NamedTuple):
    """One address and port of a service, and the service's port that it stands for."""

    role: Role
    protocol: str
    host: str
    port: int
    port_name: str


def frontends_of(service: Object, nodes: Iterable[str], load_balancer: str | None) -> tuple[Frontend, ...]:
    """List where the service is to be reached, given the nodes' addresses and its own outside one."""
    return tuple(
        frontend
        for port in service["spec"].get("ports") or ()
        if (port.get("protocol") or "TCP") in PROTOCOLS
        for frontend in _frontends_of_port(service["spec"], port, nodes, load_balancer)
    )


def _frontends_of_port(
    spec: Object, port: Object, nodes: Iterable[str], load_balancer: str | None
) -> Iterator[Frontend]:
    protocol, name, number = port.get("protocol") or "TCP", port.get("name") or "", port["port"]
    kind = spec.get("type", "ClusterIP")
    if kind == "ExternalName":
        return
    if spec.get("clusterIP") not in {None, "", "None"}:
        yield Frontend("cluster", protocol, spec["clusterIP"], number, name)
    if kind in {"NodePort", "LoadBalancer"} and port.get("nodePort"):
        for node in nodes:
            yield Frontend("node", protocol, node, port["nodePort"], name)
    if kind == "LoadBalancer" and load_balancer:
        yield Frontend("load balancer", protocol, load_balancer, number, name)


def node_addresses(nodes: Iterable[Object]) -> tuple[str, ...]:
    """List the internal addresses of the nodes that are alive, as far as anybody knows."""
    addresses = (
        next(
            (
                a["address"]
                for a in node.get("status", {}).get("addresses") or ()
                if a["type"] == "InternalIP"
            ),
            None,
        )
        for node in nodes
        if not _is_lost(node)
    )
    return tuple(sorted(address for address in addresses if address))


def _is_lost(node: Object) -> bool:
    ready = condition(node, "Ready")
    return ready is not None and ready.get("status") == "Unknown"
