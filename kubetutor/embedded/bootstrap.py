"""What a new cluster holds before anyone touches it.

Models: what `kubeadm init` leaves behind; see `tests/upstream/fresh-cluster.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _priority_class(name: str, value: int, description: str) -> Object:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name},
        "value": value,
        "description": description,
    }


STANDARD_CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {
        "name": "standard",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    },
    "provisioner": "rancher.io/local-path",
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "WaitForFirstConsumer",
}

PRIORITY_CLASSES = (
    _priority_class(
        "system-cluster-critical",
        2_000_000_000,
        "Pods that the cluster needs and that may move to another node.",
    ),
    _priority_class(
        "system-node-critical", 2_000_001_000, "Pods that a node needs and that may not move from it."
    ),
)

CLUSTER_ADMIN = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "cluster-admin", "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
    "rules": [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ],
}

CLUSTER_ADMINS = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "cluster-admin", "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:masters"}],
}


def _kubernetes_service(cluster_ip: str, port: int) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": cluster_ip,
            "type": "ClusterIP",
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": port}],
        },
    }


def _kubernetes_endpoints(address: str, port: int) -> Object:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "protocol": "TCP", "port": port}],
    }


def bootstrap(client: Client, *, address: str, port: int, cluster_ip: str) -> None:
    """Make what is missing. `cluster_ip` is the first address of the services' range."""
    for name in NAMESPACES:
        _ensure(client, "namespaces", _namespace(name))
    _ensure(client, "storageclasses.storage.k8s.io", STANDARD_CLASS)
    for priority_class in PRIORITY_CLASSES:
        _ensure(client, "priorityclasses.scheduling.k8s.io", priority_class)
    _ensure(client, "clusterroles.rbac.authorization.k8s.io", CLUSTER_ADMIN)
    _ensure(client, "clusterrolebindings.rbac.authorization.k8s.io", CLUSTER_ADMINS)
    _ensure(client, "services", _kubernetes_service(cluster_ip, port), namespace="default")
    endpoints = _kubernetes_endpoints(address, port)
    _ensure(client, "endpointslices.discovery.k8s.io", endpoints, namespace="default")


def _ensure(client: Client, resource: str, obj: Object, *, namespace: str | None = None) -> None:
    """Create the object, unless an earlier start did."""
    try:
        client.get(resource, obj["metadata"]["name"], namespace=namespace)
    except ApiError as error:
        if error.reason != "NotFound":
            raise
        client.create(resource, obj, namespace=namespace)
