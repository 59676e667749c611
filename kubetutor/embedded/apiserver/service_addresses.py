"""Addresses and node ports of services: what is free follows from the services that there are.

Nothing is remembered here, so nothing can be forgotten, leaked or given twice after a crash.

Models: pkg/registry/core/service/storage/alloc.go, pkg/registry/core/service/{ip,port}allocator.
"""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, invalid, not_supported
from kubetutor.embedded.apiserver.strategies.cluster_ips import validate_cluster_ips
from kubetutor.embedded.apiserver.strategies.service import needs_health_check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

_TRIES = 50  # random picks before every address is looked at in turn


@dataclass(frozen=True)
class Taken:
    """What other services hold."""

    addresses: frozenset[str] = frozenset()
    node_ports: frozenset[tuple[str, int]] = frozenset()  # (protocol, port)


@dataclass(frozen=True)
class ServiceAddresses:
    """Gives services addresses out of `network`, and node ports out of `node_ports`, at random."""

    network: ipaddress.IPv4Network
    node_ports: range = range(30000, 32768)
    random: random.Random = field(default_factory=random.Random)

    def assign(self, service: Object, others: Iterable[Object]) -> list[FieldError]:
        """Give a service what it needs and lacks, in place; answer why not, if it asks for what it cannot have."""
        spec = service["spec"]
        taken = taken_by(others)
        errors = self._assign_address(spec, taken)
        return errors or self._assign_node_ports(spec, taken)

    def _assign_address(self, spec: Object, taken: Taken) -> list[FieldError]:
        if spec.get("type") == "ExternalName":
            return []
        if spec.get("clusterIP") and not spec.get("clusterIPs"):
            spec["clusterIPs"] = [spec["clusterIP"]]
        spec.setdefault("ipFamilyPolicy", "SingleStack")
        errors = validate_cluster_ips(spec) or _only_ipv4(spec)
        if errors:
            return errors
        spec.setdefault("ipFamilies", ["IPv4"])
        wanted = spec.get("clusterIPs", [])
        if wanted == ["None"]:
            return []
        if wanted:
            complaint = self._complaint(wanted[0], taken)
            detail = f"failed to allocate IP {wanted[0]}: {complaint}"
            return [invalid("spec.clusterIPs", wanted, detail)] if complaint else []
        address = self._free_address(taken)
        if address is None:
            return [invalid("spec.clusterIPs", [""], "failed to allocate IP: range is full")]
        spec["clusterIP"], spec["clusterIPs"] = address, [address]
        return []

    def _complaint(self, text: str, taken: Taken) -> str | None:
        address = ipaddress.ip_address(text)
        if address not in self.network or address in {
            self.network.network_address, self.network.broadcast_address,
        }:  # fmt: skip
            return "the provided network does not match the current range"
        return "provided IP is already allocated" if text in taken.addresses else None

    def _free_address(self, taken: Taken) -> str | None:
        size = self.network.num_addresses
        for _ in range(_TRIES):
            address = str(self.network[self.random.randrange(1, size - 1)])
            if address not in taken.addresses:
                return address
        return next((str(host) for host in self.network.hosts() if str(host) not in taken.addresses), None)

    def _assign_node_ports(self, spec: Object, taken: Taken) -> list[FieldError]:
        kind = spec.get("type")
        if kind not in {"NodePort", "LoadBalancer"}:
            return []
        allocates = kind == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)
        own = {
            (port.get("protocol", "TCP"), port["nodePort"])
            for port in spec.get("ports", ())
            if port.get("nodePort")
        }
        for index, port in enumerate(spec.get("ports", ())):
            path = f"spec.ports[{index}].nodePort"
            if port.get("nodePort"):
                complaint = self._port_complaint(port.get("protocol", "TCP"), port["nodePort"], taken)
                if complaint:
                    return [invalid(path, port["nodePort"], complaint)]
            elif allocates:
                number = self._free_port({number for _, number in taken.node_ports | own})
                if number is None:
                    return [invalid(path, 0, "failed to allocate a nodePort: range is full")]
                port["nodePort"] = number
                own.add((port.get("protocol", "TCP"), number))
        if needs_health_check(spec) and not spec.get("healthCheckNodePort"):
            number = self._free_port({number for _, number in taken.node_ports | own})
            if number is not None:
                spec["healthCheckNodePort"] = number
        return []

    def _port_complaint(self, protocol: str, number: int, taken: Taken) -> str | None:
        if number not in self.node_ports:
            bounds = f"{self.node_ports[0]}-{self.node_ports[-1]}"
            return f"provided port is not in the valid range. The range of valid ports is {bounds}"
        return "provided port is already allocated" if (protocol, number) in taken.node_ports else None

    def _free_port(self, used: set[int]) -> int | None:
        free = [number for number in self.node_ports if number not in used]
        return self.random.choice(free) if free else None


