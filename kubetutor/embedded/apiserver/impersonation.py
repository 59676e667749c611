"""Acting as somebody else: `kubectl --as`, `--as-group`, `--as-uid`, `--as-user-extra`.

Who asks needs the verb `impersonate` on each thing that it takes on: a user or a service account, groups, a uid, and
extra keys.

Models: k8s.io/apiserver/pkg/endpoints/filters/impersonation.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import unquote

from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.status import internal
from kubetutor.embedded.apiserver.users import (
    ANONYMOUS,
    AUTHENTICATED,
    UNAUTHENTICATED,
    User,
    account_groups,
    account_of,
)

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from kubetutor.embedded.apiserver.rbac.authorizer import Authorizer

AUTHENTICATION = "authentication.k8s.io"
PREFIX = "impersonate-"
EXTRA = "impersonate-extra-"


def impersonated(user: User, headers: Headers, authorizer: Authorizer) -> User:
    """Answer whom the request acts as: the user, or whoever its headers name. Raises ApiError 403."""
    name, groups, uid = (headers.get(f"{PREFIX}{what}", "") for what in ("user", "group", "uid"))
    if not name and not groups and not uid and not any(key.startswith(EXTRA) for key in headers):
        return user
    wanted = _wanted(headers)
    if not name:
        raise internal(
            "requested " + " ".join(str(each) for each in wanted) + " without impersonating a user"
        )
    for each in wanted:
        authorizer.require(user, each)
    return User(name, _groups(name, headers.getlist(f"{PREFIX}group")), uid, _extra(headers))


def _wanted(headers: Headers) -> list[Attributes]:
    """Answer each thing that is taken on, as what must be allowed."""
    wanted = []
    if name := headers.get(f"{PREFIX}user"):
        account = account_of(name)
        wanted.append(
            _of("serviceaccounts", account[1], namespace=account[0]) if account else _of("users", name)
        )
    wanted += [_of("groups", group) for group in headers.getlist(f"{PREFIX}group")]
    for key, values in _extra(headers).items():
        wanted += [_of("userextras", value, group=AUTHENTICATION, subresource=key) for value in values]
    if uid := headers.get(f"{PREFIX}uid"):
        wanted.append(_of("uids", uid, group=AUTHENTICATION))
    return wanted


def _of(
    resource: str, name: str, *, group: str = "", namespace: str = "", subresource: str = ""
) -> Attributes:
    return Attributes(
        "impersonate", is_resource=True, group=group, resource=resource, subresource=subresource,
        namespace=namespace, name=name,
    )  # fmt: skip


def _extra(headers: Headers) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, value in headers.items():
        if key.startswith(EXTRA):
            found[unquote(key.removeprefix(EXTRA))].append(value)
    return {key: tuple(values) for key, values in found.items()}


def _groups(name: str, given: list[str]) -> tuple[str, ...]:
    """Answer the groups of who is acted as: those that are named, and those that everybody of the kind has."""
    account = account_of(name)
    if not given and account:
        return account_groups(account[0])
    if name == ANONYMOUS.name:
        return tuple(given) if UNAUTHENTICATED in given else (*given, UNAUTHENTICATED)
    if AUTHENTICATED in given or UNAUTHENTICATED in given:
        return tuple(given)
    return (*given, AUTHENTICATED)
