"""Who is asking: a bearer token names a user. Nobody gets in without one.

Models: k8s.io/apiserver/pkg/authentication/token/tokenfile.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    name: str
    groups: tuple[str, ...] = ()


ADMIN = User("kubernetes-admin", ("kubeadm:cluster-admins", "system:masters", "system:authenticated"))


class Authenticator:
    """Maps tokens to users."""

    def __init__(self, users_by_token: dict[str, User]) -> None:
        self._users_by_token = users_by_token

    def user(self, authorization: str) -> User | None:
        """Answer whose `Authorization` header this is, or None. Takes as long for a wrong token as for a right one."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = None
        for known, user in self._users_by_token.items():
            if hmac.compare_digest(known.encode(), token.strip().encode("utf-8", "replace")):
                found = user
        return found
