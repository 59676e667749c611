"""Services.

Models: validateService in pkg/apis/core/validation, pkg/registry/core/service/strategy.go.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from kubetutor.api.formats import (
    cidr,
    dns_label,
    dns_subdomain,
    ip_address,
    port_number,
    qualified_name,
)
from kubetutor.embedded.apiserver.field import (
    IMMUTABLE,
    FieldError,
    duplicate,
    forbidden,
    invalid,
    malformed,
    not_supported,
    one_of,
    required,
)
from kubetutor.embedded.apiserver.strategies.cluster_ips import validate_cluster_ips, validate_ip_changes
from kubetutor.embedded.apiserver.strategies.containers import PROTOCOLS
from kubetutor.embedded.apiserver.strategies.handlers import validate_port
from kubetutor.embedded.apiserver.strategies.labels import validate_labels
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_THREE_HOURS = 10800
_ONE_DAY = 86400
_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
_HEALTH_CHECK_WORDS = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"


def is_external(spec: Object) -> bool:
    """Say whether the service can be reached from outside of the cluster."""
    return spec.get("type") in {"LoadBalancer", "NodePort"} or (
        spec.get("type") == "ClusterIP" and bool(spec.get("externalIPs"))
    )


def needs_health_check(spec: Object) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def set_defaults(service: Object) -> None:
    spec = service.setdefault("spec", {})
    affinity = spec.setdefault("sessionAffinity", "None")
    if affinity == "None":
        spec.pop("sessionAffinityConfig", None)
    elif affinity == "ClientIP":
        config = spec.setdefault("sessionAffinityConfig", {})
        config.setdefault("clientIP", {}).setdefault("timeoutSeconds", _THREE_HOURS)
    kind = spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports", ()):
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in {None, 0, ""}:
            port["targetPort"] = port.get("port", 0)
    if is_external(spec):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind in {"NodePort", "LoadBalancer", "ClusterIP"}:
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def prepare_create(service: Object) -> None:
    service["status"] = {"loadBalancer": {}}


def prepare_update(new: Object, old: Object) -> None:
    new["status"] = old.get("status", {"loadBalancer": {}})
    if new["spec"].get("type") != "LoadBalancer" and old["spec"].get("type") == "LoadBalancer":
        new["status"] = {**new["status"], "loadBalancer": {}}


def validate(service: Object) -> list[FieldError]:
    spec = service["spec"]
    is_headless = spec.get("clusterIPs") == ["None"]
    errors: list[FieldError] = []
    if not spec.get("ports") and not is_headless and spec.get("type") != "ExternalName":
        errors.append(required("spec.ports"))
    errors += _validate_type(spec, is_headless=is_headless)
    errors += _validate_ports(spec.get("ports", []), "spec.ports")
    errors += validate_labels(spec.get("selector"), "spec.selector")
    errors += _validate_affinity(spec)
    errors += validate_cluster_ips(spec)
    for index, address in enumerate(spec.get("externalIPs", ())):
        errors += _validate_external_ip(address, f"spec.externalIPs[{index}]")
    errors += one_of("spec.type", spec.get("type", ""), _TYPES)
    errors += _validate_node_ports(spec) + _validate_load_balancer(spec)
    return errors + _validate_traffic(spec)


def validate_update(new: Object, old: Object) -> list[FieldError]:
    after, before = new["spec"], old["spec"]
    errors = validate_ip_changes(after, before)
    both_balance = after.get("type") == before.get("type") == "LoadBalancer"
    if both_balance and after.get("loadBalancerClass") != before.get("loadBalancerClass"):
        value = after.get("loadBalancerClass")
        errors.append(invalid("spec.loadBalancerClass", value, "may not change once set"))
    both_check = needs_health_check(after) and needs_health_check(before)
    if both_check and after.get("healthCheckNodePort") != before.get("healthCheckNodePort"):
        errors.append(forbidden("spec.healthCheckNodePort", IMMUTABLE))
    return errors


def _validate_type(spec: Object, *, is_headless: bool) -> list[FieldError]:
    kind = spec.get("type", "")
    if kind in {"LoadBalancer", "NodePort"} and is_headless:
        return [invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")]
    if kind != "ExternalName":
        return []
    detail = "may not be set for ExternalName services"
    errors = [
        forbidden(f"spec.{name}", detail)
        for name in ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
        if spec.get(name)
    ]
    name = spec.get("externalName", "").removesuffix(".")
    if not name:
        return [*errors, required("spec.externalName")]
    return errors + malformed("spec.externalName", name, dns_subdomain(name))


def _validate_ports(ports: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    names: set[str] = set()
    for index, port in enumerate(ports):
        at, name = f"{path}[{index}]", port.get("name", "")
        if name:
            errors += malformed(f"{at}.name", name, dns_label(name))
            if name in names:
                errors.append(duplicate(f"{at}.name", name))
            names.add(name)
        elif len(ports) > 1:
            errors.append(required(f"{at}.name"))
        number = port.get("port", 0)
        errors += malformed(f"{at}.port", number, port_number(number))
        errors += one_of(f"{at}.protocol", port.get("protocol", ""), PROTOCOLS)
        errors += validate_port(port.get("targetPort", 0), f"{at}.targetPort")
        if "appProtocol" in port:
            errors += malformed(f"{at}.appProtocol", port["appProtocol"], qualified_name(port["appProtocol"]))
    return errors


def _validate_affinity(spec: Object) -> list[FieldError]:
    affinity = spec.get("sessionAffinity", "")
    if affinity not in {"ClientIP", "None"}:
        return one_of("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    if affinity == "None":
        return []
    seconds = spec.get("sessionAffinityConfig", {}).get("clientIP", {}).get("timeoutSeconds", 0)
    if 0 < seconds <= _ONE_DAY:
        return []
    path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
    return [invalid(path, seconds, f"must be greater than 0 and less than {_ONE_DAY}")]


def _validate_external_ip(address: str, path: str) -> list[FieldError]:
    complaints = ip_address(address)
    if complaints:
        return malformed(path, address, complaints)
    parsed = ipaddress.ip_address(address)
    checks = (
        (parsed.is_unspecified, f"may not be unspecified ({address})"),
        (parsed.is_loopback, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (parsed.is_link_local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        (parsed.is_multicast, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
    )
    return malformed(path, address, (words for is_wrong, words in checks if is_wrong))


def _validate_node_ports(spec: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    node_ports: set[tuple[str, int]] = set()
    numbers: set[tuple[str, int]] = set()
    repeated: list[FieldError] = []
    for index, port in enumerate(spec.get("ports", ())):
        path, protocol = f"spec.ports[{index}]", port.get("protocol", "")
        node_port, number = port.get("nodePort", 0), port.get("port", 0)
        if node_port and spec.get("type") == "ClusterIP":
            errors.append(forbidden(f"{path}.nodePort", "may not be used when `type` is 'ClusterIP'"))
        if node_port and (protocol, node_port) in node_ports:
            errors.append(duplicate(f"{path}.nodePort", node_port))
        if (protocol, number) in numbers:
            shown = {
                "Name": "", "Protocol": protocol, "AppProtocol": None, "Port": number, "TargetPort": 0, "NodePort": 0,
            }  # fmt: skip
            repeated.append(duplicate(path, shown))
        node_ports.add((protocol, node_port))
        numbers.add((protocol, number))
    return errors + repeated


def _validate_load_balancer(spec: Object) -> list[FieldError]:
    kind = spec.get("type")
    detail = "may only be used when `type` is 'LoadBalancer'"
    errors: list[FieldError] = []
    ranges = spec.get("loadBalancerSourceRanges", [])
    if ranges and kind != "LoadBalancer":
        errors.append(forbidden("spec.LoadBalancerSourceRanges", detail))
    for index, text in enumerate(ranges):
        errors += malformed(f"spec.LoadBalancerSourceRanges[{index}]", text.strip(), cidr(text.strip()))
    if "allocateLoadBalancerNodePorts" in spec and kind != "LoadBalancer":
        errors.append(forbidden("spec.allocateLoadBalancerNodePorts", detail))
    name = spec.get("loadBalancerClass")
    if name is not None:
        errors += malformed("spec.loadBalancerClass", name, qualified_name(name))
        if kind != "LoadBalancer":
            errors.append(forbidden("spec.loadBalancerClass", detail))
    return errors


def _validate_traffic(spec: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    policy = spec.get("externalTrafficPolicy", "")
    path = "spec.externalTrafficPolicy"
    if is_external(spec):
        errors += one_of(path, policy, _POLICIES)
    elif policy:
        errors.append(invalid(path, policy, "may only be set for externally-accessible services"))
    health = spec.get("healthCheckNodePort", 0)
    if needs_health_check(spec):
        errors += [] if health else [required("spec.healthCheckNodePort")]
    elif health:
        errors.append(invalid("spec.healthCheckNodePort", health, _HEALTH_CHECK_WORDS))
    internal = spec.get("internalTrafficPolicy")
    if internal is not None and internal not in _POLICIES:
        errors.append(not_supported("spec.internalTrafficPolicy", internal, _POLICIES))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in _DISTRIBUTIONS:
        errors.append(not_supported("spec.trafficDistribution", distribution, _DISTRIBUTIONS))
    return errors


STRATEGY = Strategy(
    defaults=set_defaults,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    name_rule=dns_label,
)
