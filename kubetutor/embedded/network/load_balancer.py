"""What a cloud provider does for services of type LoadBalancer: an address of its own, shown in the status.

Models: k8s.io/cloud-provider/controllers/service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from ipaddress import IPv4Network

    from kubetutor.api.objects import Object
    from kubetutor.embedded.network.frontends import Frontend


def wants_address(service: Object) -> bool:
    """Say whether this provider is to give the service an address."""
    spec = service["spec"]
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")


def shown_ingress(service: Object) -> list[Object]:
    ingress: list[Object] = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return ingress


def shown_address(service: Object) -> str | None:
    """Answer the address that the status shows, without a port."""
    for entry in shown_ingress(service):
        address: str = entry.get("ip") or entry.get("hostname") or ""
        if address:
            return address.partition(":")[0]
    return None


def choose_address(service: Object, network: IPv4Network, taken: Collection[str | None]) -> str | None:
    """Answer the address of a service: the one it has, the one it asks for, else the first free one."""
    texts = (shown_address(service), service["spec"].get("loadBalancerIP"))
    for address in texts:
        if address and address not in taken and _is_within(address, network):
            return address
    return next((str(host) for host in network.hosts() if str(host) not in taken), None)


def ingress_of(address: str, ports: Mapping[Frontend, int]) -> list[Object]:
    """Write the status: the address, and address:port for each port that is served on another number.

    Unlike upstream: a host name with a port, so that `kubectl get service` shows what can be connected to.
    """
    frontends = [frontend for frontend in ports if frontend.role == "load balancer"]
    moved = [f"{address}:{ports[frontend]}" for frontend in frontends if ports[frontend] != frontend.port]
    entries: list[Object] = [{"hostname": place} for place in dict.fromkeys(moved)]
    if not entries or len(moved) < len(frontends):
        entries.insert(0, {"ip": address, "ipMode": "VIP"})
    return entries


def _is_within(address: str, network: IPv4Network) -> bool:
    octets = address.split(".")
    if len(octets) != 4 or not all(octet.isdigit() and int(octet) < 256 for octet in octets):
        return False
    number = int.from_bytes(bytes(map(int, octets)), "big")
    return int(network.network_address) < number < int(network.broadcast_address)
