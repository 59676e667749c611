"""What a new cluster holds before anyone touches it.

Models: what `kubeadm init` leaves behind; see `tests/upstream/fresh-cluster.json`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, condition, name_of, namespace_of
from kubetutor.embedded.api_services import ALL_WELL, local_services, metrics_service
from kubetutor.embedded.apiserver.rbac.rules import missing
from kubetutor.embedded.bootstrap_policy import AUTOUPDATE, GROUP, policy
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.clock import Clock

log = logging.getLogger(__name__)

TRY_AGAIN = 5.0  # seconds
API_SERVICES = "apiservices.apiregistration.k8s.io"

# Roles and bindings that must be there before the first request.
FOR_PEOPLE = {
    "admin",
    "cluster-admin",
    "edit",
    "kubeadm:cluster-admins",
    "system:aggregate-to-admin",
    "system:aggregate-to-edit",
    "system:aggregate-to-view",
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "view",
}
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


def _name_server_service(cluster_ip: str) -> Object:
    ports = (("dns", "UDP", 53), ("dns-tcp", "TCP", 53), ("metrics", "TCP", 9153))
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kube-dns",
            "labels": {
                "k8s-app": "kube-dns",
                "kubernetes.io/cluster-service": "true",
                "kubernetes.io/name": "CoreDNS",
            },
            "annotations": {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"},
        },
        "spec": {
            "clusterIP": cluster_ip,
            "ports": [
                {"name": name, "protocol": protocol, "port": port, "targetPort": port}
                for name, protocol, port in ports
            ],
            "selector": {"k8s-app": "kube-dns"},
        },
    }


def bootstrap(client: Client, *, address: str, port: int, cluster_ip: str) -> None:
    """Make what is missing. `cluster_ip` is the first address of the services' range."""
    for name in NAMESPACES:
        _ensure(client, "namespaces", _namespace(name))
    for priority_class in PRIORITY_CLASSES:
        _ensure(client, "priorityclasses.scheduling.k8s.io", priority_class)
    _ensure(client, "storageclasses.storage.k8s.io", STANDARD_CLASS)
    for resource, obj in policy():
        if name_of(obj) in FOR_PEOPLE:
            _reconcile(client, f"{resource}.{GROUP}", obj)
    _ensure(client, "services", _kubernetes_service(cluster_ip, port), namespace="default")
    endpoints = _kubernetes_endpoints(address, port)
    _ensure(client, "endpointslices.discovery.k8s.io", endpoints, namespace="default")


def add_api_services(client: Client, now: dt.datetime) -> None:
    """Make the APIServices that are missing, and say that the metrics server is there."""
    for service in local_services():
        _ensure(client, API_SERVICES, service)
    metrics = metrics_service()
    _ensure(client, API_SERVICES, metrics)
    name = metrics["metadata"]["name"]
    if not condition(client.get(API_SERVICES, name), "Available"):
        status = {"conditions": [{**ALL_WELL, "lastTransitionTime": timestamp(now)}]}
        client.patch(API_SERVICES, name, {"status": status}, subresource="status")


def add_name_server(client: Client, cluster_ip: str) -> None:
    """Make the service of the cluster's name server. An older cluster may have given its address to another service."""
    try:
        _ensure(client, "services", _name_server_service(cluster_ip), namespace="kube-system")
    except ApiError as error:
        if error.code != 422:
            raise
        log.warning("the name server has no service: %s", error)


async def bootstrap_roles(client: Client, clock: Clock) -> None:
    """Make the roles and bindings that nobody waits for: those of the cluster's own parts. Takes turns with others."""
    for resource, obj in policy():
        while name_of(obj) not in FOR_PEOPLE:
            try:
                _reconcile(client, f"{resource}.{GROUP}", obj)
            except ApiError as error:  # the disk may be full for now
                log.warning("%s %s not made: %s", resource, name_of(obj), error)
                await clock.sleep(TRY_AGAIN)
            else:
                break
        await asyncio.sleep(0)


def _reconcile(client: Client, resource: str, wanted: Object) -> None:
    """Create a role or a binding, or put back what somebody took out of it, unless it says that it does not want that.

    Models: k8s.io/component-helpers/auth/rbac/reconciliation.
    """
    namespace = namespace_of(wanted)
    _ensure(client, resource, wanted, namespace=namespace)
    found = client.get(resource, name_of(wanted), namespace=namespace)
    if annotations_of(found).get(AUTOUPDATE) != "true":
        return
    rules, subjects = found.get("rules") or [], found.get("subjects") or []
    more = {
        "rules": [*rules, *missing(rules, wanted.get("rules") or [])],
        "subjects": [*subjects, *(each for each in wanted.get("subjects") or [] if each not in subjects)],
    }
    changed = {name: value for name, value in more.items() if value != (found.get(name) or [])}
    if changed:
        client.update(resource, {**found, **changed})


def _ensure(client: Client, resource: str, obj: Object, *, namespace: str | None = None) -> None:
    """Create the object, unless an earlier start did."""
    try:
        client.get(resource, obj["metadata"]["name"], namespace=namespace)
    except ApiError as error:
        if error.reason != "NotFound":
            raise
        client.create(resource, obj, namespace=namespace)
