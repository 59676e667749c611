"""Probes and lifecycle hooks: what a kubelet does to a container.

Models: validateProbe, validateHandler, validateLifecycle in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.formats import http_header, port_name, port_number
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    invalid,
    malformed,
    non_negative,
    not_supported,
    required,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def validate_handlers(container: Object, path: str, grace_period: int | None) -> list[FieldError]:
    """Check the hooks and the three probes of a container."""
    errors: list[FieldError] = []
    if "lifecycle" in container:
        errors += _validate_lifecycle(container["lifecycle"], f"{path}.lifecycle", grace_period)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            errors += _validate_probe(container[name], f"{path}.{name}", name)
    return errors


def validate_port(port: Any, path: str) -> list[FieldError]:
    """Check a port that is given by number or by name."""
    if isinstance(port, str):
        return malformed(path, port, port_name(port))
    return malformed(path, port, port_number(port))


def _validate_probe(probe: Object, path: str, kind: str) -> list[FieldError]:
    errors = _validate_handler(probe, path, None)
    for name in _NUMBERS:
        errors += non_negative(f"{path}.{name}", probe.get(name))
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        errors.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0"))
    if kind == "readinessProbe":
        if grace is not None:
            detail = "must not be set for readinessProbes"
            errors.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, detail))
    elif probe.get("successThreshold") != 1:
        errors.append(invalid(f"{path}.successThreshold", probe.get("successThreshold"), "must be 1"))
    return errors


def _validate_lifecycle(lifecycle: Object, path: str, grace_period: int | None) -> list[FieldError]:
    errors: list[FieldError] = []
    for hook in ("postStart", "preStop"):
        if hook in lifecycle:
            errors += _validate_handler(lifecycle[hook], f"{path}.{hook}", grace_period)
    if "stopSignal" in lifecycle:
        detail = "may not be set for containers with empty `spec.os.name`"
        errors.append(forbidden(f"{path}.stopSignal", detail))
    return errors


def _validate_handler(handler: Object, path: str, grace_period: int | None) -> list[FieldError]:
    errors: list[FieldError] = []
    found = [name for name in _HANDLERS if name in handler]
    for index, name in enumerate(found):
        if index:
            errors.append(forbidden(f"{path}.{name}", "may not specify more than 1 handler type"))
        else:
            errors += _validate_action(name, handler[name], f"{path}.{name}", grace_period)
    if not found:
        errors.append(required(path, "must specify a handler type"))
    return errors


def _validate_action(name: str, action: Object, path: str, grace_period: int | None) -> list[FieldError]:
    if name == "exec":
        return [] if action.get("command") else [required(f"{path}.command")]
    if name == "httpGet":
        return _validate_http_get(action, path)
    if name == "sleep":
        seconds = action.get("seconds", 0)
        if grace_period is not None and not 0 <= seconds <= grace_period:
            detail = f"must be non-negative and less than terminationGracePeriodSeconds ({grace_period})"
            return [invalid(path, seconds, detail)]
        return []
    return validate_port(action.get("port", 0), f"{path}.port")


def _validate_http_get(action: Object, path: str) -> list[FieldError]:
    errors = [] if action.get("path") else [required(f"{path}.path")]
    errors += validate_port(action.get("port", 0), f"{path}.port")
    if action.get("scheme") not in {"HTTP", "HTTPS"}:
        errors.append(not_supported(f"{path}.scheme", action.get("scheme", ""), ("HTTP", "HTTPS")))
    for header in action.get("httpHeaders", ()):
        errors += malformed(
            f"{path}.httpHeaders", header.get("name", ""), http_header(header.get("name", ""))
        )
    return errors