def taken_by(services: Iterable[Object]) -> Taken:
    addresses: set[str] = set()
    node_ports: set[tuple[str, int]] = set()
    for service in services:
        spec = service.get("spec", {})
        addresses.update(spec.get("clusterIPs", ()))
        for port in spec.get("ports", ()):
            if port.get("nodePort"):
                node_ports.add((port.get("protocol", "TCP"), port["nodePort"]))
        if spec.get("healthCheckNodePort"):
            node_ports.add(("TCP", spec["healthCheckNodePort"]))
    return Taken(frozenset(addresses - {"None"}), frozenset(node_ports))


def keep_addresses(new: Object, old: Object) -> None:
    """Carry over to a service's new form what its author did not repeat, and drop what its new type cannot have."""
    after, before = new["spec"], old["spec"]
    kind, old_kind = after.get("type"), before.get("type")
    if kind == "ExternalName":
        _drop_unchanged(after, before, ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"))
    elif old_kind != "ExternalName":
        if after.get("clusterIP") is None and after.get("clusterIPs") is None:
            _copy(after, before, ("clusterIP", "clusterIPs"))
        elif after.get("clusterIP") != before.get("clusterIP") and after.get("clusterIPs") in (
            None,
            before.get("clusterIPs"),
        ):
            after["clusterIPs"] = [after["clusterIP"]] if after.get("clusterIP") else []
        _copy(after, before, ("ipFamilies", "ipFamilyPolicy"))
    _keep_node_ports(after, before)
    if not needs_health_check(after):
        _drop_unchanged(after, before, ("healthCheckNodePort",))
    else:
        _copy(after, before, ("healthCheckNodePort",))
    if kind != "LoadBalancer":
        _drop_unchanged(after, before, ("allocateLoadBalancerNodePorts", "loadBalancerClass"))
    if kind in {"ClusterIP", "ExternalName"} and not after.get("externalIPs"):
        _drop_unchanged(after, before, ("externalTrafficPolicy",))


def _keep_node_ports(after: Object, before: Object) -> None:
    types = {"NodePort", "LoadBalancer"}
    old = {
        (port.get("protocol"), port.get("port")): port["nodePort"]
        for port in before.get("ports", ())
        if port.get("nodePort")
    }
    if before.get("type") not in types:
        return
    for port in after.get("ports", ()):
        kept = old.get((port.get("protocol"), port.get("port")))
        if after.get("type") in types and not port.get("nodePort") and kept:
            port["nodePort"] = kept
        elif after.get("type") not in types and port.get("nodePort") in old.values():
            del port["nodePort"]


def _copy(after: Object, before: Object, names: tuple[str, ...]) -> None:
    for name in names:
        if not after.get(name) and name in before:
            after[name] = before[name]


def _drop_unchanged(after: Object, before: Object, names: tuple[str, ...]) -> None:
    for name in names:
        if name in after and after[name] == before.get(name):
            del after[name]


def _only_ipv4(spec: Object) -> list[FieldError]:
    """Refuse what needs a second address family: this cluster has one."""
    policy = spec.get("ipFamilyPolicy")
    if policy == "RequireDualStack":
        detail = "this cluster is not configured for dual-stack services"
        return [invalid("spec.ipFamilyPolicy", policy, detail)]
    for index, family in enumerate(spec.get("ipFamilies", ())):
        if family == "IPv6":
            return [invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")]
        if family != "IPv4":
            return [not_supported(f"spec.ipFamilies[{index}]", family, ("IPv4", "IPv6"))]
    addresses = spec.get("clusterIPs", [])
    if any(":" in address for address in addresses):
        return [invalid("spec.clusterIPs[0]", addresses, "IPv6 is not configured on this cluster")]
    return []
