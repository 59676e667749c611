"""Questions that are asked as a create: who am I, may I, whose token is this.

Models: pkg/registry/authentication, pkg/registry/authorization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.kinds import Kind
from kubetutor.embedded.apiserver.accounts.issuer import ISSUER, TokenError
from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.field import FieldError, invalid
from kubetutor.embedded.apiserver.rbac.authorizer import aggregated
from kubetutor.embedded.apiserver.status import bad_request
from kubetutor.embedded.apiserver.strategies import invalid_error
from kubetutor.embedded.apiserver.users import User
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.authentication import Authenticator
    from kubetutor.embedded.apiserver.registry import Registry

GROUP = "authorization.k8s.io"
NO_USER = "at least one of user or group must be specified"
ONE_KIND = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
NOT_BOTH = "cannot be specified in combination with resourceAttributes"
NOT_LOCAL = "disallowed on this kind of request"
ELSEWHERE = "the namespace of the provided object does not match the namespace sent on the request"


class Reviews:
    """Answers reviews: each as it was sent, with its status filled in. Raises ApiError 400, 422."""

    def __init__(self, registry: Registry, authenticator: Authenticator) -> None:
        self._registry, self._authenticator = registry, authenticator
        self._answers: dict[str, Callable[[Object, User, str | None], Object]] = {
            "SelfSubjectReview": self._who_am_i,
            "SelfSubjectRulesReview": self._rules,
            "TokenReview": self._token,
            "SelfSubjectAccessReview": self._may_i,
            "SubjectAccessReview": self._may_somebody,
            "LocalSubjectAccessReview": self._may_somebody,
        }

    def answer(self, kind: Kind, body: Object, user: User, namespace: str | None) -> Object:
        metadata = dict(body.get("metadata") or {})
        if namespace is not None and metadata.setdefault("namespace", namespace) not in {"", namespace}:
            raise bad_request(ELSEWHERE)
        status = self._answers[kind.kind](body.get("spec") or {}, user, namespace)
        if kind.kind == "SelfSubjectReview":
            metadata["creationTimestamp"] = timestamp(self._registry.now())
        spec = (
            {"spec": {} if kind.kind == "SelfSubjectRulesReview" else body["spec"]} if "spec" in body else {}
        )
        about = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
        return {**about, **spec, "status": status}

    def _who_am_i(self, _spec: Object, user: User, _namespace: str | None) -> Object:
        return {"userInfo": user.info()}

    def _rules(self, spec: Object, user: User, _namespace: str | None) -> Object:
        """Answer all that a user may do in a namespace."""
        if not spec.get("namespace"):
            raise bad_request("no namespace on request")
        rules, errors = self._registry.authorizer.grants.all_rules(user, spec["namespace"])
        resources = [_only(rule, "verbs", "apiGroups", "resources", "resourceNames") for rule in rules]
        urls = [_only(rule, "verbs", "nonResourceURLs") for rule in rules]
        status: Object = {
            "resourceRules": [rule for rule in resources if "resources" in rule],
            "nonResourceRules": [rule for rule in urls if "nonResourceURLs" in rule],
            "incomplete": bool(errors),
        }
        return {**status, "evaluationError": aggregated(errors)} if errors else status

    def _may_i(self, spec: Object, user: User, _namespace: str | None) -> Object:
        _check(_attributes_complaints(spec))
        return self._decision(user, spec)

    def _may_somebody(self, spec: Object, _user: User, namespace: str | None) -> Object:
        _check([*_attributes_complaints(spec), *_user_complaints(spec), *_place_complaints(spec, namespace)])
        extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
        user = User(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""), extra)
        return self._decision(user, spec)

    def _decision(self, user: User, spec: Object) -> Object:
        decision = self._registry.authorizer.decide(user, _asked(spec))
        status: Object = {"allowed": decision.allowed}
        return {**status, "reason": decision.reason} if decision.reason else status

    def _token(self, spec: Object, _user: User, _namespace: str | None) -> Object:
        if not spec.get("token"):
            raise bad_request("token is required for TokenReview in authentication")
        try:
            user, audiences = self._authenticator.of_token(spec["token"], spec.get("audiences") or [ISSUER])
        except TokenError as error:
            why = str(error)
            return {"user": {}, "error": f"[invalid bearer token, {why}]" if why else "invalid bearer token"}
        return {"authenticated": True, "user": user.info(), "audiences": audiences}


def _only(rule: Object, *names: str) -> Object:
    return {name: rule[name] for name in names if rule.get(name)}


def _asked(spec: Object) -> Attributes:
    """Answer what is asked about."""
    wanted = spec.get("resourceAttributes")
    if wanted is None:
        wanted = spec["nonResourceAttributes"]
        return Attributes(wanted.get("verb", ""), wanted.get("path", ""))
    parts = {name: wanted.get(name, "") for name in ("group", "resource", "subresource", "namespace", "name")}
    return Attributes(wanted.get("verb", ""), is_resource=True, **parts)


def _check(errors: list[FieldError]) -> None:
    """Refuse a review as upstream does, which forgets to say of which kind it was."""
    if errors:
        error = invalid_error(Kind(GROUP, "v1", "", ""), "", errors)
        raise ApiError(error.code, error.reason, error.message, {**(error.details or {}), "group": GROUP})


def _attributes_complaints(spec: Object) -> list[FieldError]:
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and other is not None:
        return [invalid("spec.nonResourceAttributes", _shown(other), NOT_BOTH)]
    if resource is None and other is None:
        return [invalid("spec.resourceAttributes", None, ONE_KIND)]
    return []


def _user_complaints(spec: Object) -> list[FieldError]:
    return [] if spec.get("user") or spec.get("groups") else [invalid("spec.user", "", NO_USER)]


def _place_complaints(spec: Object, namespace: str | None) -> list[FieldError]:
    """Say what is wrong with the attributes of a review in a namespace."""
    if namespace is None:
        return []
    if (other := spec.get("nonResourceAttributes")) is not None:
        return [invalid("spec.nonResourceAttributes", _shown(other), NOT_LOCAL)]
    wanted = (spec.get("resourceAttributes") or {}).get("namespace", "")
    path = "spec.resourceAttributes.namespace"
    return [] if wanted == namespace else [invalid(path, wanted, "must match metadata.namespace")]


def _shown(attributes: Object) -> Object:
    return {"Path": attributes.get("path", ""), "Verb": attributes.get("verb", "")}
