"""Gathers the rules of roles that are made of others, as `view`, `edit` and `admin` are.

1. Look at a ClusterRole with an `aggregationRule`.
2. Find all other ClusterRoles that one of its selectors chooses, in the order of their names.
3. Its rules are theirs, one after the other, each only once. If that is not so, write it; but where there is nothing
   to gather, leave alone what somebody else wrote.

A role that changes may have to be gathered by any other: all that gather are looked at again.

Models: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import labels_of, name_of
from kubetutor.api.selectors import from_selector, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

MANAGER = "kube-controller-manager"
CLUSTER_ROLES = "clusterroles.rbac.authorization.k8s.io"


def plan_rules(role: Object, others: Iterable[Object]) -> list[Object]:
    """Answer the rules that a role should have."""
    selectors = [from_selector(each) for each in role["aggregationRule"].get("clusterRoleSelectors") or ()]
    rules: list[Object] = []
    for other in sorted(others, key=name_of):
        if name_of(other) != name_of(role) and any(matches(each, labels_of(other)) for each in selectors):
            rules += [rule for rule in other.get("rules") or () if rule not in rules]
    return rules


def wrote_the_rules(role: Object) -> bool:
    """Say whether the rules of a role are ours: nobody has changed them since."""
    entries = role["metadata"].get("managedFields") or ()
    return any(each.get("manager") == MANAGER and "f:rules" in each.get("fieldsV1", {}) for each in entries)


class RoleAggregationController:
    name = "clusterrole-aggregation-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._roles = context.client, context.informers[CLUSTER_ROLES]

    def start(self, queue: WorkQueue) -> None:
        def on_role(_: Change) -> None:
            for role in self._roles.list():
                if role.get("aggregationRule"):
                    queue.add(name_of(role))

        self._roles.on_change(on_role)

    def reconcile(self, key: str) -> float | None:
        role = self._roles.get(key)
        if role is None or not role.get("aggregationRule"):
            return None
        rules = plan_rules(role, self._roles.list())
        if rules != (role.get("rules") or []) and (rules or wrote_the_rules(role)):
            self._client.update(CLUSTER_ROLES, {**role, "rules": rules})
        return None
