"""Requests for certificates: who asks is written down, and not everybody may approve or sign.

1. A new request says who made it: the user's name, uid, groups and extra, whatever its body says.
2. `approval` takes Approved and Denied; it needs the verb `approve` on the signer.
3. `status` takes the certificate and other conditions; it needs the verb `sign` on the signer.

Models: pkg/registry/certificates/certificates/strategy.go, plugin/pkg/admission/certificates.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of
from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.status import forbidden
from kubetutor.embedded.apiserver.strategies import invalid_error
from kubetutor.embedded.apiserver.strategies.certificate import DECISIONS, validate_conditions
from kubetutor.embedded.apiserver.users import MASTERS
from kubetutor.embedded.clock import timestamp

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.rbac.authorizer import Authorizer
    from kubetutor.embedded.apiserver.users import User

RESOURCE = "certificatesigningrequests.certificates.k8s.io"
CLIENT = "kubernetes.io/kube-apiserver-client"
VERBS = {"approval": ("approve", "approve"), "status": ("sign", "sign")}


def stamp(kind: Kind, request: Object, user: User) -> None:
    """Write down who asks. Raises ApiError 403 for what nobody is given."""
    spec = request.setdefault("spec", {})
    for field in ("username", "uid", "groups", "extra"):
        spec.pop(field, None)
    spec |= user.info()
    if spec.get("signerName") == CLIENT and MASTERS in _organizations(spec.get("request", "")):
        why = f"use of {CLIENT} signer with {MASTERS} group is not allowed"
        raise forbidden(kind, name_of(request), why)


def _organizations(request: str) -> list[str]:
    from cryptography import x509  # noqa: PLC0415  # slow, and few clusters need it

    try:
        subject = x509.load_pem_x509_csr(base64.b64decode(request)).subject
    except ValueError:
        return []  # validation says what is wrong with it
    return [str(each.value) for each in subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)]


def merge_status(kind: Kind, new: Object, old: Object, subresource: str, now: dt.datetime) -> None:
    """Let each subresource change its own part of the status alone. Raises ApiError 422."""
    wanted, kept = new.get("status") or {}, old.get("status") or {}
    wanted_conditions, kept_conditions = wanted.get("conditions") or [], kept.get("conditions") or []
    if subresource == "approval":
        status, conditions = dict(kept), wanted_conditions
    else:
        status = dict(wanted)
        decided = [each for each in kept_conditions if each.get("type") in DECISIONS]
        conditions = decided + [each for each in wanted_conditions if each.get("type") not in DECISIONS]
    status["conditions"] = [_dated(each, kept_conditions, timestamp(now)) for each in conditions]
    new["status"] = {name: value for name, value in status.items() if value}
    if errors := validate_conditions(new):
        raise invalid_error(kind, name_of(new), errors)


def _dated(condition: Object, before: list[Object], now: str) -> Object:
    same = next((each for each in before if each.get("type") == condition.get("type")), {})
    unchanged = same.get("status") == condition.get("status")
    then = same.get("lastTransitionTime") if unchanged else None
    return {"lastUpdateTime": now, "lastTransitionTime": then or now, **condition}


def require_signer(authorizer: Authorizer, user: User, kind: Kind, request: Object, subresource: str) -> None:
    """Raise ApiError 403 unless the user may approve or sign for this signer."""
    verb, word = VERBS[subresource]
    signer = request["spec"]["signerName"]
    names = (signer, f"{signer.partition('/')[0]}/*")
    for name in names:
        what = Attributes(verb, is_resource=True, group=kind.group, resource="signers", name=name)
        if authorizer.decide(user, what).allowed:
            return
    why = f'user not permitted to {word} requests with signerName "{signer}"'
    raise forbidden(kind, name_of(request), why)
