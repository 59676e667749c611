"""Questions that are asked as a create: who am I, may I, whose token is this.

Models: pkg/registry/authentication, pkg/registry/authorization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.accounts.issuer import ISSUER, TokenError
from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.field import FieldError, invalid, required
from kubetutor.embedded.apiserver.status import bad_request
from kubetutor.embedded.apiserver.strategies import invalid_error
from kubetutor.embedded.apiserver.users import User
from kubetutor.embedded.clock import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.authentication import Authenticator
    from kubetutor.embedded.apiserver.registry import Registry

NO_USER = "at least one of user or group must be specified"
ONE_KIND = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
NO_BOTH = "cannot be specified in combination with resourceAttributes"


class Reviews:
    """Answers reviews: each as it was sent, with its status filled in. Raises ApiError 400, 422."""

    def __init__(self, registry: Registry, authenticator: Authenticator) -> None:
        self._registry, self._authenticator = registry, authenticator
        self._answers: dict[str, Callable[[Kind, Object, User, str | None], Object]] = {
            "SelfSubjectReview": self._who_am_i,
            "SelfSubjectRulesReview": self._rules,
            "TokenReview": self._token,
            "SelfSubjectAccessReview": self._may_i,
            "SubjectAccessReview": self._may_somebody,
            "LocalSubjectAccessReview": self._may_somebody,
        }

    def answer(self, kind: Kind, body: Object, user: User, namespace: str | None) -> Object:
        status = self._answers[kind.kind](kind, body, user, namespace)
        metadata = dict(body.get("metadata") or {})
        if kind.kind == "SelfSubjectReview":
            metadata["creationTimestamp"] = timestamp(self._registry.now())
        return {
            **body,
            "kind": kind.kind,
            "apiVersion": kind.api_version,
            "metadata": metadata,
            "status": status,
        }

    def _who_am_i(self, _kind: Kind, _body: Object, user: User, _namespace: str | None) -> Object:
        return {"userInfo": user.info()}

    def _rules(self, _kind: Kind, body: Object, user: User, _namespace: str | None) -> Object:
        """Answer all that a user may do in a namespace."""
        namespace = (body.get("spec") or {}).get("namespace")
        if not namespace:
            raise bad_request("no namespace on request")
        rules, errors = self._registry.authorizer.rules(user, namespace)
        urls = [
            {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
            for rule in rules
            if rule.get("nonResourceURLs")
        ]
        names = ("verbs", "apiGroups", "resources", "resourceNames")
        resources = [
            {name: rule[name] for name in names if rule.get(name)} for rule in rules if rule.get("resources")
        ]
        status: Object = {"resourceRules": resources, "nonResourceRules": urls, "incomplete": bool(errors)}
        return {**status, "evaluationError": errors} if errors else status

    def _may_i(self, kind: Kind, body: Object, user: User, _namespace: str | None) -> Object:
        spec = body.get("spec") or {}
        _check(kind, body, _attributes_complaints(spec))
        return self._decision(user, spec)

    def _may_somebody(self, kind: Kind, body: Object, _user: User, namespace: str | None) -> Object:
        spec = body.get("spec") or {}
        _check(kind, body, [*_attributes_complaints(spec), *_user_complaints(spec)])
        wanted = (spec.get("resourceAttributes") or {}).get("namespace", "")
        if namespace is not None and wanted != namespace:
            raise bad_request(f"spec.resourceAttributes.namespace must match namespace: {namespace}")
        extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
        user = User(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""), extra)
        return self._decision(user, spec)

    def _decision(self, user: User, spec: Object) -> Object:
        decision = self._registry.authorizer.decide(user, _asked(spec))
        status: Object = {"allowed": decision.allowed}
        return {**status, "reason": decision.reason} if decision.reason else status

    def _token(self, _kind: Kind, body: Object, _user: User, _namespace: str | None) -> Object:
        spec = body.get("spec") or {}
        if not spec.get("token"):
            raise bad_request("token is required for TokenReview in authentication")
        try:
            user, audiences = self._authenticator.of_token(spec["token"], spec.get("audiences") or [ISSUER])
        except TokenError as error:
            return {"user": {}, "error": f"[invalid bearer token, {error}]"}
        return {"authenticated": True, "user": user.info(), "audiences": audiences}


def _asked(spec: Object) -> Attributes:
    """Answer what is asked about."""
    wanted = spec.get("resourceAttributes")
    if wanted is None:
        wanted = spec["nonResourceAttributes"]
        return Attributes(wanted.get("verb", ""), wanted.get("path", ""))
    parts = {name: wanted.get(name, "") for name in ("group", "resource", "subresource", "namespace", "name")}
    return Attributes(wanted.get("verb", ""), is_resource=True, **parts)


def _check(kind: Kind, body: Object, errors: list[FieldError]) -> None:
    if errors:
        raise invalid_error(kind, (body.get("metadata") or {}).get("name", ""), errors)


def _attributes_complaints(spec: Object) -> list[FieldError]:
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and other is not None:
        return [invalid("spec.nonResourceAttributes", other, NO_BOTH)]
    if resource is None and other is None:
        return [invalid("spec.resourceAttributes", None, ONE_KIND)]
    return []


def _user_complaints(spec: Object) -> list[FieldError]:
    return [] if spec.get("user") or spec.get("groups") else [required("spec.user", NO_USER)]
