"""Where the volume of a claim is: a folder of the node, as its PersistentVolume says.

Models: pkg/kubelet/volumemanager/populator, pkg/volume/{hostpath,local}.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, namespace_of
from kubetutor.embedded.kubelet.volumes.contents import VolumeError
from kubetutor.embedded.kubelet.volumes.places import WORLD_WRITABLE, host_place, make_host_path
from kubetutor.embedded.volume_matching import is_bound

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.environment import Lookup

PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def claimed_place(node_folder: Path, pod: Object, source: Object, find: Lookup) -> Path:
    """Answer where the volume of a `persistentVolumeClaim` source is. Raises `VolumeError`."""
    key = f"{namespace_of(pod)}/{source['claimName']}"
    claim = find("persistentvolumeclaims", key)
    if claim is None:
        missing = f'persistentvolumeclaims "{source["claimName"]}" not found'
        raise VolumeError(f"error processing PVC {key}: failed to fetch PVC from API server: {missing}")
    volume = find("persistentvolumes", claim["spec"].get("volumeName") or "") if is_bound(claim) else None
    if volume is None:
        raise VolumeError(f"error processing PVC {key}: PVC is not bound")
    return volume_place(node_folder, volume)


def volume_place(node_folder: Path, volume: Object) -> Path:
    """Answer where a PersistentVolume is, and make it if that is its way. Raises `VolumeError`."""
    spec = volume["spec"]
    if "hostPath" in spec:
        is_new = not host_place(node_folder, spec["hostPath"]["path"]).exists()
        place = make_host_path(node_folder, spec["hostPath"])
        if is_new and PROVISIONED_BY in annotations_of(volume):
            place.chmod(WORLD_WRITABLE)
        return place
    if "local" in spec:
        place = host_place(node_folder, spec["local"]["path"])
        if not place.exists():
            raise VolumeError(f'path "{spec["local"]["path"]}" does not exist')
        return place
    raise VolumeError("PersistentVolumes of this kind are not modelled by this cluster")


def remove_provisioned(node_folder: Path, volume: Object) -> None:
    """Remove what a provisioner had us make for a volume that is gone. Nothing outside of the node's own folder."""
    path = (volume["spec"].get("hostPath") or {}).get("path")
    if path and PROVISIONED_BY in annotations_of(volume):
        place = host_place(node_folder, path)
        if place.is_relative_to(node_folder):
            shutil.rmtree(place, ignore_errors=True)
