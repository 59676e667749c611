"""What a learner may do on a cluster of somebody else, asked of the cluster itself, as data.

1. `NEEDS` lists what lessons do, and what it means where that is refused.
2. `ask` sends one SelfSubjectAccessReview for each: the only question that every way to authorise answers in full.
3. `sentences` is a pure function: what is refused, in plain words.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object

REVIEWS = "selfsubjectaccessreviews.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that lessons do. `without` says what follows where it is refused."""

    verb: str
    resource: str  # `pods/log`, `deployments.apps`
    without: str
    is_essential: bool = False
    is_namespaced: bool = True

    @property
    def words(self) -> str:
        """Answer `create deployments`."""
        name, _, _group = self.resource.partition(".")
        plural, _, subresource = name.partition("/")
        return f"{self.verb} {plural}" if not subresource else f"use {subresource} of {plural}"


NO_START = "lessons cannot start an application"
NO_CHANGE = "lessons cannot change an application"
NO_SWEEP = "lessons cannot clean up"
NO_VIEW = "lessons cannot see what happens"

CREATE_NAMESPACES = Need(
    "create", "namespaces", "lessons work in the namespace that you were given", is_namespaced=False
)
DELETE_NAMESPACES = Need(
    "delete", "namespaces", "lessons work in the namespace that you were given", is_namespaced=False
)
LIST_NODES = Need(
    "list", "nodes", "the map names only the machines that hold a pod of yours", is_namespaced=False
)
ESSENTIAL = (
    Need("create", "deployments.apps", NO_START, is_essential=True),
    Need("patch", "deployments.apps", NO_CHANGE, is_essential=True),
    Need("delete", "deployments.apps", NO_SWEEP, is_essential=True),
    Need("list", "deployments.apps", NO_VIEW, is_essential=True),
    Need("create", "services", NO_START, is_essential=True),
    Need("delete", "services", NO_SWEEP, is_essential=True),
    Need("list", "pods", NO_VIEW, is_essential=True),
    Need("delete", "pods", "lessons cannot lose a pod on purpose", is_essential=True),
)
NEEDS = (
    CREATE_NAMESPACES,
    DELETE_NAMESPACES,
    LIST_NODES,
    *ESSENTIAL,
    Need("watch", "pods", "the map is late by some seconds"),
    Need("list", "replicasets.apps", "the map does not know revisions"),
    Need("list", "events", "`kubectl describe` shows no events"),
    Need("create", "pods", "no exercise can count requests"),
    Need("get", "pods/log", "`kubectl logs` is refused, and no exercise can count requests"),
    Need("create", "pods/exec", "`kubectl exec` is refused"),
    Need("create", "pods/portforward", "services are reached by their own address only"),
)


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done in one namespace; `namespace` is empty where every one may be used."""

    namespace: str
    refused: frozenset[Need]

    def may(self, need: Need) -> bool:
        return need not in self.refused

    @property
    def may_make_namespaces(self) -> bool:
        return self.may(CREATE_NAMESPACES) and self.may(DELETE_NAMESPACES)

    @property
    def are_enough(self) -> bool:
        return not any(need.is_essential for need in self.refused)


def ask(api: Client, namespace: str = "") -> Rights:
    """Ask the cluster. An empty namespace asks for all namespaces. Raise ApiError or ClusterError."""
    refused = []
    for need in NEEDS:
        answer = api.create(REVIEWS, review_of(need, namespace))
        if not answer.get("status", {}).get("allowed"):
            refused.append(need)
    return Rights(namespace, frozenset(refused))


def review_of(need: Need, namespace: str) -> Object:
    """Write the question as the API takes it."""
    name, _, group = need.resource.partition(".")
    resource, _, subresource = name.partition("/")
    attributes = {"verb": need.verb, "group": group, "resource": resource, "subresource": subresource}
    if need.is_namespaced and namespace:
        attributes["namespace"] = namespace
    spec = {"resourceAttributes": {key: value for key, value in attributes.items() if value}}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}


def sentences(rights: Rights) -> tuple[str, ...]:
    """Say what is refused and what follows, one sentence for each consequence."""
    words_by_consequence: dict[str, list[str]] = {}
    for need in NEEDS:
        if need in rights.refused:
            words_by_consequence.setdefault(need.without, []).append(need.words)
    return tuple(
        f"You may not {_joined(words)}: {without}." for without, words in words_by_consequence.items()
    )


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
