"""Signs the certificates of users, once somebody has approved.

1. Look at a CertificateSigningRequest for the signer `kubernetes.io/kube-apiserver-client` that is approved, not denied,
   and neither signed nor failed.
2. If it asks for what a client's certificate is not for, say so in its condition Failed.
3. Otherwise sign it and write the certificate into its status.

Unlike upstream: there are no signers for kubelets, which need no certificates here, and old requests are not removed.
Models: pkg/controller/certificates/signer/signer.go.
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_true, name_of

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client_authority import ClientAuthority
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

REQUESTS = "certificatesigningrequests.certificates.k8s.io"
SIGNER = "kubernetes.io/kube-apiserver-client"
OPTIONAL, REQUIRED = {"digital signature", "key encipherment"}, "client auth"


def is_to_be_signed(request: Object) -> bool:
    return (
        request["spec"].get("signerName") == SIGNER
        and is_true(request, "Approved")
        and not is_true(request, "Denied")
        and not is_true(request, "Failed")
        and not request["status"].get("certificate")
    )


def complaint(usages: list[str]) -> str:
    """Say why a certificate of a client cannot have these usages; "" if it can."""
    for usage in usages:
        if usage not in OPTIONAL and usage != REQUIRED:
            return f"invalid usage for client certificate: {usage}"
    return "" if REQUIRED in usages else f"missing required usage for client certificate: {REQUIRED}"


class CertificateSigningController:
    name = "certificatesigningrequest-signing-controller"

    def __init__(self, context: Context, authority: ClientAuthority) -> None:
        self._client, self._clock, self._authority = context.client, context.clock, authority
        self._requests = context.informers[REQUESTS]

    def start(self, queue: WorkQueue) -> None:
        self._requests.on_change(lambda change: queue.add(name_of(change.object)))

    def reconcile(self, key: str) -> float | None:
        request = self._requests.get(key)
        if request is None or not is_to_be_signed(request):
            return None
        spec, status = request["spec"], dict(request["status"])
        if why := complaint(spec.get("usages") or []):
            failed = {"type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": why}
            status["conditions"] = [*status["conditions"], failed]
        else:
            status["certificate"] = base64.b64encode(self._signed(spec)).decode()
        self._client.update(REQUESTS, {**request, "status": status}, subresource="status")
        return None

    def _signed(self, spec: Object) -> bytes:
        seconds = spec.get("expirationSeconds")
        lifetime = None if seconds is None else dt.timedelta(seconds=seconds)
        text = base64.b64decode(spec["request"])
        return self._authority.sign(text, spec["usages"], lifetime, self._clock.now())
