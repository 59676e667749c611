"""What a rule of a role allows, and whether some rules hold all that others do. Pure functions.

Models: pkg/apis/rbac/v1/evaluation_helpers.go, k8s.io/component-helpers/auth/rbac/validation/policy_comparator.go and
policy_compact.go.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.attributes import Attributes

ALL = "*"
FIELDS = (
    ("APIGroups", "apiGroups"),
    ("Resources", "resources"),
    ("NonResourceURLs", "nonResourceURLs"),
    ("ResourceNames", "resourceNames"),
    ("Verbs", "verbs"),
)


def allows(rule: Object, what: Attributes) -> bool:
    """Say whether one rule allows one request."""
    if not _has(rule.get("verbs"), what.verb):
        return False
    if not what.is_resource:
        return any(_url_matches(url, what.path) for url in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames")
    return (
        _has(rule.get("apiGroups"), what.group)
        and _resource_matches(rule.get("resources") or (), what)
        and (not names or what.name in names)
    )


def _has(listed: Sequence[str] | None, wanted: str) -> bool:
    return listed is not None and (wanted in listed or ALL in listed)


def _resource_matches(resources: Sequence[str], what: Attributes) -> bool:
    if ALL in resources or what.full_resource in resources:
        return True
    return bool(what.subresource) and f"*/{what.subresource}" in resources


def _url_matches(url: str, path: str) -> bool:
    return url in {ALL, path} or (url.endswith(ALL) and path.startswith(url.rstrip(ALL)))


def missing(held: Sequence[Object], wanted: Iterable[Object]) -> list[Object]:
    """Answer, in single rules, what is wanted and not held."""
    return [
        single
        for rule in wanted
        for single in _singles(rule)
        if not any(_covers(owned, single) for owned in held)
    ]


def _singles(rule: Object) -> Iterable[Object]:
    """Split a rule into rules of one group, one resource, one verb and at most one name each."""
    verbs, names = rule.get("verbs") or (), rule.get("resourceNames") or ()
    for group, resource, verb in product(rule.get("apiGroups") or (), rule.get("resources") or (), verbs):
        single = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
        yield from ({**single, "resourceNames": [name]} for name in names) if names else (single,)
    for url, verb in product(rule.get("nonResourceURLs") or (), verbs):
        yield {"nonResourceURLs": [url], "verbs": [verb]}


def _covers(owned: Object, single: Object) -> bool:
    names = owned.get("resourceNames")
    return (
        _has_all(owned.get("verbs"), single["verbs"])
        and _has_all(owned.get("apiGroups"), single.get("apiGroups") or ())
        and all(_covers_resource(owned.get("resources") or (), one) for one in single.get("resources") or ())
        and (not names or (bool(single.get("resourceNames")) and _has_all(names, single["resourceNames"])))
        and all(_covers_url(owned, url) for url in single.get("nonResourceURLs") or ())
    )


def _has_all(owned: Collection[str] | None, wanted: Iterable[str]) -> bool:
    owned = owned or ()
    return ALL in owned or all(one in owned for one in wanted)


def _covers_resource(owned: Collection[str], resource: str) -> bool:
    subresource = resource.partition("/")[2]
    return ALL in owned or resource in owned or (bool(subresource) and f"*/{subresource}" in owned)


def _covers_url(owned: Object, url: str) -> bool:
    return any(_url_matches(one, url) for one in owned.get("nonResourceURLs") or ())


def compacted(singles: Iterable[Object]) -> list[Object]:
    """Put single rules that differ in their verbs alone back together."""
    simple: dict[tuple[str, ...], Object] = {}
    others = []
    for rule in singles:
        groups, resources = rule.get("apiGroups") or [], rule.get("resources") or []
        names = rule.get("resourceNames") or []
        if rule.get("nonResourceURLs") or len(groups) != 1 or len(resources) != 1 or len(names) > 1:
            others.append(rule)
            continue
        key = (groups[0], resources[0], *names)
        found = simple.get(key)
        if found is None:
            simple[key] = {**rule, "verbs": list(rule["verbs"])}
        else:
            found["verbs"] += [verb for verb in rule["verbs"] if verb not in found["verbs"]]
    return [*others, *simple.values()]


def described(rule: Object) -> str:
    """Write a rule as upstream's refusals do: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`."""
    parts = [f"{title}:[{' '.join(map(quote, rule[field]))}]" for title, field in FIELDS if rule.get(field)]
    return f"{{{', '.join(parts)}}}"
