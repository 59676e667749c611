"""Requests for certificates: what they may ask, and what may be said about them.

Models: pkg/apis/certificates/validation and pkg/registry/certificates/certificates/strategy.go.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, duplicate, invalid, not_supported, required
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

SHORTEST = 600  # seconds
BEGINNING = b"-----BEGIN CERTIFICATE REQUEST-----"
DECISIONS = {"Approved", "Denied"}
USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
    "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
    "server auth", "signing", "timestamping",
)  # fmt: skip


def validate(request: Object) -> list[FieldError]:
    spec = request.get("spec") or {}
    errors = [] if _is_readable(spec) else [_unreadable(spec)]
    usages = spec.get("usages") or []
    if not usages:
        errors.append(required("spec.usages"))
    for index, usage in enumerate(usages):
        if usage not in USAGES:
            errors.append(not_supported(f"spec.usages[{index}]", usage, sorted(USAGES)))
        elif usage in usages[:index]:
            errors.append(duplicate(f"spec.usages[{index}]", usage))
    errors += _signer_complaints(spec.get("signerName", ""))
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < SHORTEST:
        why = f"may not specify a duration less than {SHORTEST} seconds (10 minutes)"
        errors.append(invalid("spec.expirationSeconds", seconds, why))
    return errors + validate_conditions(request)


def _is_readable(spec: Object) -> bool:
    from cryptography import x509  # noqa: PLC0415  # slow, and few clusters need it
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # as above

    try:
        text = base64.b64decode(spec.get("request") or "", validate=True)
        return BEGINNING in text and x509.load_pem_x509_csr(text).is_signature_valid
    except (ValueError, UnsupportedAlgorithm):
        return False


def _unreadable(spec: Object) -> FieldError:
    return invalid("spec.request", spec.get("request"), "PEM block type must be CERTIFICATE REQUEST")


def _signer_complaints(name: str) -> list[FieldError]:
    if not name:
        return [required("spec.signerName")]
    domain, slash, rest = name.partition("/")
    if not slash or not domain or not rest:
        why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        return [invalid("spec.signerName", name, why)]
    return []


def validate_conditions(request: Object) -> list[FieldError]:
    errors = []
    conditions = (request.get("status") or {}).get("conditions") or []
    for index, condition in enumerate(conditions):
        path, kind = f"status.conditions[{index}]", condition.get("type", "")
        if not kind:
            errors.append(required(f"{path}.type"))
        if not condition.get("status"):
            errors.append(required(f"{path}.status"))
        elif kind in {*DECISIONS, "Failed"} and condition["status"] != "True":
            errors.append(not_supported(f"{path}.status", condition["status"], ("True",)))
        if kind in DECISIONS and any(other.get("type") in DECISIONS - {kind} for other in conditions[:index]):
            errors.append(
                invalid(f"{path}.type", kind, "Approved and Denied conditions are mutually exclusive")
            )
        if any(other.get("type") == kind for other in conditions[:index]):
            errors.append(duplicate(f"{path}.type", kind))
    return errors


def prepare_create(request: Object) -> None:
    request["status"] = {}


def prepare_update(new: Object, old: Object) -> None:
    """What is asked for stays as it was."""
    new["spec"] = old["spec"]


STRATEGY = Strategy(prepare_create=prepare_create, prepare_update=prepare_update, validate=validate)
