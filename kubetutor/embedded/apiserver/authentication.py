"""Who is asking: a bearer token names a user. Nobody gets in without one.

Models: k8s.io/apiserver/pkg/authentication/token/tokenfile and pkg/endpoints/filters/impersonation.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers


@dataclass(frozen=True, slots=True)
class User:
    name: str
    groups: tuple[str, ...] = ()


ADMIN = User("kubernetes-admin", ("kubeadm:cluster-admins", "system:masters", "system:authenticated"))


AUTHENTICATED = "system:authenticated"
ACCOUNT_PREFIX = "system:serviceaccount:"


def impersonated(user: User, headers: Headers) -> User:
    """Answer whom the request acts as (`kubectl --as`): the user, or whoever its headers name."""
    name = headers.get("impersonate-user")
    if not name:
        return user
    groups = headers.getlist("impersonate-group")
    if not groups and name.startswith(ACCOUNT_PREFIX):
        namespace = name.removeprefix(ACCOUNT_PREFIX).partition(":")[0]
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    return User(name, (*groups, AUTHENTICATED))


def is_bearer(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())


class Authenticator:
    """Maps tokens to users."""

    def __init__(self, users_by_token: dict[str, User]) -> None:
        self._users_by_token = users_by_token

    def user(self, authorization: str) -> User | None:
        """Answer whose `Authorization` header this is, or None. Takes as long for a wrong token as for a right one."""
        if not is_bearer(authorization):
            return None
        token = authorization.partition(" ")[2]
        found = None
        for known, user in self._users_by_token.items():
            if hmac.compare_digest(known.encode(), token.strip().encode("utf-8", "replace")):
                found = user
        return found
