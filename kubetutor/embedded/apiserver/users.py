"""Users, as the API server knows them: a name, groups, and what else was learnt when they came in. Nobody stores one.

Models: k8s.io/apiserver/pkg/authentication/user and pkg/authentication/serviceaccount.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubetutor.api.objects import Object

AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
MASTERS = "system:masters"
ACCOUNT_PREFIX, ACCOUNTS = "system:serviceaccount:", "system:serviceaccounts"
CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. `extra` maps a key to its values, as `kubectl auth whoami` shows them."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def info(self) -> Object:
        """Answer the user as a `UserInfo`."""
        info: Object = {"username": self.name, "uid": self.uid, "groups": list(self.groups)}
        info["extra"] = {key: list(values) for key, values in self.extra.items()}
        return {key: value for key, value in info.items() if value}


ADMIN = User("kubernetes-admin", ("kubeadm:cluster-admins", AUTHENTICATED))
ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


def user_of_certificate(certificate: Mapping[str, Any], whole: bytes) -> User | None:
    """Answer whom a client's certificate names: its common name is the user, its organizations are the groups.

    `certificate` is what `ssl.SSLSocket.getpeercert` answers, `whole` its bytes (DER).
    """
    subject = [pair for relative in certificate.get("subject", ()) for pair in relative]
    names = [value for field, value in subject if field == "commonName"]
    if not names:
        return None
    groups = (value for field, value in subject if field == "organizationName")
    fingerprint = hashlib.sha256(whole).hexdigest()
    return User(names[0], (*groups, AUTHENTICATED), extra={CREDENTIAL_ID: (f"X509SHA256={fingerprint}",)})


def account_groups(namespace: str) -> tuple[str, ...]:
    """Answer the groups of every service account of a namespace."""
    return ACCOUNTS, f"{ACCOUNTS}:{namespace}", AUTHENTICATED


def account_of(name: str) -> tuple[str, str] | None:
    """Answer namespace and name of the service account that a user name stands for, if it does."""
    namespace, colon, account = name.removeprefix(ACCOUNT_PREFIX).partition(":")
    if not name.startswith(ACCOUNT_PREFIX) or not colon or not namespace or not account or ":" in account:
        return None
    return namespace, account
