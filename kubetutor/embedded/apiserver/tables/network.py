"""How pods are reached: services, their endpoints, ingresses, policies.

Models: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import annotations_of
from kubetutor.api.selectors import write_selector
from kubetutor.embedded.apiserver.tables.layout import (
    AGE,
    NAME,
    NONE,
    UNKNOWN,
    UNSET,
    Column,
    Layout,
    age,
    at,
    first_few,
    format_labels,
    name,
    wide,
)

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object

SHOWN = 3
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def _load_balancer(obj: Object) -> str:
    """Answer the addresses or names that a load balancer gave, sorted."""
    given = at(obj, "status.loadBalancer.ingress", ())
    found = {entry.get("ip") or entry.get("hostname") or "" for entry in given}
    return ",".join(sorted(found - {""}))


def _external_ip(obj: Object) -> str:
    kind, external = at(obj, "spec.type"), at(obj, "spec.externalIPs", [])
    if kind in {"ClusterIP", "NodePort"}:
        return ",".join(external) or NONE
    if kind == "LoadBalancer":
        balancer = _load_balancer(obj)
        return ",".join(([balancer] if balancer else []) + external) or "<pending>"
    return str(at(obj, "spec.externalName", "")) if kind == "ExternalName" else UNKNOWN


def _format_port(port: Object) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port', 0)}{node_port}/{port.get('protocol', '')}"


def _service(obj: Object, now: dt.datetime) -> list[Any]:
    addresses = at(obj, "spec.clusterIPs") or [at(obj, "spec.clusterIP") or NONE]
    return [
        name(obj),
        at(obj, "spec.type", ""),
        addresses[0],
        _external_ip(obj),
        ",".join(_format_port(port) for port in at(obj, "spec.ports", ())) or NONE,
        age(obj, now),
        format_labels(at(obj, "spec.selector", {})),
    ]


def _host_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _endpoints(obj: Object, now: dt.datetime) -> list[Any]:
    subsets = obj.get("subsets") or ()
    texts: list[str] = []
    for subset in subsets:
        addresses = [address["ip"] for address in at(subset, "addresses", ())]
        ports = at(subset, "ports", ())
        texts += [_host_port(ip, port["port"]) for port in ports for ip in addresses] if ports else addresses
    return [name(obj), first_few(texts, SHOWN) if subsets else NONE, age(obj, now)]


def _slice_port(port: Object) -> str:
    number, port_name = port.get("port"), port.get("name")
    if number is not None:
        return str(number)
    return "*" if port_name is None else str(port_name)


def _endpoint_slice(obj: Object, now: dt.datetime) -> list[Any]:
    ports = [_slice_port(port) for port in at(obj, "ports", ())]
    addresses = [ip for endpoint in at(obj, "endpoints", ()) for ip in endpoint.get("addresses") or ()]
    return [
        name(obj),
        obj.get("addressType", ""),
        first_few(ports, SHOWN) or UNSET,
        first_few(addresses, SHOWN) or UNSET,
        age(obj, now),
    ]


def _hosts(rules: list[Object]) -> str:
    """Answer the first three hosts. A rule without one counts among those left out, as upstream counts."""
    hosts = [(index, rule["host"]) for index, rule in enumerate(rules) if rule.get("host")]
    shown = list(islice(hosts, SHOWN))
    text = ",".join(host for _, host in shown) or "*"
    has_more = len(shown) == SHOWN and len(rules) > shown[-1][0] + 1
    return f"{text} + {len(rules) - SHOWN} more..." if has_more else text


def _ingress(obj: Object, now: dt.datetime) -> list[Any]:
    return [
        name(obj),
        at(obj, "spec.ingressClassName", NONE),
        _hosts(at(obj, "spec.rules", [])),
        _load_balancer(obj),
        "80, 443" if at(obj, "spec.tls") else "80",
        age(obj, now),
    ]


def _ingress_class(obj: Object, now: dt.datetime) -> list[Any]:
    parameters, text = at(obj, "spec.parameters"), NONE
    if parameters is not None:
        group = parameters.get("apiGroup")
        text = f"{parameters['kind']}{'' if group is None else f'.{group}'}/{parameters['name']}"
    default = " (default)" if annotations_of(obj).get(DEFAULT_CLASS) == "true" else ""
    return [name(obj) + default, at(obj, "spec.controller", ""), text, age(obj, now)]


def _network_policy(obj: Object, now: dt.datetime) -> list[Any]:
    return [name(obj), write_selector(at(obj, "spec.podSelector")) or NONE, age(obj, now)]


LAYOUTS = {
    "services": Layout(
        (
            NAME,
            *(Column(n) for n in ("Type", "Cluster-IP", "External-IP", "Port(s)")),
            AGE,
            wide("Selector"),
        ),
        _service,
    ),
    "endpoints": Layout((NAME, Column("Endpoints"), AGE), _endpoints),
    "endpointslices.discovery.k8s.io": Layout(
        (NAME, Column("AddressType"), Column("Ports"), Column("Endpoints"), AGE), _endpoint_slice
    ),
    "ingresses.networking.k8s.io": Layout(
        (NAME, *(Column(n) for n in ("Class", "Hosts", "Address", "Ports")), AGE), _ingress
    ),
    "ingressclasses.networking.k8s.io": Layout(
        (NAME, Column("Controller"), Column("Parameters"), AGE), _ingress_class
    ),
    "networkpolicies.networking.k8s.io": Layout((NAME, Column("Pod-Selector"), AGE), _network_policy),
}
