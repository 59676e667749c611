"""Which names there are in the cluster, and what they stand for.

    shop.default.svc.cluster.local               the address of a service; of each ready pod if it is headless
    till-0.shop.default.svc.cluster.local        a pod with this hostname, and the service as its subdomain
    _http._tcp.shop.default.svc.cluster.local    its ports (SRV)
    127-64-1-2.default.pod.cluster.local         the address itself

Models: CoreDNS with its kubernetes plugin, as kubeadm sets it up (`pods insecure`, `ttl 30`).
"""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from kubetutor.api.objects import labels_of, name_of, namespace_of
from kubetutor.embedded.network.endpoints import SERVICE_NAME, service_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.informer import Informers

DOMAIN = "cluster.local"
SLICES = "endpointslices.discovery.k8s.io"
REVERSE = ".in-addr.arpa"
SCHEMA_VERSION = "1.1.0"

Type: TypeAlias = Literal["A", "CNAME", "NS", "PTR", "SRV", "TXT"]


class Record(NamedTuple):
    """One answer. `value` is an address, a name or a text; `port` and `weight` are for SRV."""

    name: str
    type: Type
    value: str
    port: int = 0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a name. `exists` without records: there is such a name, but nothing of this type."""

    exists: bool
    records: tuple[Record, ...] = ()
    extra: tuple[Record, ...] = ()


NOTHING, EMPTY = Answer(exists=False), Answer(exists=True)


class Place(NamedTuple):
    """Where a part of a service is to be found. No port: it has none to be told."""

    name: str
    address: str
    port: int | None


class Zone:
    """Answers questions from what there is in the cluster now."""

    def __init__(self, informers: Informers) -> None:
        self._services, self._slices = informers["services"], informers[SLICES]

    def knows(self, name: str) -> bool:
        """Say whether a name is this zone's to answer. Addresses that are not ours are for others."""
        return (
            name == DOMAIN
            or name.endswith(f".{DOMAIN}")
            or (name.endswith(REVERSE) and bool(self._names(name)))
        )

    def answer(self, name: str, kind: str) -> Answer:
        """Answer a question for a name in small letters, without a dot at its end."""
        if name.endswith(REVERSE):
            return _found(Record(name, "PTR", each) for each in self._names(name) if kind == "PTR")
        labels = name.removesuffix(DOMAIN).rstrip(".").split(".") if name != DOMAIN else []
        if not labels:
            return _found([Record(name, "NS", f"ns.dns.{DOMAIN}")] if kind == "NS" else [])
        if labels == ["dns-version"]:
            return _found([Record(name, "TXT", SCHEMA_VERSION)] if kind == "TXT" else [])
        if labels[-1] == "pod":
            return _of_pod(name, labels, kind)
        return self._of_service(name, labels, kind) if labels[-1] == "svc" else NOTHING

    def _of_service(self, name: str, labels: list[str], kind: str) -> Answer:
        *before, service_name, namespace = labels[:-1] if len(labels) > 2 else ("", "")
        if not service_name:
            return EMPTY  # `svc` and the namespaces below it are there, but have nothing
        service = self._services.get(f"{namespace}/{service_name}")
        if service is None or len(before) > 2:
            return NOTHING
        if service["spec"].get("type") == "ExternalName":
            target = service["spec"].get("externalName", "").rstrip(".")
            return NOTHING if before else Answer(exists=True, records=(Record(name, "CNAME", target),))
        places = self._places(service, before)
        if not places:
            return NOTHING
        if kind == "SRV":
            return _ports(name, places)
        addresses = list(dict.fromkeys(place.address for place in places))
        random.shuffle(addresses)
        return _found(Record(name, "A", address) for address in addresses if kind == "A")

    def _places(self, service: Object, before: list[str]) -> list[Place]:
        """Answer what `before` the service's name selects: nothing, one pod by its hostname, or `_port._protocol`."""
        at = f"{name_of(service)}.{namespace_of(service)}.svc.{DOMAIN}"
        port, protocol = (label.removeprefix("_") for label in before) if len(before) == 2 else ("", "")
        if service["spec"].get("clusterIP") == "None" or len(before) == 1:
            chosen = before[0] if len(before) == 1 else ""
            return [
                Place(f"{hostname}.{at}", address, number)
                for hostname, address, entry, number in self._endpoints(service)
                if chosen in {"", hostname} and _is_asked_for(entry, port, protocol)
            ]
        return [
            Place(at, service["spec"]["clusterIP"], entry["port"])
            for entry in service["spec"].get("ports") or ()
            if _is_asked_for(entry, port, protocol)
        ]

    def _endpoints(self, service: Object) -> Iterator[tuple[str, str, Object, int | None]]:
        """Yield hostname, address, port and its number of each ready endpoint."""
        for one in self._slices.list(namespace_of(service)):
            if labels_of(one).get(SERVICE_NAME) != name_of(service):
                continue
            for endpoint in one.get("endpoints") or ():
                if (endpoint.get("conditions") or {}).get("ready") is False:
                    continue
                for address in endpoint.get("addresses") or ():
                    hostname = endpoint.get("hostname") or address.replace(".", "-")
                    ports: list[Object] = one.get("ports") or [{}]
                    for entry in ports:
                        yield hostname, address, entry, entry.get("port")

    def _names(self, reverse: str) -> list[str]:
        """Answer the names of an address: that of its service, or else those of its endpoints."""
        address = ".".join(reversed(reverse.removesuffix(REVERSE).split(".")))
        for service in self._services.list():
            if service["spec"].get("clusterIP") == address:
                return [f"{name_of(service)}.{namespace_of(service)}.svc.{DOMAIN}"]
        names = []
        for one in self._slices.list():
            key = service_of(one)
            owner = self._services.get(key) if key else None
            if owner is not None:
                at = f"{name_of(owner)}.{namespace_of(owner)}.svc.{DOMAIN}"
                found = self._endpoints(owner)
                names += [f"{hostname}.{at}" for hostname, each, _, _ in found if each == address]
        return list(dict.fromkeys(names))


def _is_asked_for(entry: Object, port: str, protocol: str) -> bool:
    return (not port or entry.get("name", "").lower() == port) and (
        not protocol or entry.get("protocol", "TCP").lower() == protocol
    )


def _ports(name: str, places: Iterable[Place]) -> Answer:
    targets = list(dict.fromkeys((place.name, place.port) for place in places if place.port))
    weight = 100 // len(targets) if targets else 0
    records = tuple(Record(name, "SRV", target, port or 0, weight) for target, port in targets)
    extra = dict.fromkeys(Record(place.name, "A", place.address) for place in places)
    return Answer(exists=True, records=records, extra=tuple(extra))


def _of_pod(name: str, labels: list[str], kind: str) -> Answer:
    if len(labels) < 3:
        return EMPTY
    address = labels[-3].replace("-", ".")
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        return NOTHING
    if len(labels) > 3:
        return NOTHING
    return _found([Record(name, "A", address)] if kind == "A" else [])


def _found(records: Iterable[Record]) -> Answer:
    return Answer(exists=True, records=tuple(records))
