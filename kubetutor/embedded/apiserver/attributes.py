"""What a request wants to do, as authorization sees it: a verb, and a resource or a path.

It is read from the path alone, before it is known whether there is such a resource: who may not look is not told.

Models: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go and pkg/authorization/authorizer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from kubetutor.api.formats import path_segment
from kubetutor.api.selectors import parse_fields
from kubetutor.embedded.apiserver.status import forbidden_for
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
OF_A_COLLECTION = {"get": "list", "delete": "deletecollection"}
OF_A_NAMESPACE = {"status", "finalize"}
PREFIXES = {"watch", "proxy"}


@dataclass(frozen=True, slots=True)
class Attributes:
    """One action. Where `is_resource` is false, `verb` and `path` are all there is."""

    verb: str
    path: str = ""
    is_resource: bool = False
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def refusal(self, user_name: str, reason: str = "") -> ApiError:
        """Answer the 403, in upstream's words."""
        if self.is_resource:
            where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
            wanted = f'resource "{self.full_resource}" in API group "{self.group}" {where}'
        else:
            wanted = f'path "{self.path}"'
        why = f'User "{user_name}" cannot {self.verb} {wanted}'
        return forbidden_for(self.group, self.resource, self.name, f"{why}: {reason}" if reason else why)


def read(method: str, path: str, query: Mapping[str, str]) -> Attributes:
    """Answer what a request wants to do."""
    what = _of_path(method, path)
    if what.verb != "list" or not query:
        return what
    verb = "list" if query.get("watch", "false").lower() in {"false", "0"} else "watch"
    return replace(what, verb=verb, name=_only_name(query.get("fieldSelector", "")))


@lru_cache(maxsize=1024)
def _of_path(method: str, path: str) -> Attributes:
    parts = path.strip("/").split("/")
    root = parts[0]
    if root not in {"api", "apis"} or len(parts) < (3 if root == "api" else 4):
        return Attributes(method.lower(), path)
    group, below = ("", parts[2:]) if root == "api" else (parts[1], parts[3:])
    verb = VERBS.get(method, "")
    if below[0] in PREFIXES and len(below) > 1:
        verb, below = below[0], below[1:]
    namespace = ""
    if below[0] == "namespaces" and len(below) > 1:
        namespace = below[1]
        below = below[2:] if len(below) > 2 and below[2] not in OF_A_NAMESPACE else below
    resource, name, subresource = (*below, "", "")[:3]
    return Attributes(
        verb=verb if name else OF_A_COLLECTION.get(verb, verb), path=path, is_resource=True, group=group,
        resource=resource, subresource=subresource, namespace=namespace, name=name,
    )  # fmt: skip


def _only_name(selector: str) -> str:
    """Answer the one name that a field selector lets through; a selector that cannot be read is refused later."""
    try:
        fields = parse_fields(selector) if selector else ()
    except ApiError:
        return ""
    names = [value for path, operator, value in fields if path == "metadata.name" and operator != "!="]
    return names[0] if names and not path_segment(names[0]) else ""
