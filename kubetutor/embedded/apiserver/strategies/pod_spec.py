"""The specification of a pod, in a Pod or in the template of a workload.

Models: ValidatePodSpec, ValidatePodTemplateSpec in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_label, dns_subdomain, ip_address, qualified_name
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    invalid,
    malformed,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.containers import (
    validate_containers,
    validate_ephemeral_containers,
    validate_init_containers,
)
from kubetutor.embedded.apiserver.strategies.labels import validate_labels
from kubetutor.embedded.apiserver.strategies.metadata import validate_annotations
from kubetutor.embedded.apiserver.strategies.placement import (
    validate_affinity,
    validate_spread,
    validate_tolerations,
)
from kubetutor.embedded.apiserver.strategies.security import validate_pod_security
from kubetutor.embedded.apiserver.strategies.volumes import validate_volumes

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

MAX_INT32 = 2**31 - 1
_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_NAMES = (
    ("serviceAccountName", dns_subdomain), ("nodeName", dns_subdomain), ("hostname", dns_label),
    ("subdomain", dns_label), ("priorityClassName", dns_subdomain), ("runtimeClassName", dns_subdomain),
)  # fmt: skip


def validate_pod_spec(spec: Object, path: str, *, is_pod: bool = False) -> list[FieldError]:
    """Check a PodSpec. `is_pod` is False in a template, where some checks wait for the pod itself."""
    volumes, errors = validate_volumes(spec.get("volumes", []), f"{path}.volumes")
    errors += validate_containers(spec, volumes, f"{path}.containers")
    if "initContainers" in spec:
        errors += validate_init_containers(spec, volumes, f"{path}.initContainers")
    if "ephemeralContainers" in spec:
        errors += validate_ephemeral_containers(spec, volumes, f"{path}.ephemeralContainers")
    if spec.get("hostNetwork"):
        errors += _validate_host_network(spec, f"{path}.containers", is_pod=is_pod)
    errors += _validate_choices(spec, path)
    errors += validate_labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    errors += validate_pod_security(spec, f"{path}.securityContext")
    if "affinity" in spec:
        errors += validate_affinity(spec["affinity"], f"{path}.affinity")
    errors += _validate_dns(spec, f"{path}.dnsConfig")
    errors += _validate_gates(spec, path)
    if "topologySpreadConstraints" in spec:
        errors += validate_spread(spec["topologySpreadConstraints"], f"{path}.topologySpreadConstraints")
    errors += _validate_names(spec, path)
    if "tolerations" in spec:
        errors += validate_tolerations(spec["tolerations"], f"{path}.tolerations")
    for index, alias in enumerate(spec.get("hostAliases", ())):
        errors += _validate_host_alias(alias, f"{path}.hostAliases[{index}]")
    return errors


def validate_template(template: Object, path: str) -> list[FieldError]:
    """Check a PodTemplateSpec."""
    metadata, spec = template.get("metadata", {}), template.get("spec", {})
    errors = validate_labels(metadata.get("labels"), f"{path}.labels")
    errors += validate_annotations(metadata.get("annotations"), f"{path}.annotations")
    errors += validate_pod_spec(spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        detail = "ephemeral containers not allowed in pod template"
        errors.append(forbidden(f"{path}.spec.ephemeralContainers", detail))
    return errors


def validate_lasting_template(template: Object, path: str, kind: str) -> list[FieldError]:
    """Check a template whose pods run for ever: those of a Deployment, but not those of a Job."""
    spec = template.get("spec", {})
    errors: list[FieldError] = []
    if spec.get("restartPolicy") != "Always":
        errors.append(not_supported(f"{path}.spec.restartPolicy", spec.get("restartPolicy", ""), ("Always",)))
    if "activeDeadlineSeconds" in spec:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        errors.append(forbidden(f"{path}.spec.activeDeadlineSeconds", detail))
    return errors


def _validate_host_network(spec: Object, path: str, *, is_pod: bool) -> list[FieldError]:
    detail = "must match `containerPort` when `hostNetwork` is true"
    return [
        invalid(f"{path}[{index}].ports[{port_index}].hostPort", port.get("hostPort", 0), detail)
        for index, container in enumerate(spec.get("containers", ()))
        for port_index, port in enumerate(container.get("ports", ()))
        if (is_pod or port.get("hostPort")) and port.get("hostPort", 0) != port.get("containerPort", 0)
    ]


def _validate_choices(spec: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name, supported in (("restartPolicy", _RESTART_POLICIES), ("dnsPolicy", _DNS_POLICIES)):
        value = spec.get(name, "")
        if not value:
            errors.append(required(f"{path}.{name}"))
        elif value not in supported:
            errors.append(not_supported(f"{path}.{name}", value, supported))
    return errors


def _validate_dns(spec: Object, path: str) -> list[FieldError]:
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not config.get("nameservers"):
            detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [required(f"{path}.nameservers", detail)]
    if config is None:
        return []
    errors: list[FieldError] = []
    servers = config.get("nameservers", [])
    if len(servers) > 3:
        errors.append(invalid(f"{path}.nameservers", servers, "must not have more than 3 nameservers"))
    for index, server in enumerate(servers):
        errors += malformed(f"{path}.nameservers[{index}]", server, ip_address(server))
    for index, option in enumerate(config.get("options", ())):
        if not option.get("name"):
            errors.append(required(f"{path}.options[{index}]", "must not be empty"))
    return errors


def _validate_gates(spec: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, gate in enumerate(spec.get("readinessGates", ())):
        kind = gate.get("conditionType", "")
        errors += malformed(f"{path}.readinessGates[{index}].conditionType", kind, qualified_name(kind))
    for index, gate in enumerate(spec.get("schedulingGates", ())):
        name = gate.get("name", "")
        errors += malformed(f"{path}.schedulingGates[{index}]", name, qualified_name(name))
    return errors


def _validate_names(spec: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name, rule in _NAMES:
        value = spec.get(name)
        if value:
            errors += malformed(f"{path}.{name}", value, rule(value))
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        detail = f"must be between 1 and {MAX_INT32}, inclusive"
        errors.append(invalid(f"{path}.activeDeadlineSeconds", deadline, detail))
    policy = spec.get("preemptionPolicy")
    if policy is not None and policy not in {"PreemptLowerPriority", "Never"}:
        errors.append(not_supported(f"{path}.preemptionPolicy", policy, ("PreemptLowerPriority", "Never")))
    return errors


def _validate_host_alias(alias: Object, path: str) -> list[FieldError]:
    errors = malformed(f"{path}.ip", alias.get("ip", ""), ip_address(alias.get("ip", "")))
    for index, name in enumerate(alias.get("hostnames", ())):
        errors += malformed(f"{path}.hostnames[{index}]", name, dns_subdomain(name))
    return errors
