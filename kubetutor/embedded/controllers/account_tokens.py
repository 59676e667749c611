"""Fills the secrets that hold a token of a service account for as long as they are there.

1. Look at a Secret of type `kubernetes.io/service-account-token`.
2. If the account that its annotation names is not there, or is another one than the secret was made for, delete it.
3. Otherwise put into it what is missing: the account's uid, a token, the authority's certificate, the namespace.

An account that goes takes its secrets with it.

Models: pkg/controller/serviceaccount/tokens_controller.go.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.objects import annotations_of, is_being_deleted, key_of, name_of, namespace_of, uid_of
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

TYPE = "kubernetes.io/service-account-token"
Sign: TypeAlias = "Callable[[Object, Object], str]"  # the token for an account and a secret
ACCOUNT_NAME, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a secret: delete it, or give it a uid, a token and other data, as far as they are missing."""

    delete: bool = False
    uid: str = ""
    token: bool = False
    data: tuple[tuple[str, str], ...] = ()


def plan_secret(secret: Object, account: Object | None, ca_certificate: str) -> Plan:
    uid = annotations_of(secret).get(ACCOUNT_UID, "")
    if account is None or is_being_deleted(account) or uid not in {"", uid_of(account)}:
        return Plan(delete=True)
    data = secret.get("data") or {}
    wanted = {"ca.crt": ca_certificate, "namespace": namespace_of(secret) or ""}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in wanted.items()}
    missing = tuple((name, text) for name, text in encoded.items() if data.get(name) != text)
    return Plan(uid="" if uid else uid_of(account), token=not data.get("token"), data=missing)


class AccountTokensController:
    name = "serviceaccount-token-controller"

    def __init__(self, context: Context, ca_certificate: str, sign: Sign) -> None:
        self._client, self._ca, self._sign = context.client, ca_certificate, sign
        self._secrets = context.informers["secrets"]
        self._accounts = context.informers["serviceaccounts"]

    def start(self, queue: WorkQueue) -> None:
        def note(secret: Object) -> None:
            if secret.get("type") == TYPE:
                queue.add(key_of(secret))

        def on_account(change: Change) -> None:
            for secret in self._secrets.list(namespace_of(change.object)):
                if annotations_of(secret).get(ACCOUNT_NAME) == name_of(change.object):
                    note(secret)

        self._secrets.on_change(lambda change: note(change.object))
        self._accounts.on_change(on_account)

    def reconcile(self, key: str) -> float | None:
        secret = self._secrets.get(key)
        if secret is None or secret.get("type") != TYPE or is_being_deleted(secret):
            return None
        account = self._accounts.get(f"{namespace_of(secret)}/{annotations_of(secret).get(ACCOUNT_NAME, '')}")
        plan = plan_secret(secret, account, self._ca)
        if plan.delete:
            self._delete(secret)
        elif account is not None and plan != Plan():
            self._client.update("secrets", self._filled(secret, account, plan))
        return None

    def _filled(self, secret: Object, account: Object, plan: Plan) -> Object:
        data = {**(secret.get("data") or {}), **dict(plan.data)}
        if plan.token:
            data["token"] = base64.b64encode(self._sign(account, secret).encode()).decode()
        annotations = {**annotations_of(secret), **({ACCOUNT_UID: plan.uid} if plan.uid else {})}
        return {**secret, "metadata": {**secret["metadata"], "annotations": annotations}, "data": data}

    def _delete(self, secret: Object) -> None:
        options = {"preconditions": {"uid": uid_of(secret)}}
        try:
            self._client.delete("secrets", name_of(secret), namespace=namespace_of(secret), options=options)
        except ApiError as error:
            if error.code != 404:
                raise
