"""The static pods of a node: those that its kubelet starts without being asked. The API server shows a mirror of each.

1. When the node starts, make the mirror of each static pod that has none.
2. When a mirror is deleted, make it anew once it is gone.

Unlike upstream: who deletes the mirror ends the pod, and so restarts it; there, only the mirror is made anew.
Models: pkg/kubelet/pod/mirror_client.go, pkg/kubelet/config/common.go (names and annotations of static pods).
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import logging
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.kubelet.node_context import NodeContext

log = logging.getLogger(__name__)

NAMESPACE = "kube-system"


class StaticPods:
    """Keeps a mirror of each of these pods. Their workers are those of any pod."""

    def __init__(self, context: NodeContext, pods: Iterable[Object]) -> None:
        self._context = context
        node = context.config.name
        self._pods = {f"{name_of(pod)}-{node}": pod for pod in pods}

    def start(self, node: Object) -> None:
        self._node = node
        for name in self._pods:
            self._make(name)
        self._context.informers["pods"].on_change(self._on_pod)

    def stop(self) -> None:
        self._context.informers["pods"].off_change(self._on_pod)

    def _on_pod(self, change: Change) -> None:
        metadata = change.object["metadata"]
        if (
            change.type == "DELETED"
            and metadata.get("namespace") == NAMESPACE
            and metadata["name"] in self._pods
        ):
            asyncio.get_running_loop().call_soon(self._make, metadata["name"])

    def _make(self, name: str) -> None:
        try:
            self._context.client.create("pods", self._mirror(name), namespace=NAMESPACE)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                log.warning("static pod %s not made: %s", name, error)

    def _mirror(self, name: str) -> Object:
        pod = copy.deepcopy(self._pods[name])
        config = self._context.config
        seen = hashlib.md5(json.dumps(pod, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        pod["metadata"] |= {
            "name": name,
            "annotations": {
                "kubernetes.io/config.hash": seen,
                "kubernetes.io/config.mirror": seen,
                "kubernetes.io/config.seen": timestamp(self._context.clock.now()),
                "kubernetes.io/config.source": "file",
            },
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "kind": "Node",
                    "name": config.name,
                    "uid": uid_of(self._node),
                    "controller": True,
                }
            ],
        }
        pod["spec"]["nodeName"] = config.name
        return pod
