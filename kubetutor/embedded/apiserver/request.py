"""What a path asks for.

Models: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from kubetutor.api.kinds import KINDS, Kind
from kubetutor.embedded.apiserver.status import resource_not_found


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """A path to a kind's collection (`name` is None), to one object, or to a subresource of one."""

    kind: Kind
    namespace: str | None
    name: str | None
    subresource: str = ""
    rest: str = ""
    watch: bool = False  # by its path: /api/v1/watch/pods


@cache
def _kinds_by_path() -> dict[tuple[str, str, str], Kind]:
    return {(kind.group, kind.version, kind.plural): kind for kind in KINDS}


@cache
def group_versions() -> frozenset[tuple[str, str]]:
    return frozenset((kind.group, kind.version) for kind in KINDS)


@cache
def groups() -> frozenset[str]:
    return frozenset(group for group, _ in group_versions())


def parse(path: str) -> ResourceRequest | None:
    """Read a path below `/api/v1/` or `/apis/GROUP/VERSION/`; None when it is no such path.

    Raises ApiError 404 when the group is ours and the version or the resource is not.
    """
    root, *parts = path.removeprefix("/").rstrip("/").split("/")
    if root == "apis" and parts and parts[0]:
        group, *parts = parts
    elif root == "api":
        group = ""
    else:
        return None
    if not parts or group not in groups():
        return None
    version, *parts = parts
    if (group, version) not in group_versions() or "" in _without_proxied(parts):
        raise resource_not_found()
    if not parts:
        return None
    if parts[0] != "watch":
        return _resource(group, version, parts)
    return _watched(_resource(group, version, parts[1:] or [""]))


def _watched(what: ResourceRequest) -> ResourceRequest:
    if what.subresource or "watch" not in what.kind.verbs:
        raise resource_not_found()
    return replace(what, watch=True)


def _without_proxied(parts: list[str]) -> list[str]:
    """Leave out what a pod or a service is asked for: its paths are its own."""
    at = 4 if parts[:1] == ["namespaces"] else 2  # where a subresource stands
    return parts[: at + 1] if parts[at : at + 1] == ["proxy"] else parts


def _resource(group: str, version: str, parts: list[str]) -> ResourceRequest:
    namespace = None
    if (
        parts[0] == "namespaces"
        and len(parts) > 2
        and (len(parts) > 3 or parts[2] not in {"status", "finalize"})
    ):
        namespace, parts = parts[1], parts[2:]
    kind = _kinds_by_path().get((group, version, parts[0]))
    if kind is None or (namespace is not None and not kind.namespaced):
        raise resource_not_found()
    name = parts[1] if len(parts) > 1 else None
    subresource = parts[2] if len(parts) > 2 else ""
    if name is not None and kind.namespaced and namespace is None:
        raise resource_not_found()
    if subresource and subresource not in kind.subresources:
        raise resource_not_found()
    return ResourceRequest(kind, namespace, name, subresource, "/".join(parts[3:]))
