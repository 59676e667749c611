"""Questions that are asked as a create: who am I, may I.

Models: pkg/registry/authentication, pkg/registry/authorization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.authorization import MASTERS, is_administrator

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.authentication import User


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
        everything = ["*"] if is_administrator(user) else []
        status = {
            "resourceRules": [{"verbs": everything, "apiGroups": everything, "resources": everything}],
            "nonResourceRules": [{"verbs": everything, "nonResourceURLs": everything}],
            "incomplete": False,
        }
    elif kind.kind == "TokenReview":
        status = {"user": {}, "error": "token lookup failed"}
    elif kind.kind == "SelfSubjectAccessReview":
        status = {"allowed": is_administrator(user)}
    else:
        groups = (body.get("spec") or {}).get("groups") or ()
        status = {"allowed": MASTERS in groups}
    return {**review, "status": status}
