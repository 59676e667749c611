"""Who may do what. Administrators may do everything, and whoever is known may ask about itself.

Unlike upstream: Roles and their bindings are stored and not yet asked, so nobody else may do anything.
Models: k8s.io/apiserver/pkg/endpoints/filters/authorization.go and plugin/pkg/auth/authorizer/rbac.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.status import forbidden

if TYPE_CHECKING:
    from kubetutor.embedded.apiserver.authentication import User
    from kubetutor.embedded.apiserver.request import ResourceRequest

MASTERS = "system:masters"
ABOUT_ONESELF = {"selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"}

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def is_administrator(user: User) -> bool:
    return MASTERS in user.groups


def require(user: User, what: ResourceRequest, *, method: str, watch: bool) -> None:
    """Raise ApiError 403, in upstream's words, unless the user may do this."""
    if is_administrator(user) or what.kind.plural in ABOUT_ONESELF:
        return
    resource = what.kind.plural + (f"/{what.subresource}" if what.subresource else "")
    where = f'in the namespace "{what.namespace}"' if what.namespace else "at the cluster scope"
    why = (
        f'User "{user.name}" cannot {verb_of(what, method=method, watch=watch)} resource "{resource}" '
        f'in API group "{what.kind.group}" {where}'
    )
    raise forbidden(what.kind, what.name or "", why)


def verb_of(what: ResourceRequest, *, method: str, watch: bool) -> str:
    if method in {"GET", "HEAD"}:
        if what.name is not None:
            return "get"
        return "watch" if watch else "list"
    if method == "DELETE" and what.name is None:
        return "deletecollection"
    return VERBS.get(method, method.lower())
