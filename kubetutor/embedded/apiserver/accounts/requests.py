"""Answers TokenRequests: `kubectl create token`, and what a kubelet mounts into a pod.

Models: pkg/registry/core/serviceaccount/storage/token.go, pkg/apis/authentication/validation.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kubetutor.api.kinds import Kind, kinds_by_resource
from kubetutor.api.objects import name_of, uid_of
from kubetutor.embedded.apiserver.accounts.claims import Lifetime, claims_of
from kubetutor.embedded.apiserver.accounts.issuer import ISSUER
from kubetutor.embedded.apiserver.field import FieldError, invalid
from kubetutor.embedded.apiserver.status import bad_request, conflict
from kubetutor.embedded.apiserver.strategies import invalid_error
from kubetutor.embedded.clock import timestamp

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.registry import Registry

TOKEN_REQUEST = Kind("authentication.k8s.io", "v1", "TokenRequest", "tokenrequests")
DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 600, 1 << 32
KUBELETS_SECONDS = 3607  # what a kubelet asks for; such a token holds on, and later only warns
EXTENDED_SECONDS = 365 * 24 * 3600


def answer(registry: Registry, namespace: str, name: str, request: Object) -> Object:
    """Answer the request with its token. Raises ApiError 400, 404, 409, 422."""
    metadata, spec = dict(request.get("metadata") or {}), dict(request.get("spec") or {})
    spec.setdefault("expirationSeconds", DEFAULT_SECONDS)
    _check_place(metadata, namespace, name)
    account = registry.get(kinds_by_resource()["serviceaccounts"], namespace, name)
    audiences = spec["audiences"] = spec.get("audiences") or [ISSUER]
    if errors := _complaints(spec):
        raise invalid_error(TOKEN_REQUEST, "", errors)
    bound = _bound(registry, account, spec.get("boundObjectRef"))
    now = registry.now()
    lifetime = _lifetime(spec["expirationSeconds"], is_for_a_pod="pod" in bound, audiences=audiences)
    token = registry.issuer.sign(claims_of(account, bound, audiences, lifetime, now))
    expires = timestamp(now + dt.timedelta(seconds=spec["expirationSeconds"]))
    return {
        "kind": "TokenRequest",
        "apiVersion": TOKEN_REQUEST.api_version,
        "metadata": {
            **metadata, "name": name, "namespace": namespace, "uid": uid_of(account), "creationTimestamp": timestamp(now),
        },
        "spec": {
            "audiences": audiences,
            "expirationSeconds": spec["expirationSeconds"],
            "boundObjectRef": spec.get("boundObjectRef"),
        },
        "status": {"token": token, "expirationTimestamp": expires},
    }  # fmt: skip


def _check_place(metadata: Object, namespace: str, name: str) -> None:
    errors = []
    if metadata.get("name", "") not in {"", name}:
        why = "must match the service account name if specified"
        errors.append(invalid("metadata.name", metadata["name"], why))
    elif metadata.get("namespace", "") not in {"", namespace}:
        why = "must match the service account namespace if specified"
        errors.append(invalid("metadata.namespace", metadata["namespace"], why))
    if errors:
        raise invalid_error(TOKEN_REQUEST, name, errors)


def _complaints(spec: Object) -> list[FieldError]:
    seconds, path = spec["expirationSeconds"], "spec.expirationSeconds"
    errors = []
    if seconds < LEAST_SECONDS:
        errors.append(invalid(path, seconds, "may not specify a duration less than 10 minutes"))
    if seconds > MOST_SECONDS:
        errors.append(invalid(path, seconds, "may not specify a duration larger than 2^32 seconds"))
    return errors


def _lifetime(seconds: int, *, is_for_a_pod: bool, audiences: list[str]) -> Lifetime:
    if is_for_a_pod and seconds == KUBELETS_SECONDS and set(audiences) <= {ISSUER}:
        return Lifetime(EXTENDED_SECONDS, warn_after=seconds)
    return Lifetime(seconds)


def _bound(registry: Registry, account: Object, reference: Object | None) -> dict[str, Object]:
    """Answer the objects that the token names: what it is bound to, and a pod's node."""
    if not reference:
        return {}
    namespace, name = account["metadata"]["namespace"], reference.get("name", "")
    kinds, api_version, kind = kinds_by_resource(), reference.get("apiVersion", ""), reference.get("kind", "")
    if "/" in api_version or kind not in {"Pod", "Node", "Secret"}:
        shown = api_version if "/" in api_version else f"/{api_version}"
        raise bad_request(f"cannot bind token to object of type {shown}, Kind={kind}")
    resource = f"{kind.lower()}s"
    found = registry.get(kinds[resource], namespace if kinds[resource].namespaced else None, name)
    bound = {kind.lower(): found}
    if kind == "Pod":
        if found["spec"].get("serviceAccountName") != name_of(account):
            raise bad_request(
                f'cannot bind token for serviceaccount "{name_of(account)}" to pod running with different '
                "serviceaccount name."
            )
        if node := found["spec"].get("nodeName"):
            bound["node"] = registry.store.get("nodes", None, node) or {"metadata": {"name": node}}
    if reference.get("uid") not in {None, "", uid_of(found)}:
        why = (
            f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. "
            "The object might have been deleted and then recreated"
        )
        raise conflict(Kind("", "v1", kind, kind), name, why)
    return bound
