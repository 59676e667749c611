"""What a container sees of its pod's volumes: which part of each, and at which path.

Where processes cannot have mounts of their own, links stand in the container's own folder instead, and
$KUBETUTOR_VOLUMES says where that is: what is at /etc/config elsewhere is at $KUBETUTOR_VOLUMES/etc/config.

Models: pkg/kubelet/kubelet_pods.go (makeMounts), pkg/volume/util/subpath.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from kubetutor.embedded.kubelet.environment import REFERENCE, ConfigError, expand
from kubetutor.embedded.kubelet.runtime import Mount
from kubetutor.embedded.kubelet.volumes.contents import is_made_of_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kubetutor.api.objects import Object

VARIABLE = "KUBETUTOR_VOLUMES"
NO_VOLUME = 'cannot find volume "{volume}" to mount into container "{container}"'
NO_SUB_PATH = 'failed to {what} for volumeMount "{volume}" of container "{container}"'


def container_mounts(
    pod: Object, container: Object, places: Mapping[str, Path], environment: Mapping[str, str]
) -> tuple[Mount, ...]:
    """Answer what is to be mounted, and make what a subPath names and is missing. Raises `ConfigError`."""
    read_only = {volume["name"] for volume in pod["spec"].get("volumes") or () if _is_for_reading(volume)}
    mounts = []
    for mount in container.get("volumeMounts") or ():
        name = mount["name"]
        if name not in places:
            raise ConfigError(NO_VOLUME.format(volume=name, container=container["name"]))
        source = places[name]
        if sub_path := _sub_path(mount, environment):
            source = _part_of(source, sub_path, name, container["name"])
        only = bool(mount.get("readOnly")) or name in read_only
        mounts.append(Mount(source, os.path.join("/", mount["mountPath"]), only))  # noqa: PTH118  # it is not of this machine
    return tuple(mounts)


def _is_for_reading(volume: Object) -> bool:
    claim = volume.get("persistentVolumeClaim") or {}
    return is_made_of_objects(volume) or bool(claim.get("readOnly"))


def _sub_path(mount: Object, environment: Mapping[str, str]) -> str:
    expression = mount.get("subPathExpr")
    if not expression:
        return mount.get("subPath") or ""
    names = [match[1] for match in re.finditer(REFERENCE, expression) if match[1] is not None]
    missing = sorted({name for name in names if not environment.get(name)})
    if missing:
        raise ConfigError(f"missing value for {', '.join(missing)}")
    sub_path = expand(expression, environment)
    if sub_path.startswith("/"):
        raise ConfigError(f"error SubPath `{sub_path}` must not be an absolute path")
    if ".." in sub_path.split("/"):
        raise ConfigError(f"unable to provision SubPath `{sub_path}`: must not contain '..'")
    return sub_path


def _part_of(volume: Path, sub_path: str, name: str, container: str) -> Path:
    """Answer a file or folder of a volume as it is now, a new folder if it is missing. It may not lead out of it."""
    inside, whole = (volume / sub_path).resolve(), volume.resolve()
    if whole not in {inside, *inside.parents}:
        raise ConfigError(NO_SUB_PATH.format(what="prepare subPath", volume=name, container=container))
    try:
        if not inside.exists():
            inside.mkdir(parents=True)
    except OSError as error:
        words = NO_SUB_PATH.format(what="create subPath directory", volume=name, container=container)
        raise ConfigError(words) from error
    return inside


def link(mounts: Iterable[Mount], folder: Path) -> None:
    """Let each mount be a link below a folder, outer paths first. Files are linked for good, so that they stay as they are."""
    for mount in sorted(mounts, key=lambda mount: mount.target.rstrip("/").count("/")):
        place = folder / mount.target.strip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink() or place.exists():
            continue  # an outer volume has such an entry already
        if mount.source.is_file() and mount.source.stat().st_dev == place.parent.stat().st_dev:
            place.hardlink_to(mount.source)
        else:
            place.symlink_to(mount.source)
