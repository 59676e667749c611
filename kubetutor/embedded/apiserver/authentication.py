"""Who is asking: a bearer token or a client certificate names a user. Who shows neither is `system:anonymous`.

Models: k8s.io/apiserver/pkg/authentication (union, tokenfile, x509, anonymous) and pkg/serviceaccount.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.accounts.claims import complaint, user_of
from kubetutor.embedded.apiserver.accounts.issuer import ISSUER, TokenError
from kubetutor.embedded.apiserver.status import unauthorized
from kubetutor.embedded.apiserver.users import ADMIN, ANONYMOUS, User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.embedded.apiserver.registry import Registry

__all__ = ["ADMIN", "Authenticator", "User", "is_bearer"]


def is_bearer(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())


class Authenticator:
    """Maps tokens to users: those that it was told of, and those of service accounts."""

    def __init__(self, users_by_token: dict[str, User], registry: Registry) -> None:
        self._users_by_token = users_by_token
        self._registry = registry

    def user(self, authorization: str, certified: User | None = None) -> User:
        """Answer who shows this `Authorization` header, or a client certificate. Raises ApiError 401."""
        if certified is not None:
            return certified
        if not is_bearer(authorization):
            return ANONYMOUS
        try:
            return self.of_token(authorization.partition(" ")[2].strip())[0]
        except TokenError:
            raise unauthorized() from None

    def of_token(self, token: str, audiences: Sequence[str] = (ISSUER,)) -> tuple[User, list[str]]:
        """Answer whose token this is, and for which of these audiences it is meant. Raises TokenError.

        Takes as long for a wrong token of our own as for a right one.
        """
        found = None
        for known, user in self._users_by_token.items():
            if hmac.compare_digest(known.encode(), token.encode("utf-8", "replace")):
                found = user
        if found is not None:
            return found, list(audiences)
        return self._account(token, audiences)

    def _account(self, token: str, audiences: Sequence[str]) -> tuple[User, list[str]]:
        registry = self._registry
        claims = registry.issuer.read(token)
        if why := complaint(claims, token, registry.store, registry.now()):
            raise TokenError(why)
        meant = claims.get("aud", [ISSUER])
        shared = [audience for audience in audiences if audience in meant]
        if not shared:
            raise TokenError(
                f"token audiences {_listed(meant)} is invalid for the target audiences {_listed(audiences)}"
            )
        return user_of(claims), shared


def _listed(texts: Sequence[str]) -> str:
    return "[" + " ".join(f'"{text}"' for text in texts) + "]"
