"""Where a request to a pod or a service goes: scheme, address and port.

Models: ResourceLocation of pkg/registry/core/pod/strategy.go and pkg/registry/core/service/storage/storage.go.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver.status import bad_request, not_found, service_unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.registry import Registry
    from kubetutor.embedded.apiserver.request import ResourceRequest

PORTS = {"http": 80, "https": 443}
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Target:
    """Who answers. `scheme` is `http` or `https`."""

    scheme: str
    host: str
    port: int


def find_target(registry: Registry, what: ResourceRequest) -> Target:
    """Answer where a request to `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT` goes. Raises ApiError 400, 404 and 503."""
    scheme, name, port = _split(what.kind.singular, what.name or "")
    if what.kind.plural == "pods":
        return _pod_target(registry.get(what.kind, what.namespace, name), scheme, port)
    host, number = _service_address(registry, what, name, port)
    return Target(scheme, host, number)


def _split(word: str, name: str) -> tuple[str, str, str]:
    """Split into scheme, name and port, the last two parts being a name and a port if there is a scheme."""
    parts = name.split(":")
    scheme, own, port = {1: ["", *parts, ""], 2: ["", *parts], 3: parts}.get(len(parts), ["", "", ""])
    if scheme not in {"", *PORTS} or not own:
        raise bad_request(f'invalid {word} request "{name}"')
    return scheme or "http", own, port


def _pod_target(pod: Object, scheme: str, port: str) -> Target:
    """Answer the address of the pod; without a port the first that a container names."""
    address = pod.get("status", {}).get("podIP")
    if not address:
        raise bad_request("address not allowed")
    named = (
        entry["containerPort"]
        for container in pod["spec"]["containers"]
        for entry in (container.get("ports") or ())[:1]
    )
    number = port or str(next(named, PORTS[scheme]))
    if not number.isdecimal() or int(number) > HIGHEST_PORT:
        raise service_unavailable(f"error trying to reach service: dial tcp: address {number}: invalid port")
    return Target(scheme, address, int(number))


def _service_address(registry: Registry, what: ResourceRequest, name: str, port: str) -> tuple[str, int]:
    """Answer one of the ready pods of a service, chosen at random."""
    service = registry.get(what.kind, what.namespace, name)
    if port.isdecimal():
        found = [entry for entry in service["spec"].get("ports") or () if entry["port"] == int(port)]
        if not found:
            raise service_unavailable(f'no service port {int(port)} found for service "{name}"')
        port = found[0].get("name", "")
    endpoints = registry.store.get("endpoints", what.namespace, name)
    if endpoints is None:
        raise not_found(what.kind, name)
    if not endpoints.get("subsets"):
        raise service_unavailable(f'no endpoints available for service "{name}"')
    addresses = list(_addresses(registry, endpoints, port))
    if not addresses:
        raise service_unavailable(f'no endpoints available for service "{what.name}"')
    return random.choice(addresses)  # noqa: S311  # spreads requests; nobody gains by guessing


def _addresses(registry: Registry, endpoints: Object, port_name: str) -> Iterator[tuple[str, int]]:
    for subset in endpoints["subsets"]:
        numbers = [p["port"] for p in subset.get("ports") or () if p.get("name", "") == port_name]
        for address in subset.get("addresses") or ():
            if numbers and _is_of_a_pod(registry, endpoints["metadata"]["namespace"], address):
                yield address["ip"], numbers[0]


def _is_of_a_pod(registry: Registry, namespace: str, address: Object) -> bool:
    """Say whether a pod of this namespace has the address: nobody gets anywhere else through the API server."""
    reference = address.get("targetRef") or {}
    if reference.get("namespace") != namespace:
        return False
    pod = registry.store.get(kinds_by_resource()["pods"].resource, namespace, reference.get("name", ""))
    return pod is not None and pod.get("status", {}).get("podIP") == address["ip"]
