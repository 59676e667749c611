"""Nobody gives away what they do not hold.

1. Who writes a role must hold every right in it, or have the verb `escalate` on it.
2. Who writes a binding must hold every right of its role, or have the verb `bind` on that role.
3. A role that gathers the rules of others may be written by those who may do everything.

Members of `system:masters` and the cluster's own parts are not asked.

Models: pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased, pkg/registry/rbac/escalation_check.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of
from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.field import quote
from kubetutor.embedded.apiserver.rbac.grants import GROUP, ROLES
from kubetutor.embedded.apiserver.rbac.rules import compacted, described, missing
from kubetutor.embedded.apiserver.status import forbidden, not_found
from kubetutor.embedded.apiserver.users import MASTERS

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.rbac.authorizer import Authorizer
    from kubetutor.embedded.apiserver.users import User

EVERYTHING = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)
FOR_THE_GARBAGE_COLLECTOR = ("ownerReferences", "finalizers")
NOT_CHANGED_BY_HAND = ("managedFields", "resourceVersion", *FOR_THE_GARBAGE_COLLECTOR)


def check(authorizer: Authorizer, user: User | None, kind: Kind, new: Object, old: Object | None) -> None:
    """Raise ApiError 403 if this write gives away what its user does not hold, 404 if a role is not there."""
    if user is None or kind.group != GROUP or MASTERS in user.groups:
        return
    if old is not None and _without_references(new) == _without_references(old):
        return
    if "roleRef" in new:
        _check_binding(authorizer, user, kind, new)
    else:
        _check_role(authorizer, user, kind, new, old)


def _without_references(obj: Object) -> Object:
    kept = {key: value for key, value in obj["metadata"].items() if key not in NOT_CHANGED_BY_HAND}
    return {**obj, "metadata": kept}


def _check_role(authorizer: Authorizer, user: User, kind: Kind, new: Object, old: Object | None) -> None:
    if _may(authorizer, user, "escalate", kind.plural, new):
        return
    gathers = new.get("aggregationRule") or (old or {}).get("aggregationRule")
    if gathers and _not_held(authorizer, user, "", list(EVERYTHING)):
        why = "must have cluster-admin privileges to use the aggregationRule"
        raise forbidden(kind, name_of(new), why)
    if complaint := _not_held(authorizer, user, namespace_of(new) or "", new.get("rules") or []):
        raise forbidden(kind, name_of(new), complaint)


def _check_binding(authorizer: Authorizer, user: User, kind: Kind, binding: Object) -> None:
    reference, namespace = binding["roleRef"], namespace_of(binding)
    if reference.get("kind") not in ROLES:
        return  # validation refuses it
    resource = ROLES[reference["kind"]].partition(".")[0]
    if _may(
        authorizer,
        user,
        "bind",
        resource,
        {"metadata": {"name": reference.get("name", ""), "namespace": namespace}},
    ):
        return
    rules = authorizer.grants.rules_of(reference, namespace)
    if rules is None:
        raise not_found(kind, reference["name"])  # upstream's words: not of the role's kind
    if complaint := _not_held(authorizer, user, namespace or "", rules):
        raise forbidden(kind, name_of(binding), complaint)


def _may(authorizer: Authorizer, user: User, verb: str, resource: str, obj: Object) -> bool:
    what = Attributes(
        verb, is_resource=True, group=GROUP, resource=resource,
        namespace=namespace_of(obj) or "", name=name_of(obj),
    )  # fmt: skip
    return authorizer.decide(user, what).allowed


def _not_held(authorizer: Authorizer, user: User, namespace: str, wanted: list[Object]) -> str:
    """Say what of this the user does not hold; "" if nothing is missing."""
    held, errors = authorizer.grants.all_rules(user, namespace)
    lacking = sorted({described(rule) for rule in compacted(missing(held, wanted))})
    if not lacking:
        return ""
    groups = " ".join(map(quote, user.groups))
    text = f"user {quote(user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n"
    text += "\n".join(lacking)
    if errors:
        text += f"; resolution errors: [{' '.join(error.message for error in errors)}]"
    return text
