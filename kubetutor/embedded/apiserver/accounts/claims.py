"""What a service account's token says, and whether it still holds.

A token holds for the account that it was made for, and no longer than the pod, secret or node that it is bound to:
an object of the same name that was made later is another one, which its uid tells.

Models: pkg/serviceaccount/claims.go and legacy.go.
"""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kubetutor.api.objects import name_of, namespace_of, uid_of
from kubetutor.embedded.apiserver.accounts.issuer import ISSUER
from kubetutor.embedded.apiserver.users import ACCOUNT_PREFIX, CREDENTIAL_ID, User, account_groups
from kubetutor.embedded.clock import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.accounts.issuer import TokenIssuer

LEGACY_ISSUER = "kubernetes/serviceaccount"
LEGACY = "kubernetes.io/serviceaccount"
BOUND = {"pod": "pods", "secret": "secrets", "node": "nodes"}
EXPIRED = "service account token has expired"
INVALIDATED = "service account token has been invalidated"
NOT_YET = "service account token is not valid yet"
LEEWAY = dt.timedelta(seconds=60)  # a token outlives its object by this, so that a last request can be made
EXTRA = "authentication.kubernetes.io/"


class Reader(Protocol):
    """Reads what there is; the store is one."""

    def get(self, resource: str, namespace: str | None, name: str) -> Object | None: ...


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a token holds, in seconds. `warn_after` is when a client should have taken a new one."""

    seconds: int
    warn_after: int | None = None


def claims_of(
    account: Object, bound: dict[str, Object], audiences: Sequence[str], lifetime: Lifetime, now: dt.datetime
) -> Object:
    """Answer what a new token says. `bound` maps `pod`, `node` and `secret` to objects, which need not have a uid."""
    issued = int(now.timestamp())
    private: Object = {
        "namespace": namespace_of(account),
        "serviceaccount": {"name": name_of(account), "uid": uid_of(account)},
        **{kind: _reference(obj) for kind, obj in bound.items()},
    }
    if lifetime.warn_after is not None:
        private["warnafter"] = issued + lifetime.warn_after
    return {
        "aud": list(audiences),
        "exp": issued + lifetime.seconds,
        "iat": issued,
        "iss": ISSUER,
        "jti": str(uuid.uuid4()),
        "kubernetes.io": {key: private[key] for key in sorted(private)},
        "nbf": issued,
        "sub": f"{ACCOUNT_PREFIX}{namespace_of(account)}:{name_of(account)}",
    }


def legacy_claims(account: Object, secret: Object) -> Object:
    """Answer what the token in a secret says: it holds as long as the secret does."""
    return {
        "iss": LEGACY_ISSUER,
        f"{LEGACY}/namespace": namespace_of(account),
        f"{LEGACY}/secret.name": name_of(secret),
        f"{LEGACY}/service-account.name": name_of(account),
        f"{LEGACY}/service-account.uid": uid_of(account),
        "sub": f"{ACCOUNT_PREFIX}{namespace_of(account)}:{name_of(account)}",
    }


def token_signer(issuer: TokenIssuer) -> Callable[[Object, Object], str]:
    """Answer what makes the token for an account and a secret."""
    return lambda account, secret: issuer.sign(legacy_claims(account, secret))


def complaint(claims: Object, token: str, reader: Reader, now: dt.datetime) -> str:
    """Say why a token that we signed holds no longer; "" if it does."""
    if claims.get("iss") == LEGACY_ISSUER:
        return _legacy_complaint(claims, token, reader)
    if claims.get("iss") != ISSUER:
        return "the token was issued by somebody else"
    seconds = now.timestamp()
    if seconds > claims.get("exp", 0):
        return EXPIRED
    if seconds < claims.get("nbf", 0):
        return NOT_YET
    private = claims["kubernetes.io"]
    account = private["serviceaccount"]
    found = reader.get("serviceaccounts", private["namespace"], account["name"])
    if not _holds(found, account, now):
        return INVALIDATED
    return _bound_complaint(private, reader, now)


def _bound_complaint(private: Object, reader: Reader, now: dt.datetime) -> str:
    """A token for a pod names its node too; it is bound to that only if it names no pod."""
    for kind, resource in BOUND.items():
        reference = private.get(kind)
        if reference is None or (kind == "node" and "pod" in private):
            continue
        namespace = None if kind == "node" else private["namespace"]
        if not _holds(reader.get(resource, namespace, reference["name"]), reference, now):
            return INVALIDATED
    return ""


def _holds(found: Object | None, reference: Object, now: dt.datetime) -> bool:
    """Say whether this is the object that the token was made for, and it has not long been deleted."""
    if found is None or uid_of(found) != reference["uid"]:
        return False
    deleted = found["metadata"].get("deletionTimestamp")
    return deleted is None or now - parse_timestamp(deleted) < LEEWAY


def _legacy_complaint(claims: Object, token: str, reader: Reader) -> str:
    namespace = claims[f"{LEGACY}/namespace"]
    secret = reader.get("secrets", namespace, claims[f"{LEGACY}/secret.name"])
    if secret is None or secret["metadata"].get("deletionTimestamp"):
        return INVALIDATED
    if (secret.get("data") or {}).get("token") != base64.b64encode(token.encode()).decode():
        return "service account token does not match server's copy"
    account = reader.get("serviceaccounts", namespace, claims[f"{LEGACY}/service-account.name"])
    if account is None or account["metadata"].get("deletionTimestamp"):
        return INVALIDATED
    if uid_of(account) != claims[f"{LEGACY}/service-account.uid"]:
        return "service account UID does not match claim"
    return ""


def user_of(claims: Object) -> User:
    """Answer whom a token names."""
    if claims.get("iss") == LEGACY_ISSUER:
        namespace, uid = claims[f"{LEGACY}/namespace"], claims[f"{LEGACY}/service-account.uid"]
        return User(claims["sub"], account_groups(namespace), uid)
    private = claims["kubernetes.io"]
    extra = {CREDENTIAL_ID: (f"JTI={claims['jti']}",)}
    for kind in ("node", "pod"):
        for field, value in private.get(kind, {}).items():
            extra[f"{EXTRA}{kind}-{field}"] = (value,)
    return User(claims["sub"], account_groups(private["namespace"]), private["serviceaccount"]["uid"], extra)


def _reference(obj: Object) -> Object:
    reference = {"name": name_of(obj), "uid": uid_of(obj)}
    return {key: value for key, value in reference.items() if value}
