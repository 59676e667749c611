"""Which endpoints may answer for a port of a service, read from its EndpointSlices.

Models: pkg/proxy/endpointslicecache.go, pkg/proxy/topology.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubetutor.api.objects import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

SERVICE_NAME = "kubernetes.io/service-name"


class Endpoint(NamedTuple):
    """Where a connection can go."""

    host: str
    port: int


def service_of(endpoint_slice: Object) -> str | None:
    """Answer the key of the service that the slice belongs to."""
    name = labels_of(endpoint_slice).get(SERVICE_NAME)
    return f"{endpoint_slice['metadata']['namespace']}/{name}" if name else None


def usable_endpoints(slices: Iterable[Object], port_name: str, protocol: str) -> tuple[Endpoint, ...]:
    """List the ready endpoints of a port; if there are none, those that end but still serve."""
    ready: dict[Endpoint, None] = {}
    ending: dict[Endpoint, None] = {}
    for endpoint_slice in slices:
        number = _port_number(endpoint_slice, port_name, protocol)
        if number is None:
            continue
        for entry in endpoint_slice.get("endpoints") or ():
            addresses = entry.get("addresses")
            if not addresses:
                continue
            endpoint = Endpoint(addresses[0], number)
            conditions = entry.get("conditions") or {}
            if conditions.get("ready") is not False:  # unknown counts as ready
                ready[endpoint] = None
            elif conditions.get("serving") and conditions.get("terminating"):
                ending[endpoint] = None
    return tuple(sorted(ready or ending))


def _port_number(endpoint_slice: Object, port_name: str, protocol: str) -> int | None:
    for port in endpoint_slice.get("ports") or ():
        if (port.get("name") or "") == port_name and (port.get("protocol") or "TCP") == protocol:
            number: int | None = port.get("port")
            return number
    return None
