"""What a path asks for.

Models: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.status import not_found, resource_not_found

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.embedded.apiserver.served_kinds import ServedKinds


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """A path to a kind's collection (`name` is None), to one object, or to a subresource of one."""

    kind: Kind
    namespace: str | None
    name: str | None
    subresource: str = ""
    rest: str = ""
    watch: bool = False  # by its path: /api/v1/watch/pods


def parse(path: str, kinds: ServedKinds) -> ResourceRequest | None:
    """Read a path below `/api/v1/` or `/apis/GROUP/VERSION/`; None when it is no such path.

    Raises ApiError 404 when the group is one of Kubernetes and the version or the resource is not. In the groups of
    custom kinds such a path is one that no part of the server knows.
    """
    root, *parts = path.removeprefix("/").rstrip("/").split("/")
    if root == "apis" and parts and parts[0]:
        group, *parts = parts
    elif root == "api":
        group = ""
    else:
        return None
    if not parts or not kinds.has_group(group):
        return None
    version, *parts = parts
    is_custom = kinds.has_custom_group(group)
    if not kinds.has_version(group, version) or "" in _without_proxied(parts):
        if is_custom:
            return None
        raise resource_not_found()
    if not parts:
        return None
    is_watched = parts[0] == "watch"
    found = _resource(kinds, group, version, (parts[1:] or [""]) if is_watched else parts)
    if found is None:
        if is_custom:
            return None
        raise resource_not_found()
    return _watched(found) if is_watched else found


def _watched(what: ResourceRequest) -> ResourceRequest:
    if what.subresource or "watch" not in what.kind.verbs:
        raise resource_not_found()
    return replace(what, watch=True)


def _without_proxied(parts: list[str]) -> list[str]:
    """Leave out what a pod or a service is asked for: its paths are its own."""
    at = 4 if parts[:1] == ["namespaces"] else 2  # where a subresource stands
    return parts[: at + 1] if parts[at : at + 1] == ["proxy"] else parts


def _resource(kinds: ServedKinds, group: str, version: str, parts: list[str]) -> ResourceRequest | None:
    namespace = None
    if (
        parts[0] == "namespaces"
        and len(parts) > 2
        and (len(parts) > 3 or parts[2] not in {"status", "finalize"})
    ):
        namespace, parts = parts[1], parts[2:]
    kind = kinds.at(group, version, parts[0])
    if kind is None or (namespace is not None and not kind.namespaced):
        return None
    name = parts[1] if len(parts) > 1 else None
    subresource = parts[2] if len(parts) > 2 else ""
    if name is not None and kind.namespaced and namespace is None:
        return None
    if subresource and subresource not in kind.subresources:
        if kinds.has_custom_group(group):
            raise not_found(kind, name or "")
        return None
    return ResourceRequest(kind, namespace, name, subresource, "/".join(parts[3:]))
