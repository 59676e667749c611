"""Where the volumes of a pod lie on this machine.

A path of a node (`hostPath`) is the machine's where the machine has it. Of all other paths the node makes its own, in a
folder for each outermost one that the machine lacks, and keeps it should the machine get one later. So `/` and `/etc` are
the machine's, and nothing that a pod makes at a path that was not there touches the machine: each node has a `/data` of
its own, as each machine of a cluster has.

Models: pkg/kubelet/kubelet_getters.go (GetPodVolumeDir), pkg/volume/{emptydir,hostpath}.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from kubetutor.embedded.kubelet.volumes.contents import VolumeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.objects import Object

FOLDERS = {
    "emptyDir": "kubernetes.io~empty-dir",
    "configMap": "kubernetes.io~configmap",
    "secret": "kubernetes.io~secret",
    "downwardAPI": "kubernetes.io~downward-api",
    "projected": "kubernetes.io~projected",
}
WORLD_WRITABLE = 0o777
TYPE_CHECKS: dict[str, tuple[Callable[[int], bool], str]] = {
    "Directory": (stat.S_ISDIR, "a directory"),
    "DirectoryOrCreate": (stat.S_ISDIR, "a directory"),
    "File": (stat.S_ISREG, "a file"),
    "FileOrCreate": (stat.S_ISREG, "a file"),
    "Socket": (stat.S_ISSOCK, "a socket file"),
    "CharDevice": (stat.S_ISCHR, "a character device"),
    "BlockDevice": (stat.S_ISBLK, "a block device"),
}


def own_place(pod_folder: Path, volume: Object) -> Path:
    """Answer the folder of a volume that belongs to its pod and goes with it."""
    kind = next(kind for kind in FOLDERS if kind in volume)
    return pod_folder / "volumes" / FOLDERS[kind] / str(volume["name"])


def make_empty_dir(folder: Path) -> None:
    """Make it if it is not there: it outlives the containers, and a restart of the cluster."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(WORLD_WRITABLE)


def host_place(node_folder: Path, path: str) -> Path:
    """Answer where a path of a node is: in what the node made, or on the machine, or where the node would make it."""
    wanted = Path(os.path.normpath(path))
    outer = [*reversed(wanted.parents), wanted]
    made = next((own for each in outer if (own := _own(node_folder, each)).exists()), None)
    lacking = next((each for each in outer if not os.path.exists(each)), None)  # noqa: PTH110  # Path raises where it may not look
    if made is not None:
        return made / wanted.relative_to(unquote(made.name))
    return wanted if lacking is None else _own(node_folder, lacking) / wanted.relative_to(lacking)


def _own(node_folder: Path, path: Path) -> Path:
    return node_folder / "host" / quote(str(path), safe="")


def make_host_path(node_folder: Path, source: Object) -> Path:
    """Answer where a hostPath volume is, and make it where its type says so. Raises `VolumeError`."""
    path, kind = source["path"], source.get("type") or ""
    place = host_place(node_folder, path)
    if not place.exists():
        if kind in {"", "DirectoryOrCreate"}:
            place.mkdir(parents=True)
        elif kind == "FileOrCreate":
            if not host_place(node_folder, str(Path(path).parent)).is_dir():
                raise VolumeError(f"open {path}: no such file or directory")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch(0o644)
    check = TYPE_CHECKS.get(kind)
    if check is not None and not (place.exists() and check[0](place.stat().st_mode)):
        raise VolumeError(f"hostPath type check failed: {path} is not {check[1]}")
    return place
