"""Security contexts, of a pod and of its containers.

Models: ValidateSecurityContext, validatePodSpecSecurityContext in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, not_supported, required

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_MAX_ID = 2**31 - 1
_ID_WORDS = f"must be between 0 and {_MAX_ID}, inclusive"
_SECCOMP_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")


def validate_container_security(context: Object, path: str) -> list[FieldError]:
    errors = _validate_ids(context, ("runAsUser", "runAsGroup"), path)
    errors += _validate_seccomp(context.get("seccompProfile"), f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            errors.append(invalid(path, context, detail))
        if "CAP_SYS_ADMIN" in context.get("capabilities", {}).get("add", ()):
            detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            errors.append(invalid(path, context, detail))
    return errors


def validate_pod_security(spec: Object, path: str) -> list[FieldError]:
    context = spec.get("securityContext")
    if not context:
        return []
    errors = _validate_ids(context, ("fsGroup", "runAsUser", "runAsGroup"), path)
    for index, group in enumerate(context.get("supplementalGroups", ())):
        errors += _validate_id(group, f"{path}.supplementalGroups[{index}]")
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        errors.append(invalid(f"{path}.shareProcessNamespace", True, detail))
    policy = context.get("fsGroupChangePolicy")
    if policy is not None and policy not in {"Always", "OnRootMismatch"}:
        errors.append(not_supported(f"{path}.fsGroupChangePolicy", policy, ("Always", "OnRootMismatch")))
    return errors + _validate_seccomp(context.get("seccompProfile"), f"{path}.seccompProfile")


def _validate_ids(context: Object, names: tuple[str, ...], path: str) -> list[FieldError]:
    return [
        error for name in names if name in context for error in _validate_id(context[name], f"{path}.{name}")
    ]


def _validate_id(number: int, path: str) -> list[FieldError]:
    return [] if 0 <= number <= _MAX_ID else [invalid(path, number, _ID_WORDS)]


def _validate_seccomp(profile: Object | None, path: str) -> list[FieldError]:
    if profile is None:
        return []
    kind = profile.get("type", "")
    if kind not in _SECCOMP_TYPES:
        return [not_supported(f"{path}.type", kind, _SECCOMP_TYPES)]
    if kind == "Localhost" and not profile.get("localhostProfile"):
        return [required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost")]
    if kind != "Localhost" and "localhostProfile" in profile:
        return [forbidden(f"{path}.localhostProfile", "can only be set when seccomp type is Localhost")]
    return []
