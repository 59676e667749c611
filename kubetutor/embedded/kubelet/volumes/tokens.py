"""Tokens of a pod's service account: asked of the API server, kept, and asked for anew before they expire.

Models: pkg/kubelet/token/token_manager.go.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of, uid_of
from kubetutor.embedded.clock import parse_timestamp
from kubetutor.embedded.kubelet.volumes.contents import VolumeError
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.clock import Clock

LIFE = 3600  # seconds, where the volume does not say
FRESH = 0.8  # the part of its life after which a token is replaced
LEAST = 1.0  # seconds that any token is kept
OLDEST = 24 * 3600.0  # seconds after which it is, however long it lives


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when it is to be replaced."""

    text: str
    replace_at: dt.datetime


class PodTokens:
    """The tokens of one pod, by what they are for."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._tokens: dict[tuple[str, int], Token] = {}

    def get(self, pod: Object, source: Object) -> str:
        """Answer the token that a `serviceAccountToken` source asks for. Raises `VolumeError`."""
        audience, seconds = source.get("audience") or "", int(source.get("expirationSeconds") or LIFE)
        token = self._tokens.get((audience, seconds))
        if token is None or self._clock.now() >= token.replace_at:
            try:
                token = self._tokens[audience, seconds] = self._request(pod, audience, seconds)
            except ApiError as error:
                raise VolumeError(f"failed to fetch token: {error}") from error
        return token.text

    def seconds_left(self) -> float | None:
        """Answer how long it is until the first one has to be replaced."""
        if not self._tokens:
            return None
        first = min(token.replace_at for token in self._tokens.values())
        return max((first - self._clock.now()).total_seconds(), 0)

    def _request(self, pod: Object, audience: str, seconds: int) -> Token:
        account = pod["spec"].get("serviceAccountName") or "default"
        bound_to = {"kind": "Pod", "apiVersion": "v1", "name": name_of(pod), "uid": uid_of(pod)}
        spec = {
            "audiences": [audience] if audience else [],
            "expirationSeconds": seconds,
            "boundObjectRef": bound_to,
        }
        now = self._clock.now()
        status = request_token(self._client, namespace_of(pod) or "default", account, spec)["status"]
        life = (parse_timestamp(status["expirationTimestamp"]) - now).total_seconds()
        kept = max(min(life * FRESH, OLDEST), LEAST)
        return Token(status["token"], now + dt.timedelta(seconds=kept))


def request_token(client: Client, namespace: str, account: str, spec: Object) -> Object:
    """Ask the API server for a token: `create` on serviceaccounts/NAME/token. Answers the TokenRequest with its status."""
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "metadata": {"name": account},
        "spec": spec,
    }
    return client.create("serviceaccounts", body, namespace=namespace, subresource="token")
