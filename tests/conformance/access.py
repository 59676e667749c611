"""Second users: a service account with a token, the rights that it is given, and what it may do."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .raw import Answer, Api

RBAC = "/apis/rbac.authorization.k8s.io/v1"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Person:
    """Somebody who is not the administrator. Calling it sends a request in its name."""

    admin: Api
    api: Api
    account: str
    token: str

    @property
    def user(self) -> str:
        return f"system:serviceaccount:{self.admin.namespace}:{self.account}"

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return self.api(method, path, body, **options)

    def is_given(self, *rules: dict[str, Any], role: str = "clerk") -> None:
        """Make a Role of these rules and bind it."""
        made = {"metadata": {"name": role}, "rules": list(rules)}
        self.admin.made("roles", made)
        self.is_bound(role, kind="Role")

    def is_bound(self, role: str, kind: str = "ClusterRole") -> None:
        """Bind a role in the namespace."""
        self.admin.made("rolebindings", binding(role, kind, self.subject, name=f"{role}-{self.account}"))

    @property
    def subject(self) -> dict[str, str]:
        return {"kind": "ServiceAccount", "name": self.account, "namespace": self.admin.namespace}

    def may(self, verb: str, resource: str, **attributes: str) -> bool:
        """Ask whether it may, as `kubectl auth can-i` does."""
        return self.review(verb, resource, **attributes)["allowed"]

    def review(self, verb: str, resource: str, **attributes: str) -> dict[str, Any]:
        resource, _, subresource = resource.partition("/")
        wanted = {"verb": verb, "resource": resource, "namespace": self.admin.namespace, **attributes}
        wanted |= {"subresource": subresource} if subresource else {}
        body = {"spec": {"resourceAttributes": wanted}}
        return self.api.made(f"{AUTHORIZATION}/selfsubjectaccessreviews", body)["status"]


def rule(verbs: str, resources: str, group: str = "", **more: Any) -> dict[str, Any]:
    return {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": [group], **more}


def binding(role: str, kind: str, *subjects: dict[str, str], name: str = "clerks") -> dict[str, Any]:
    reference = {"apiGroup": GROUP, "kind": kind, "name": role}
    return {"metadata": {"name": name}, "roleRef": reference, "subjects": list(subjects)}


def hired(api: Api, account: str = "jane") -> Person:
    """Make a service account, and answer who has its token."""
    api.made("serviceaccounts", {"metadata": {"name": account}})
    token = issued(api, account)["status"]["token"]
    return Person(api, api.bearing(token), account, token)


def issued(api: Api, account: str, **spec: Any) -> dict[str, Any]:
    """Ask for a token, and answer the TokenRequest."""
    return api.made(f"serviceaccounts/{account}/token", {"spec": spec})


@contextlib.contextmanager
def cluster_wide(api: Api, plural: str, body: dict[str, Any]):
    """Make an object of the whole cluster with a name of its own, and remove it afterwards."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    body = {**body, "metadata": {**body.get("metadata", {}), "name": name}}
    made = api.made(f"{RBAC}/{plural}", body)
    try:
        yield made
    finally:
        api("DELETE", f"{RBAC}/{plural}/{name}")
