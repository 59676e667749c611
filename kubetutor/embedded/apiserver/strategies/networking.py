"""Ingresses, their classes, and NetworkPolicies.

Models: pkg/apis/networking/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import (
    cidr,
    dns_label,
    dns_subdomain,
    ip_address,
    port_name,
    port_number,
    wildcard_subdomain,
)
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    immutable,
    invalid,
    malformed,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.handlers import validate_port
from kubetutor.embedded.apiserver.strategies.labels import validate_selector
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_POLICY_TYPES = ("Egress", "Ingress")


def set_ingress_defaults(ingress: Object) -> None:
    spec = ingress.setdefault("spec", {})
    for rule in spec.get("rules", ()):
        for path in rule.get("http", {}).get("paths", ()):
            path.setdefault("backend", {})


def prepare_ingress(ingress: Object) -> None:
    ingress["status"] = {"loadBalancer": {}}


def validate_ingress(ingress: Object) -> list[FieldError]:
    spec = ingress["spec"]
    errors: list[FieldError] = []
    if not spec.get("rules") and "defaultBackend" not in spec:
        detail = "either `defaultBackend` or `rules` must be specified"
        errors.append(invalid("spec", spec.get("rules"), detail))
    if "defaultBackend" in spec:
        errors += _validate_backend(spec["defaultBackend"], "spec.defaultBackend")
    for index, rule in enumerate(spec.get("rules", ())):
        errors += _validate_rule(rule, f"spec.rules[{index}]")
    for index, tls in enumerate(spec.get("tls", ())):
        errors += _validate_tls(tls, f"spec.tls[{index}]")
    name = spec.get("ingressClassName")
    if name is not None:
        errors += malformed("spec.ingressClassName", name, dns_subdomain(name))
    annotation = ingress["metadata"].get("annotations", {}).get(_CLASS_ANNOTATION)
    if annotation is not None and name is not None and annotation != name:
        detail = "must match `ingressClassName` when both are specified"
        errors.append(invalid(f"annotations.{_CLASS_ANNOTATION}", annotation, detail))
    return errors


def _validate_rule(rule: Object, path: str) -> list[FieldError]:
    host = rule.get("host", "")
    errors: list[FieldError] = []
    if host:
        if not ip_address(host):
            errors.append(invalid(f"{path}.host", host, "must be a DNS name, not an IP address"))
        errors += malformed(f"{path}.host", host, _host_rule(host))
    http = rule.get("http")
    if http is None:
        return errors
    if not http.get("paths"):
        errors.append(required(f"{path}.http.paths"))
    for index, item in enumerate(http.get("paths") or ()):
        errors += _validate_path(item, f"{path}.http.paths[{index}]")
    return errors


def _host_rule(host: str) -> tuple[str, ...]:
    return wildcard_subdomain(host) if "*" in host else dns_subdomain(host)


def _validate_path(item: Object, path: str) -> list[FieldError]:
    kind, text = item.get("pathType"), item.get("path", "")
    if kind is None:
        return [required(f"{path}.pathType", "pathType must be specified")]
    errors: list[FieldError] = []
    if kind in {"Exact", "Prefix"}:
        if not text.startswith("/"):
            errors.append(invalid(f"{path}.path", text, "must be an absolute path"))
        complaints = [f"must not contain '{part}'" for part in _BAD_SEQUENCES if part in text]
        complaints += [f"cannot end with '{part}'" for part in _BAD_ENDS if text.endswith(part)]
        errors += malformed(f"{path}.path", text, complaints)
    elif kind == "ImplementationSpecific":
        if text and not text.startswith("/"):
            errors.append(invalid(f"{path}.path", text, "must be an absolute path"))
    else:
        errors.append(not_supported(f"{path}.pathType", kind, _PATH_TYPES))
    return errors + _validate_backend(item.get("backend", {}), f"{path}.backend")


def _validate_backend(backend: Object, path: str) -> list[FieldError]:
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None and service is not None:
        return [invalid(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        return [required(f"{path}.resource.{name}") for name in ("kind", "name") if not resource.get(name)]
    if service is None:
        return [invalid(path, "", "resource or service backend is required")]
    name, port = service.get("name", ""), service.get("port", {})
    at = f"{path}.service.name"
    errors = malformed(at, name, dns_label(name)) if name else [required(at)]
    if port.get("name") and port.get("number"):
        errors.append(invalid(path, "", "cannot set both port name & port number"))
    elif port.get("name"):
        errors += malformed(f"{path}.service.port.name", port["name"], port_name(port["name"]))
    elif port.get("number"):
        errors += malformed(f"{path}.service.port.number", port["number"], port_number(port["number"]))
    else:
        errors.append(required(path, "port name or number is required"))
    return errors


def _validate_tls(tls: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, host in enumerate(tls.get("hosts", ())):
        errors += malformed(f"{path}.hosts[{index}]", host, _host_rule(host))
    name = tls.get("secretName", "")
    return errors + (malformed(f"{path}.secretName", name, dns_subdomain(name)) if name else [])


def validate_ingress_class(ingress_class: Object) -> list[FieldError]:
    controller = ingress_class.get("spec", {}).get("controller", "")
    path = "spec.controller"
    if not controller:
        return [required(path)]
    if len(controller) > 250:
        return [invalid(path, controller, "must be no more than 250 characters")]
    host, _, rest = controller.partition("/")
    if not rest or dns_subdomain(host):
        return [invalid(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')]
    return []


def validate_ingress_class_update(new: Object, old: Object) -> list[FieldError]:
    after, before = new.get("spec", {}).get("controller"), old.get("spec", {}).get("controller")
    return immutable("spec.controller", after, before)


def set_policy_defaults(policy: Object) -> None:
    spec = policy.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction, ()):
            for port in rule.get("ports", ()):
                port.setdefault("protocol", "TCP")


def validate_policy(policy: Object) -> list[FieldError]:
    spec = policy["spec"]
    errors = validate_selector(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction, ())):
            path = f"spec.{direction}[{index}]"
            for position, port in enumerate(rule.get("ports", ())):
                errors += _validate_policy_port(port, f"{path}.ports[{position}]")
            for position, peer in enumerate(rule.get(peers, ())):
                errors += _validate_peer(peer, f"{path}.{peers}[{position}]")
    types = spec.get("policyTypes", [])
    if len(types) > 2:
        errors.append(invalid("spec.policyTypes", types, "may not specify more than two policyTypes"))
    for index, kind in enumerate(types):
        if kind not in _POLICY_TYPES:
            errors.append(not_supported(f"spec.policyTypes[{index}]", kind, _POLICY_TYPES))
    return errors


def _validate_policy_port(port: Object, path: str) -> list[FieldError]:
    protocol = port.get("protocol", "TCP")
    errors: list[FieldError] = []
    if protocol not in {"TCP", "UDP", "SCTP"}:
        errors.append(not_supported(f"{path}.protocol", protocol, ("SCTP", "TCP", "UDP")))
    if "port" in port:
        errors += validate_port(port["port"], f"{path}.port")
    return errors


def _validate_peer(peer: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in ("podSelector", "namespaceSelector"):
        errors += validate_selector(peer.get(name), f"{path}.{name}")
    block = peer.get("ipBlock")
    if block is not None:
        errors += malformed(f"{path}.ipBlock.cidr", block.get("cidr", ""), cidr(block.get("cidr", "")))
        if len(peer) > 1:
            detail = "may not specify both ipBlock and another peer"
            errors.append(forbidden(path, detail))
    elif not peer:
        errors.append(required(path, "must specify a peer"))
    return errors


INGRESS = Strategy(
    defaults=set_ingress_defaults,
    prepare_create=prepare_ingress,
    validate=validate_ingress,
    has_generation=True,
)
INGRESS_CLASS = Strategy(
    validate=validate_ingress_class, validate_update=validate_ingress_class_update, has_generation=True
)
NETWORK_POLICY = Strategy(defaults=set_policy_defaults, validate=validate_policy, has_generation=True)
