"""The refusals of the API server, in upstream's words.

Models: k8s.io/apimachinery/pkg/api/errors/errors.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind


def _details(kind: Kind, name: str, **more: Any) -> dict[str, Any]:
    details: dict[str, Any] = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in details.items() if value} | more


def not_found(kind: Kind, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{kind.resource} "{name}" not found', _details(kind, name))


def already_exists(kind: Kind, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', _details(kind, name))


def conflict(kind: Kind, name: str, why: str) -> ApiError:
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(kind, name))


def failed_precondition(kind: Kind, name: str, why: str) -> ApiError:
    """A delete that was meant for another object. Upstream names the kind here where else it names the resource."""
    who = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details = {**_details(kind, name), "kind": kind.kind}
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {who} "{name}": {why}', details)


def modified(kind: Kind, name: str) -> ApiError:
    """The client's resourceVersion is stale."""
    return conflict(
        kind,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
    )


def forbidden(kind: Kind, name: str, why: str, *, causes: list[dict[str, str]] | None = None) -> ApiError:
    message = (
        f'{kind.resource} "{name}" is forbidden: {why}' if name else f"{kind.resource} is forbidden: {why}"
    )
    more = {"causes": causes} if causes else {}
    return ApiError(403, "Forbidden", message, _details(kind, name, **more))


def forbidden_for(group: str, resource: str, name: str, why: str) -> ApiError:
    """Refuse what need not exist: its path says which resource it would be, or that it is none."""
    what = ".".join(filter(None, (resource, group)))
    details = {key: value for key, value in (("name", name), ("group", group), ("kind", resource)) if value}
    who = f'{what} "{name}" is ' if name and what else f"{what} is " if what else ""
    return ApiError(403, "Forbidden", f"{who}forbidden: {why}", details)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiError:
    return ApiError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {}
    )


def resource_not_found() -> ApiError:
    """The path is well formed and names no resource of ours."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def too_large(limit: int) -> ApiError:
    return ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def version_too_large(wanted: int, current: int) -> ApiError:
    details = {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }
    message = f"Timeout: Too large resource version: {wanted}, current: {current}"
    return ApiError(504, "Timeout", message, details)


def service_unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message)


def internal(message: str) -> ApiError:
    causes = {"causes": [{"message": message}]}
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", causes)


def success(kind: Kind, name: str, uid: str) -> dict[str, Any]:
    """Answer what a finished deletion says."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": _details(kind, name, uid=uid),
    }
