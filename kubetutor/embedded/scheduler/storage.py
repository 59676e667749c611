"""Rules about a pod's claims for storage: whether they let it run at all, and on which nodes.

A claim that is bound keeps its pods where its volume is. One whose class waits for a first consumer can go to any node
where a volume for it is, or can be made: the scheduler writes its choice into the claim, and binds the pod when the
claim is bound.

Models: pkg/scheduler/framework/plugins/volumebinding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, is_being_deleted, name_of, namespace_of
from kubetutor.embedded.scheduler.decision import Rejection
from kubetutor.embedded.volume_matching import (
    NO_PROVISIONER,
    SELECTED_NODE,
    can_be_used_on,
    find_volume,
    is_bound,
    waits_for_a_pod,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.scheduler.cache import NodeInfo
    from kubetutor.embedded.scheduler.filters import Check

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
WRONG_NODE = Rejection(("node(s) didn't match PersistentVolume's node affinity",))
NOTHING_THERE = Rejection(("node(s) didn't find available persistent volumes to bind",))
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


class Storage:
    """What the scheduler knows of storage."""

    def __init__(self, client: Client, informers: Informers) -> None:
        self._client = client
        self._claims, self._volumes, self._classes = (informers[name] for name in (CLAIMS, VOLUMES, CLASSES))
        self.informers = (self._claims, self._volumes, self._classes)

    def is_asked_for_by(self, pod: Object) -> bool:
        return bool(_names(pod))

    def complaint(self, pod: Object) -> str:
        """Answer why the pod can run nowhere, if its claims say so."""
        for name in _names(pod):
            claim = self._claims.get(f"{namespace_of(pod)}/{name}")
            if claim is None:
                return f'persistentvolumeclaim "{name}" not found'
            if is_being_deleted(claim):
                return f'persistentvolumeclaim "{name}" is being deleted'
            if (claim.get("status") or {}).get("phase") == "Lost":
                volume = claim["spec"].get("volumeName")
                return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
            if not is_bound(claim) and not waits_for_a_pod(self._class_of(claim)):
                return UNBOUND
        return ""

    def check(self, pod: Object) -> Check | None:
        """Answer the check of a node, which has nothing to say about a pod without claims."""
        claims = self._claims_of(pod)
        if not claims:
            return None
        return lambda info: next((found for claim in claims if (found := self._check_one(claim, info))), None)

    def _check_one(self, claim: Object, info: NodeInfo) -> Rejection | None:
        if is_bound(claim):
            volume = self._volumes.get(claim["spec"]["volumeName"])
            return None if volume is None or can_be_used_on(volume, info) else WRONG_NODE
        storage_class = self._class_of(claim) or {}
        can_be_made = storage_class.get("provisioner") != NO_PROVISIONER
        found = find_volume(claim, self._volumes.list(), info)
        return None if found is not None or can_be_made else NOTHING_THERE

    def choose_node(self, pod: Object, node: str) -> bool:
        """Let the claims that waited for it know the node; say whether all are bound, so that the pod can be."""
        unbound = [claim for claim in self._claims_of(pod) if not is_bound(claim)]
        for claim in unbound:
            if annotations_of(claim).get(SELECTED_NODE) != node:
                body = {"metadata": {"annotations": {SELECTED_NODE: node}}}
                self._client.patch(CLAIMS, name_of(claim), body, namespace=namespace_of(claim))
        return not unbound

    def _claims_of(self, pod: Object) -> list[Object]:
        found = (self._claims.get(f"{namespace_of(pod)}/{name}") for name in _names(pod))
        return [claim for claim in found if claim is not None]

    def _class_of(self, claim: Object) -> Object | None:
        return self._classes.get(claim["spec"].get("storageClassName") or "")


def _names(pod: Object) -> list[str]:
    sources = (volume.get("persistentVolumeClaim") for volume in pod["spec"].get("volumes") or ())
    return [source["claimName"] for source in sources if source]
