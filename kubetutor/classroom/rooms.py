"""What a learner gets on a shared cluster, as objects: a namespace with bounds, and an account that may work in it.

The account has the rights of the cluster's own role `edit` in that namespace, and none elsewhere. Pods keep to the pod
security standard `baseline`, so nobody reaches a node's files, and with them those of others.
Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles,
https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.classroom.learners import Learner

WORKSHOP = "kubetutor.io/workshop"  # a label: which workshop made it
LEARNER = "kubetutor.io/learner"  # an annotation: the name as the instructor wrote it
MADE_BY_US = {"app.kubernetes.io/managed-by": "kubetutor"}
ACCOUNT = "learner"
RBAC = "rbac.authorization.k8s.io"
STANDARD = {
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/warn": "baseline",
}
ROOM = {
    "pods": "40",
    "requests.cpu": "2",
    "requests.memory": "2Gi",
    "limits.cpu": "8",
    "limits.memory": "4Gi",
    "services": "20",
    "services.loadbalancers": "2",
    "services.nodeports": "6",
    "persistentvolumeclaims": "4",
}
# What a container has that says nothing: without it, a quota on CPU and memory refuses the pod.
SHARE = {
    "type": "Container",
    "defaultRequest": {"cpu": "20m", "memory": "32Mi"},
    "default": {"cpu": "500m", "memory": "256Mi"},
}


def namespace_of(workshop: str, learner: Learner) -> str:
    return f"{workshop}-{learner.slug}"


def namespace(workshop: str, learner: Learner) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": namespace_of(workshop, learner),
            "labels": {**MADE_BY_US, **STANDARD, WORKSHOP: workshop},
            "annotations": {LEARNER: learner.name},
        },
    }


def furniture(name: str) -> tuple[Object, ...]:
    """What stands in the namespace of this name."""
    binding = {
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": name}],
    }
    return (
        _object("v1", "ResourceQuota", "room", name, spec={"hard": ROOM}),
        _object("v1", "LimitRange", "share", name, spec={"limits": [SHARE]}),
        _object("v1", "ServiceAccount", ACCOUNT, name),
        _object(f"{RBAC}/v1", "RoleBinding", ACCOUNT, name, **binding),
    )


def _object(version: str, kind: str, name: str, namespace: str, **more: Any) -> Object:
    metadata = {"name": name, "namespace": namespace, "labels": dict(MADE_BY_US)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}
