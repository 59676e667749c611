"""Makes volumes for claims whose class is `standard`: a folder on the node where the first pod that wants it will run.

1. A claim asks for this provisioner, and the scheduler has chosen a node for it: make a volume that is only to be had
   on that node, and reserve it for the claim. The kubelet makes the folder when it mounts it.
2. A volume that was made here is Released, and its policy is Delete: delete it. The kubelet removes the folder.

Models: rancher/local-path-provisioner, as kind installs it, and sigs.k8s.io/sig-storage-lib-external-provisioner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, is_being_deleted, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.controllers.persistent_volume import CLAIMS, CLASSES, PROVISIONERS, VOLUMES
from kubetutor.embedded.volume_matching import SELECTED_NODE, is_bound, waits_for_a_pod

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

PROVISIONER = "rancher.io/local-path"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
FOLDER = "/var/local-path-provisioner"
HOSTNAME = "kubernetes.io/hostname"
COMPONENT = "rancher.io/local-path_local-path-provisioner"


class LocalPathProvisioner:
    name = "local-path-provisioner"

    def __init__(self, context: Context) -> None:
        self._client, self._events = context.client, context.events.as_component(COMPONENT)
        self._claims, self._volumes = context.informers[CLAIMS], context.informers[VOLUMES]
        self._classes = context.informers[CLASSES]

    def start(self, queue: WorkQueue) -> None:
        def note(change: Change) -> None:
            queue.add(key_of(change.object))

        self._claims.on_change(note)
        self._volumes.on_change(note)

    def reconcile(self, key: str) -> float | None:
        """Look at a claim, `namespace/name`, or at a volume, `name`."""
        if "/" in key:
            claim = self._claims.get(key)
            if claim is not None and self._is_wanted(claim):
                self._provision(claim)
        else:
            volume = self._volumes.get(key)
            if volume is not None and is_done_with(volume) and not is_being_deleted(volume):
                self._client.delete(VOLUMES, name_of(volume))
        return None

    def _is_wanted(self, claim: Object) -> bool:
        annotations = annotations_of(claim)
        if is_being_deleted(claim) or is_bound(claim) or annotations.get(PROVISIONERS[-1]) != PROVISIONER:
            return False
        return SELECTED_NODE in annotations and self._volumes.get(volume_name(claim)) is None

    def _provision(self, claim: Object) -> None:
        about = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim}
        key, name = key_of(claim), volume_name(claim)
        self._events.normal(
            about, "Provisioning", f'External provisioner is provisioning volume for claim "{key}"'
        )
        storage_class = self._classes.get(claim["spec"].get("storageClassName") or "")
        if storage_class is None or not waits_for_a_pod(storage_class):
            text = "configuration error, no node was specified"
            self._events.warning(
                about,
                "ProvisioningFailed",
                f'failed to provision volume with StorageClass "standard": {text}',
            )
            return
        self._client.create(VOLUMES, new_volume(claim, storage_class))
        self._events.normal(about, "ProvisioningSucceeded", f"Successfully provisioned volume {name}")


def volume_name(claim: Object) -> str:
    return f"pvc-{uid_of(claim)}"


def is_done_with(volume: Object) -> bool:
    """Say whether the volume was made here and nobody wants it any more."""
    is_ours = annotations_of(volume).get(PROVISIONED_BY) == PROVISIONER
    policy = volume["spec"].get("persistentVolumeReclaimPolicy")
    return is_ours and policy == "Delete" and (volume.get("status") or {}).get("phase") == "Released"


def new_volume(claim: Object, storage_class: Object) -> Object:
    """Make the volume for a claim, on the node that was chosen for it."""
    name, spec = volume_name(claim), claim["spec"]
    node = annotations_of(claim)[SELECTED_NODE]
    path = f"{FOLDER}/{name}_{namespace_of(claim)}_{name_of(claim)}"
    here = {"key": HOSTNAME, "operator": "In", "values": [node]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "hostPath": {"path": path, "type": "DirectoryOrCreate"},
            "accessModes": spec["accessModes"],
            "claimRef": {
                "kind": "PersistentVolumeClaim",
                "namespace": namespace_of(claim),
                "name": name_of(claim),
                "uid": uid_of(claim),
                "apiVersion": "v1",
                "resourceVersion": claim["metadata"].get("resourceVersion"),
            },
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "storageClassName": name_of(storage_class),
            "volumeMode": "Filesystem",
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
