"""Gives each namespace what its pods need to reach the API server.

1. Look at a namespace; leave one that is going away alone.
2. Make its ServiceAccount `default` if it is missing.
3. Make or mend its ConfigMap `kube-root-ca.crt`, which holds the certificate of the cluster's own authority.

Unlike upstream: one controller where upstream has two.
Models: pkg/controller/serviceaccount/serviceaccounts_controller.go, pkg/controller/certificates/rootcacertpublisher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, name_of, namespace_of

if TYPE_CHECKING:
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

ACCOUNT, ROOT_CA = "default", "kube-root-ca.crt"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
    "Kubernetes clusters."
)


class ServiceAccountController:
    name = "serviceaccount-controller"

    def __init__(self, context: Context, ca_certificate: str) -> None:
        self._client, self._data = context.client, {"ca.crt": ca_certificate}
        self._namespaces = context.informers["namespaces"]
        self._accounts = context.informers["serviceaccounts"]
        self._config_maps = context.informers["configmaps"]

    def start(self, queue: WorkQueue) -> None:
        def on_namespaced(change: Change) -> None:
            namespace = namespace_of(change.object)
            if namespace and name_of(change.object) in {ACCOUNT, ROOT_CA}:
                queue.add(namespace)

        self._namespaces.on_change(lambda change: queue.add(name_of(change.object)))
        self._accounts.on_change(on_namespaced)
        self._config_maps.on_change(on_namespaced)

    def reconcile(self, key: str) -> float | None:
        namespace = self._namespaces.get(key)
        if namespace is None or is_being_deleted(namespace):
            return None
        if self._accounts.get(f"{key}/{ACCOUNT}") is None:
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}}
            self._client.create("serviceaccounts", account, namespace=key)
        self._publish_root_ca(key)
        return None

    def _publish_root_ca(self, namespace: str) -> None:
        current = self._config_maps.get(f"{namespace}/{ROOT_CA}")
        if current is None:
            metadata = {"name": ROOT_CA, "annotations": {"kubernetes.io/description": DESCRIPTION}}
            config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": self._data}
            self._client.create("configmaps", config_map, namespace=namespace)
        elif current.get("data") != self._data:
            self._client.update("configmaps", {**current, "data": self._data})
