"""Questions that are asked as a create: who am I, may I.

Models: pkg/registry/authentication, pkg/registry/authorization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.authorization import MASTERS, is_administrator
from kubetutor.embedded.apiserver.status import bad_request

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.authentication import User

# What the roles system:basic-user, system:public-info-viewer and system:discovery give to everybody who is known.
ABOUT_ONESELF: tuple[Object, ...] = (
    {
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]},
)
HEALTH_AND_VERSION = ("/healthz", "/livez", "/readyz", "/version", "/version/")
DOCUMENTS = (
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
)


def answer(kind: Kind, body: Object, user: User) -> Object:
    """Answer the review that was sent, with its status filled in."""
    review = {
        **body,
        "kind": kind.kind,
        "apiVersion": kind.api_version,
        "metadata": body.get("metadata") or {},
    }
    if kind.kind == "SelfSubjectReview":
        status: Object = {"userInfo": {"username": user.name, "groups": list(user.groups)}}
    elif kind.kind == "SelfSubjectRulesReview":
        status = _rules(body.get("spec") or {}, user)
    elif kind.kind == "TokenReview":
        status = {"user": {}, "error": "token lookup failed"}
    elif kind.kind == "SelfSubjectAccessReview":
        status = {"allowed": _may(body.get("spec") or {}, user)}
    else:
        groups = (body.get("spec") or {}).get("groups") or ()
        status = {"allowed": MASTERS in groups}
    return {**review, "status": status}


def _rules(spec: Object, user: User) -> Object:
    """Answer all that a user may do in a namespace."""
    if not spec.get("namespace"):
        raise bad_request("no namespace on request")
    master, urls = is_administrator(user), [HEALTH_AND_VERSION, DOCUMENTS]
    everything: list[Object] = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}] if master else []
    everywhere: list[Object] = [{"verbs": ["*"], "nonResourceURLs": ["*"]}] if master else []
    return {
        "resourceRules": [*everything, *({"verbs": ["create"], **rule} for rule in ABOUT_ONESELF)],
        "nonResourceRules": [
            *everywhere,
            *({"verbs": ["get"], "nonResourceURLs": list(some)} for some in urls),
        ],
        "incomplete": False,
    }


def _may(spec: Object, user: User) -> bool:
    """Say whether a user may do what is asked: read documents, or all if it is an administrator."""
    asked = spec.get("nonResourceAttributes") or {}
    return is_administrator(user) or (asked.get("verb") == "get" and _is_open(asked.get("path", "")))


def _is_open(path: str) -> bool:
    return any(
        path == url or (url.endswith("*") and path.startswith(url[:-1]))
        for url in (*HEALTH_AND_VERSION, *DOCUMENTS)
    )
