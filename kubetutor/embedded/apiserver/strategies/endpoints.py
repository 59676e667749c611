"""Endpoints and EndpointSlices.

Models: pkg/apis/discovery/validation, ValidateEndpoints in pkg/apis/core/validation.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from kubetutor.api.formats import (
    dns_label,
    dns_subdomain,
    ip_address,
    port_number,
    qualified_name,
)
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    immutable,
    invalid,
    malformed,
    not_supported,
    one_of,
    required,
    too_many,
)
from kubetutor.embedded.apiserver.strategies.containers import PROTOCOLS
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_MAX_ENDPOINTS, _MAX_ADDRESSES, _MAX_PORTS = 1000, 100, 20000
_VERSIONS = {"IPv4": 4, "IPv6": 6}


def set_slice_defaults(endpoint_slice: Object) -> None:
    """Fill in the ports. An endpoint that does not say whether it is ready counts as ready, unsaid."""
    endpoint_slice.setdefault("endpoints", [])
    for port in endpoint_slice.get("ports", ()):
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


def validate_slice(endpoint_slice: Object) -> list[FieldError]:
    kind = endpoint_slice.get("addressType", "")
    errors = one_of("addressType", kind, _ADDRESS_TYPES)
    errors += _validate_ports(endpoint_slice.get("ports", []), "ports")
    endpoints = endpoint_slice.get("endpoints") or []
    if len(endpoints) > _MAX_ENDPOINTS:
        return [*errors, too_many("endpoints", len(endpoints), _MAX_ENDPOINTS)]
    for index, endpoint in enumerate(endpoints):
        errors += _validate_endpoint(endpoint, kind, f"endpoints[{index}]")
    return errors


def validate_slice_update(new: Object, old: Object) -> list[FieldError]:
    return immutable("addressType", new.get("addressType"), old.get("addressType"))


def set_endpoints_defaults(endpoints: Object) -> None:
    for subset in endpoints.get("subsets", ()):
        for port in subset.get("ports", ()):
            port.setdefault("protocol", "TCP")


def validate_endpoints(endpoints: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, subset in enumerate(endpoints.get("subsets", ())):
        path = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            errors.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for field in ("addresses", "notReadyAddresses"):
            for position, address in enumerate(subset.get(field, ())):
                text = address.get("ip", "")
                errors += malformed(f"{path}.{field}[{position}].ip", text, ip_address(text))
        ports = subset.get("ports", [])
        for position, port in enumerate(ports):
            at = f"{path}.ports[{position}]"
            name = port.get("name", "")
            if name:
                errors += malformed(f"{at}.name", name, dns_label(name))
            elif len(ports) > 1:
                errors.append(required(f"{at}.name"))
            errors += malformed(f"{at}.port", port.get("port", 0), port_number(port.get("port", 0)))
            errors += one_of(f"{at}.protocol", port.get("protocol", ""), PROTOCOLS)
    return errors


def _validate_endpoint(endpoint: Object, kind: str, path: str) -> list[FieldError]:
    addresses = endpoint.get("addresses") or []
    errors: list[FieldError] = []
    if not addresses:
        errors.append(required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(addresses) > _MAX_ADDRESSES:
        errors.append(too_many(f"{path}.addresses", len(addresses), _MAX_ADDRESSES))
    for index, address in enumerate(addresses):
        errors += _validate_address(address, kind, f"{path}.addresses", index)
    for field, rule in (("nodeName", dns_subdomain), ("hostname", dns_label)):
        if field in endpoint:
            errors += malformed(f"{path}.{field}", endpoint[field], rule(endpoint[field]))
    return errors


def _validate_address(address: str, kind: str, path: str, index: int) -> list[FieldError]:
    at = f"{path}[{index}]"
    if kind == "FQDN":
        return malformed(at, address, dns_subdomain(address))
    if kind not in _VERSIONS:
        return []
    complaints = ip_address(address)
    if complaints:
        return malformed(at, address, complaints)
    if ipaddress.ip_address(address).version != _VERSIONS[kind]:
        return [invalid(path, address, f"must be an {kind} address")]
    return []  # unlike upstream, loopback addresses are welcome: that is where our pods live


def _validate_ports(ports: list[Object], path: str) -> list[FieldError]:
    if len(ports) > _MAX_PORTS:
        return [too_many(path, len(ports), _MAX_PORTS)]
    errors: list[FieldError] = []
    names: set[str] = set()
    for index, port in enumerate(ports):
        at, name = f"{path}[{index}]", port.get("name", "")
        if name:
            errors += malformed(f"{at}.name", name, dns_label(name))
        if name in names:
            errors.append(duplicate(f"{at}.name", name))
        names.add(name)
        if port.get("protocol") not in PROTOCOLS:
            errors.append(not_supported(f"{at}.protocol", port.get("protocol", ""), PROTOCOLS))
        if "appProtocol" in port:
            errors += malformed(f"{at}.appProtocol", port["appProtocol"], qualified_name(port["appProtocol"]))
    return errors


ENDPOINT_SLICE = Strategy(
    defaults=set_slice_defaults,
    validate=validate_slice,
    validate_update=validate_slice_update,
    has_generation=True,
    generation_follows=("endpoints", "ports", "addressType", "metadata.labels"),
)
ENDPOINTS = Strategy(defaults=set_endpoints_defaults, validate=validate_endpoints)
