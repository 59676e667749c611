"""Acting as somebody else: `kubectl --as`, `--as-group`, `--as-uid`, `--as-user-extra`.

There are several ways to be allowed this; the first that holds is taken, and who has none is told what the first lacks.

1. The constrained ways, each for its own sort of user (`associated-node`, `arbitrary-node`, `serviceaccount`,
   `user-info`): they need the verb `impersonate-on:WAY:VERB` on the very thing that is asked for, and
   `impersonate:WAY` on each thing that is taken on: a user, groups, a uid, extra keys.
2. The old way for all: the verb `impersonate` on each thing that is taken on.

The way that held last for somebody is tried first.

Models: k8s.io/apiserver/pkg/endpoints/filters/impersonation.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from kubetutor.api.formats import dns_subdomain
from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.field import quote
from kubetutor.embedded.apiserver.status import bad_request
from kubetutor.embedded.apiserver.users import (
    ANONYMOUS,
    AUTHENTICATED,
    MASTERS,
    UNAUTHENTICATED,
    User,
    account_groups,
    account_of,
)
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.datastructures import Headers
    from starlette.requests import HTTPConnection

    from kubetutor.embedded.apiserver.rbac.authorizer import Authorizer

GROUP = "authentication.k8s.io"
IMPERSONATE = b"impersonate-"
PREFIX, EXTRA = "impersonate-", "impersonate-extra-"
NODE, NODES = "system:node:", "system:nodes"
OLD_WAY = ""
REMEMBERED = 1024  # users


class Impersonation:
    """Lets users act as others. Remembers which way held last for whom."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._last: dict[tuple[str, tuple[str, ...]], str] = {}

    def user(self, requestor: User, connection: HTTPConnection, what: Attributes) -> User:
        """Answer whom the request acts as: who asks, or whoever its headers name. Raises ApiError 400, 403."""
        if not any(name.startswith(IMPERSONATE) for name, _ in connection.scope["headers"]):
            return requestor
        wanted = _wanted(connection.headers)
        if wanted is None:
            return requestor
        refused: ApiError | None = None
        for way in self._ways(requestor, wanted):
            try:
                for needed in _needed(way, wanted, what):
                    self._authorizer.require(requestor, needed)
            except ApiError as error:
                refused = refused or error
            else:
                self._remember(requestor, way)
                return _as_taken_on(wanted, way)
        assert refused is not None  # noqa: S101  # the old way is for everybody
        raise refused

    def _ways(self, requestor: User, wanted: User) -> list[str]:
        ways = [*_constrained_ways(requestor, wanted), OLD_WAY]
        last = self._last.get((requestor.name, requestor.groups))
        return sorted(ways, key=lambda way: way != last)

    def _remember(self, requestor: User, way: str) -> None:
        if len(self._last) >= REMEMBERED:
            self._last.clear()
        self._last[requestor.name, requestor.groups] = way


def _wanted(headers: Headers) -> User | None:
    """Answer the user as the headers have it; None when there are no such headers."""
    name, uid = headers.get(f"{PREFIX}user", ""), headers.get(f"{PREFIX}uid", "")
    groups = tuple(headers.getlist(f"{PREFIX}group"))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, value in headers.items():
        if key.startswith(EXTRA):
            found[unquote(key.removeprefix(EXTRA))].append(value)
    extra = {key: tuple(values) for key, values in found.items()}
    if name:
        return User(name, groups, uid, extra)
    if not groups and not uid and not extra:
        return None
    shown_extra = f"map[string][]string{{{', '.join(f'{quote(k)}:{_slice(v)}' for k, v in extra.items())}}}"
    raise bad_request(
        f'requested &user.DefaultInfo{{Name:"", UID:{quote(uid)}, Groups:{_slice(groups)}, '
        f"Extra:{shown_extra if extra else 'map[string][]string(nil)'}}} without impersonating a user name"
    )


def _slice(texts: tuple[str, ...]) -> str:
    return f"[]string{{{', '.join(map(quote, texts))}}}" if texts else "[]string(nil)"


def _node_of(name: str) -> str:
    node = name.removeprefix(NODE)
    return node if name.startswith(NODE) and not dns_subdomain(node) else ""


def _constrained_ways(requestor: User, wanted: User) -> Iterator[str]:
    only_name = not (wanted.uid or wanted.groups or wanted.extra)
    node = _node_of(wanted.name)
    if node and only_name:
        own = requestor.extra.get("authentication.kubernetes.io/node-name")
        if account_of(requestor.name) and own == (node,):
            yield "associated-node"
        yield "arbitrary-node"
    elif not node and account_of(wanted.name):
        yield from ("serviceaccount",) if only_name else ()
    elif not node:
        yield "user-info"


def _needed(way: str, wanted: User, what: Attributes) -> Iterator[Attributes]:
    """Answer each thing that must be allowed. Raises ApiError 403 for groups that only the old way gives."""
    verb, group = (f"impersonate:{way}", GROUP) if way else ("impersonate", "")
    if way:
        yield replace(what, verb=f"impersonate-on:{way}:{what.verb}")
    yield _user_needed(Attributes(verb, is_resource=True, group=group), way, wanted.name)
    on = Attributes(verb, is_resource=True, group=GROUP)
    if wanted.uid:
        yield replace(on, resource="uids", name=wanted.uid)
    for each in wanted.groups:
        needed = replace(on, group=group, resource="groups", name=each)
        if way and each == MASTERS:
            raise needed.refusal(wanted.name, f"impersonating the {MASTERS} group is not allowed")
        yield needed
    for key, values in wanted.extra.items():
        yield from (replace(on, resource="userextras", subresource=key, name=value) for value in values)


def _user_needed(on: Attributes, way: str, name: str) -> Attributes:
    if account := account_of(name):
        return replace(on, resource="serviceaccounts", namespace=account[0], name=account[1])
    if way and (node := _node_of(name)):
        return replace(on, resource="nodes", name="*" if way == "associated-node" else node)
    return replace(on, resource="users", name=name)


def _as_taken_on(wanted: User, way: str) -> User:
    """Add the groups that everybody of this sort has."""
    groups, account = wanted.groups, account_of(wanted.name)
    if way and _node_of(wanted.name):
        groups = (NODES,)
    elif account and not groups:
        groups = account_groups(account[0])
    everybody = UNAUTHENTICATED if wanted.name == ANONYMOUS.name else AUTHENTICATED
    if everybody not in groups and UNAUTHENTICATED not in groups:
        groups = (*groups, everybody)
    return replace(wanted, groups=groups)
