"""Decides whether a user may do something.

1. Members of `system:masters` may do everything: the way in that no mistake in a role can close.
2. Everybody else may do what a rule allows that a binding gives, in the whole cluster or in the request's namespace.
3. What no rule allows is refused.

Models: plugin/pkg/auth/authorizer/rbac/rbac.go, k8s.io/apiserver/pkg/authorization/authorizerfactory (privileged groups).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.rbac.grants import BINDINGS, ROLES, Grants
from kubetutor.embedded.apiserver.rbac.rules import allows
from kubetutor.embedded.apiserver.users import MASTERS
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.embedded.apiserver.attributes import Attributes
    from kubetutor.embedded.apiserver.users import User
    from kubetutor.embedded.store import Store


REMEMBERED = 1024  # decisions


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` says which binding allows it, or which roles were not found."""

    allowed: bool
    reason: str = ""


class Authorizer:
    """Remembers what it decided until a role or a binding changes: clients ask for the same again and again."""

    def __init__(self, store: Store) -> None:
        self.grants = Grants(store)
        self._decided: dict[tuple[str, tuple[str, ...], Attributes], Decision] = {}
        for resource in (*ROLES.values(), *BINDINGS):
            store.watch(resource, lambda _: self._decided.clear())

    def decide(self, user: User, what: Attributes) -> Decision:
        key = (user.name, user.groups, what)
        known = self._decided.get(key)
        if known is None:
            known = self._decide(user, what)
            if len(self._decided) >= REMEMBERED:
                self._decided.clear()
            self._decided[key] = known
        return known

    def _decide(self, user: User, what: Attributes) -> Decision:
        if MASTERS in user.groups:
            return Decision(True)
        errors = []
        for grant in self.grants.of(user, what.namespace if what.is_resource else ""):
            try:
                rules = self.grants.rules(grant.binding)
            except ApiError as error:
                errors.append(error)
                continue
            if any(allows(rule, what) for rule in rules):
                return Decision(True, f"RBAC: allowed by {grant}")
        return Decision(False, f"RBAC: {aggregated(errors)}" if errors else "")

    def require(self, user: User, what: Attributes) -> None:
        """Raise ApiError 403, in upstream's words, unless the user may do this."""
        decision = self.decide(user, what)
        if not decision.allowed:
            raise what.refusal(user.name, decision.reason)


def aggregated(errors: Sequence[ApiError]) -> str:
    """Put errors into one text, as upstream does: each only once, in brackets if there are several."""
    texts = list(dict.fromkeys(error.message for error in errors))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
