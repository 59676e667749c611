"""Lets claims and volumes that are deleted go only when nobody uses them any more.

1. A claim that is being deleted keeps its finalizer as long as there is a pod on a node that names it, ended or not.
2. A volume that is being deleted keeps its finalizer as long as it is bound to a claim.

Models: pkg/controller/volume/pvcprotection, pkg/controller/volume/pvprotection.
Unlike upstream: one controller where upstream has two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, key_of, name_of, namespace_of
from kubetutor.embedded.controllers.persistent_volume import CLAIMS, VOLUMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

CLAIM_FINALIZER, VOLUME_FINALIZER = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"


def claims_of(pod: Object) -> list[str]:
    """Answer the names of the claims that the pod's volumes name."""
    sources = (volume.get("persistentVolumeClaim") for volume in pod["spec"].get("volumes") or ())
    return [source["claimName"] for source in sources if source]


def is_used(claim: Object, pods: Iterable[Object]) -> bool:
    """Say whether a pod of the claim's namespace is on a node for which it is to be there."""
    return any(name_of(claim) in claims_of(pod) and pod["spec"].get("nodeName") for pod in pods)


class StorageProtectionController:
    name = "storage-protection-controller"

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._claims, self._volumes = context.informers[CLAIMS], context.informers[VOLUMES]
        self._pods = context.informers["pods"]

    def start(self, queue: WorkQueue) -> None:
        def on_pod(change: Change) -> None:
            for name in claims_of(change.object):
                queue.add(f"{namespace_of(change.object)}/{name}")

        self._claims.on_change(lambda change: queue.add(key_of(change.object)))
        self._volumes.on_change(lambda change: queue.add(key_of(change.object)))
        self._pods.on_change(on_pod)

    def reconcile(self, key: str) -> float | None:
        """Look at a claim, `namespace/name`, or at a volume, `name`."""
        if "/" in key:
            claim = self._claims.get(key)
            if claim is not None and not is_used(claim, self._pods.list(namespace_of(claim))):
                self._let_go(CLAIMS, claim, CLAIM_FINALIZER)
        else:
            volume = self._volumes.get(key)
            if volume is not None and (volume.get("status") or {}).get("phase") != "Bound":
                self._let_go(VOLUMES, volume, VOLUME_FINALIZER)
        return None

    def _let_go(self, resource: str, obj: Object, finalizer: str) -> None:
        finalizers = obj["metadata"].get("finalizers") or ()
        if is_being_deleted(obj) and finalizer in finalizers:
            rest = [each for each in finalizers if each != finalizer]
            body = {"metadata": {"finalizers": rest}}
            self._client.patch(resource, name_of(obj), body, namespace=namespace_of(obj))
