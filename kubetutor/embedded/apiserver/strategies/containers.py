"""Containers: regular ones, init containers, sidecars.

Models: validateContainers, validateInitContainers in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_label, port_name, port_number
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    malformed,
    not_found,
    not_supported,
    one_of,
    required,
)
from kubetutor.embedded.apiserver.strategies.environment import validate_env, validate_env_from
from kubetutor.embedded.apiserver.strategies.handlers import validate_handlers
from kubetutor.embedded.apiserver.strategies.resources import validate_container_resources
from kubetutor.embedded.apiserver.strategies.security import validate_container_security
from kubetutor.embedded.apiserver.strategies.volumes import validate_mounts

if TYPE_CHECKING:
    from collections.abc import Collection

    from kubetutor.api.objects import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_RESTART_POLICIES = ("Always", "Never", "OnFailure")
_NOT_FOR_INIT = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_NOT_FOR_EPHEMERAL = (
    "ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules",
    "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
)  # fmt: skip


def validate_containers(spec: Object, volumes: Collection[str], path: str) -> list[FieldError]:
    """Check the regular containers of a pod."""
    containers = spec.get("containers")
    if not containers:
        return [required(path)]
    errors: list[FieldError] = []
    names: set[str] = set()
    grace = spec.get("terminationGracePeriodSeconds")
    for index, container in enumerate(containers):
        at, name = f"{path}[{index}]", container.get("name", "")
        errors += _validate_container(container, volumes, at)
        if name in names:
            errors.append(duplicate(f"{at}.name", name))
        names.add(name)
        errors += validate_handlers(container, at, grace)
        errors += _validate_restart_policy(container, at)
    return errors + _conflicting_host_ports(containers, path)


def validate_init_containers(spec: Object, volumes: Collection[str], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    names = {container.get("name", "") for container in spec.get("containers", ())}
    grace = spec.get("terminationGracePeriodSeconds")
    for index, container in enumerate(spec.get("initContainers", ())):
        at, name = f"{path}[{index}]", container.get("name", "")
        errors += _validate_container(container, volumes, at)
        errors += _validate_restart_policy(container, at)
        if name in names:
            errors.append(duplicate(f"{at}.name", name))
        elif name:
            names.add(name)
        errors += _conflicting_host_ports([container], path)
        if container.get("restartPolicy") == "Always":
            errors += validate_handlers(container, at, grace)
        else:
            detail = "may not be set for init containers without restartPolicy=Always"
            errors += [forbidden(f"{at}.{field}", detail) for field in _NOT_FOR_INIT if field in container]
    return errors


def validate_ephemeral_containers(spec: Object, volumes: Collection[str], path: str) -> list[FieldError]:
    """Check the containers that `kubectl debug` adds."""
    errors: list[FieldError] = []
    others = {
        container.get("name", "")
        for group in ("containers", "initContainers")
        for container in spec.get(group, ())
    }
    names = set(others)
    for index, container in enumerate(spec.get("ephemeralContainers", ())):
        at, name = f"{path}[{index}]", container.get("name", "")
        errors += _validate_container(container, volumes, at)
        if name in names:
            errors.append(duplicate(f"{at}.name", name))
        names.add(name)
        target = container.get("targetContainerName", "")
        if target and target not in others:
            errors.append(not_found(f"{at}.targetContainerName", target))
        detail = "cannot be set for an Ephemeral Container"
        errors += [forbidden(f"{at}.{field}", detail) for field in _NOT_FOR_EPHEMERAL if container.get(field)]
        for mount_index, mount in enumerate(container.get("volumeMounts", ())):
            parts = (field for field in ("subPath", "subPathExpr") if mount.get(field))
            errors += [forbidden(f"{at}.volumeMounts[{mount_index}].{field}", detail) for field in parts]
    return errors


def validate_images(containers: list[Object], path: str) -> list[FieldError]:
    """Check what only a pod must keep to: a template's image may have spaces around it."""
    detail = "must not have leading or trailing whitespace"
    return [
        invalid(f"{path}[{index}].image", image, detail)
        for index, image in enumerate(container.get("image", "") for container in containers)
        if image != image.strip()
    ]


def _validate_container(container: Object, volumes: Collection[str], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    name = container.get("name", "")
    errors += malformed(f"{path}.name", name, dns_label(name)) if name else [required(f"{path}.name")]
    if not container.get("image"):
        errors.append(required(f"{path}.image"))
    errors += one_of(
        f"{path}.terminationMessagePolicy", container.get("terminationMessagePolicy", ""), _MESSAGE_POLICIES
    )
    if "ports" in container:
        errors += _validate_ports(container["ports"], f"{path}.ports")
    if "env" in container:
        errors += validate_env(container["env"], f"{path}.env")
    if "envFrom" in container:
        errors += validate_env_from(container["envFrom"], f"{path}.envFrom")
    errors += validate_mounts(container, volumes, f"{path}.volumeMounts")
    errors += one_of(f"{path}.imagePullPolicy", container.get("imagePullPolicy", ""), PULL_POLICIES)
    errors += validate_container_resources(container.get("resources", {}), f"{path}.resources")
    if "securityContext" in container:
        errors += validate_container_security(container["securityContext"], f"{path}.securityContext")
    return errors


def _validate_ports(ports: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    names: set[str] = set()
    for index, port in enumerate(ports):
        at, name = f"{path}[{index}]", port.get("name", "")
        complaints = port_name(name) if name else ()
        if complaints:
            errors += malformed(f"{at}.name", name, complaints)
        elif name and name in names:
            errors.append(duplicate(f"{at}.name", name))
        names.add(name)
        number, host = port.get("containerPort", 0), port.get("hostPort", 0)
        if not number:
            errors.append(required(f"{at}.containerPort"))
        else:
            errors += malformed(f"{at}.containerPort", number, port_number(number))
        if host:
            errors += malformed(f"{at}.hostPort", host, port_number(host))
        errors += one_of(f"{at}.protocol", port.get("protocol", ""), PROTOCOLS)
    return errors


def _conflicting_host_ports(containers: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for port_index, port in enumerate(container.get("ports", ())):
            if not port.get("hostPort"):
                continue
            address = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if address in taken:
                errors.append(duplicate(f"{path}[{index}].ports[{port_index}].hostPort", address))
            taken.add(address)
    return errors


def _validate_restart_policy(container: Object, path: str) -> list[FieldError]:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules", [])
    if policy is None:
        detail = "must specify restartPolicy when restart rules are used"
        return [required(f"{path}.restartPolicy", detail)] if rules else []
    if policy not in _RESTART_POLICIES:
        return [not_supported(f"{path}.restartPolicy", policy, _RESTART_POLICIES)]
    return []
