"""Roles and the bindings that give them.

Models: pkg/apis/rbac/validation.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_subdomain, path_segment
from kubetutor.embedded.apiserver.field import FieldError, invalid, malformed, not_supported, required
from kubetutor.embedded.apiserver.strategies.labels import validate_selector
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

GROUP = "rbac.authorization.k8s.io"
_SUBJECTS = ("ServiceAccount", "User", "Group")


def set_role_defaults(role: Object) -> None:
    """A role without rules says so: upstream writes null."""
    role["rules"] = role.get("rules") or None


def set_binding_defaults(binding: Object) -> None:
    binding.setdefault("roleRef", {}).setdefault("apiGroup", GROUP)
    for subject in binding.get("subjects", ()):
        if subject.get("kind") in {"User", "Group"}:
            subject.setdefault("apiGroup", GROUP)


def validate_role(role: Object, *, namespaced: bool) -> list[FieldError]:
    errors = [
        error
        for index, rule in enumerate(role.get("rules") or ())
        for error in _validate_rule(rule, f"rules[{index}]", namespaced=namespaced)
    ]
    aggregation = role.get("aggregationRule")
    if aggregation is not None:
        path = "aggregationRule.clusterRoleSelectors"
        selectors = aggregation.get("clusterRoleSelectors", [])
        if not selectors:
            detail = "at least one clusterRoleSelector required if aggregationRule is non-nil"
            errors.append(required(path, detail))
        for index, selector in enumerate(selectors):
            errors += validate_selector(selector, f"{path}[{index}]")
    return errors


def validate_binding(binding: Object, *, namespaced: bool) -> list[FieldError]:
    reference = binding.get("roleRef", {})
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)
    errors: list[FieldError] = []
    if reference.get("apiGroup") != GROUP:
        errors.append(not_supported("roleRef.apiGroup", reference.get("apiGroup", ""), (GROUP,)))
    if reference.get("kind") not in kinds:
        errors.append(not_supported("roleRef.kind", reference.get("kind", ""), kinds))
    name = reference.get("name", "")
    errors += malformed("roleRef.name", name, path_segment(name)) if name else [required("roleRef.name")]
    for index, subject in enumerate(binding.get("subjects", ())):
        errors += _validate_subject(subject, f"subjects[{index}]", namespaced=namespaced)
    return errors


def validate_binding_update(new: Object, old: Object) -> list[FieldError]:
    if new.get("roleRef") == old.get("roleRef"):
        return []
    reference = new.get("roleRef", {})
    shown = {name: reference.get(field, "") for name, field in
             (("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name"))}  # fmt: skip
    return [invalid("roleRef", shown, "cannot change roleRef")]


def _validate_rule(rule: Object, path: str, *, namespaced: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    if not rule.get("verbs"):
        errors.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    urls = rule.get("nonResourceURLs", [])
    if urls:
        if namespaced:
            detail = "namespaced rules cannot apply to non-resource URLs"
            errors.append(invalid(f"{path}.nonResourceURLs", urls, detail))
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            detail = "rules cannot apply to both regular resources and non-resource URLs"
            errors.append(invalid(f"{path}.nonResourceURLs", urls, detail))
        return errors
    if not rule.get("apiGroups"):
        errors.append(required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        errors.append(required(f"{path}.resources", "resource rules must supply at least one resource"))
    return errors


def _validate_subject(subject: Object, path: str, *, namespaced: bool) -> list[FieldError]:
    kind, name, group = subject.get("kind", ""), subject.get("name", ""), subject.get("apiGroup", "")
    errors = [] if name else [required(f"{path}.name")]
    if kind not in _SUBJECTS:
        return [*errors, not_supported(f"{path}.kind", kind, _SUBJECTS)]
    expected = "" if kind == "ServiceAccount" else GROUP
    if kind == "ServiceAccount" and name:
        errors += malformed(f"{path}.name", name, dns_subdomain(name))
    if group != expected:
        errors.append(not_supported(f"{path}.apiGroup", group, (expected,)))
    if kind == "ServiceAccount" and not namespaced and not subject.get("namespace"):
        errors.append(required(f"{path}.namespace"))
    return errors


def _role(*, namespaced: bool) -> Strategy:
    return Strategy(
        defaults=set_role_defaults,
        validate=partial(validate_role, namespaced=namespaced),
        name_rule=path_segment,
    )


def _binding(*, namespaced: bool) -> Strategy:
    return Strategy(
        defaults=set_binding_defaults,
        validate=partial(validate_binding, namespaced=namespaced),
        validate_update=validate_binding_update,
        name_rule=path_segment,
    )


ROLE, CLUSTER_ROLE = _role(namespaced=True), _role(namespaced=False)
ROLE_BINDING, CLUSTER_ROLE_BINDING = _binding(namespaced=True), _binding(namespaced=False)
