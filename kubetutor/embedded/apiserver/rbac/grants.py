"""Which rules a user has, and which binding gives each: an index of all bindings by their subjects.

The index follows the store, so that a decision looks at nothing but what concerns its user. Roles are looked up
as they are now.

Models: k8s.io/component-helpers and pkg/registry/rbac/validation/rule.go (DefaultRuleResolver).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.api.objects import name_of, namespace_of, uid_of
from kubetutor.embedded.apiserver.status import not_found
from kubetutor.embedded.apiserver.users import account_of
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.users import User
    from kubetutor.embedded.store import Store, StoreEvent


GROUP = "rbac.authorization.k8s.io"
ROLES = {"Role": f"roles.{GROUP}", "ClusterRole": f"clusterroles.{GROUP}"}
BINDINGS = (f"clusterrolebindings.{GROUP}", f"rolebindings.{GROUP}")

Subject: TypeAlias = tuple[str, ...]  # ("User", name), ("Group", name) or ("ServiceAccount", namespace, name)


@dataclass(frozen=True, slots=True)
class Grant:
    """One subject of one binding."""

    binding: Object
    subject: Object

    def __str__(self) -> str:
        binding, reference, subject = self.binding, self.binding["roleRef"], self.subject
        namespace = namespace_of(binding)
        kind, name = ("RoleBinding", f"{name_of(binding)}/{namespace}") if namespace else (
            "ClusterRoleBinding", name_of(binding))  # fmt: skip
        who = subject["name"]
        if subject["kind"] == "ServiceAccount":
            who += f"/{subject.get('namespace') or namespace or ''}"
        return f'{kind} "{name}" of {reference["kind"]} "{reference["name"]}" to {subject["kind"]} "{who}"'


class Grants:
    """Every binding, by namespace ("" for the whole cluster) and subject."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_subject: defaultdict[tuple[str, Subject], dict[str, Grant]] = defaultdict(dict)
        for resource in BINDINGS:
            for binding in store.list(resource):
                self._add(binding)
            store.watch(resource, self._on_change)

    def _on_change(self, event: StoreEvent) -> None:
        if event.old is not None:
            for key in _subjects(event.old):
                self._by_subject[key].pop(uid_of(event.old), None)
                if not self._by_subject[key]:
                    del self._by_subject[key]
        if event.type != "DELETED":
            self._add(event.object)

    def _add(self, binding: Object) -> None:
        for key, subject in _subjects(binding).items():
            self._by_subject[key][uid_of(binding)] = Grant(binding, subject)

    def of(self, user: User, namespace: str) -> Iterator[Grant]:
        """Answer what the user was given in the whole cluster, then in the namespace, if there is one."""
        account = account_of(user.name)
        subjects: list[Subject] = [("User", user.name), *(("Group", group) for group in user.groups)]
        if account:
            subjects.append(("ServiceAccount", *account))
        for place in ("", namespace) if namespace else ("",):
            for subject in subjects:
                yield from self._by_subject.get((place, subject), {}).values()

    def rules(self, binding: Object) -> list[Object]:
        """Answer the rules of the role that a binding names. Raises ApiError 404."""
        reference = binding["roleRef"]
        rules = self.rules_of(reference, namespace_of(binding))
        if rules is None:
            kind = kinds_by_resource()[ROLES[reference["kind"]]]
            raise not_found(replace(kind, plural=kind.singular), reference["name"])  # upstream's words
        return rules

    def rules_of(self, reference: Object, namespace: str | None) -> list[Object] | None:
        """Answer the rules of a role that is named; None if there is no such role."""
        kind = reference["kind"]
        role = self._store.get(ROLES[kind], namespace if kind == "Role" else None, reference["name"])
        return None if role is None else role.get("rules") or []

    def all_rules(self, user: User, namespace: str) -> tuple[list[Object], list[ApiError]]:
        """Answer every rule that the user has there, and which roles were not found."""
        rules: list[Object] = []
        errors: list[ApiError] = []
        for grant in self.of(user, namespace):
            try:
                rules += self.rules(grant.binding)
            except ApiError as error:
                errors.append(error)
        return rules, errors


def _subjects(binding: Object) -> dict[tuple[str, Subject], Object]:
    place = namespace_of(binding) or ""
    found: dict[tuple[str, Subject], Object] = {}
    for subject in binding.get("subjects") or ():
        key: Subject = (subject["kind"], subject["name"])
        if subject["kind"] == "ServiceAccount":
            key = ("ServiceAccount", subject.get("namespace") or place, subject["name"])
        found.setdefault((place, key), subject)
    return found
