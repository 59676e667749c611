"""Everything that comes over Debian in a node, in one folder: kind's own files, the programs, the pod network."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kind import versions
from tests.kind.gomodules import source

if TYPE_CHECKING:
    from tests.kind.images import Parts

HERE = Path(__file__).parent


def overlay(parts: Parts, folder: Path) -> Path:
    """Put everything that comes over Debian into one folder, each file at its place in the node."""
    kind = source(versions.KIND, versions.GO) / "images/base/files"
    shutil.copytree(kind, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    kubernetes = parts.folder(versions.KUBERNETES)
    copy([kubernetes / name for name in ("kubeadm", "kubectl", "kubelet")], folder / "usr/bin")
    copy(files(parts.folder(versions.CONTAINERD)), folder / "usr/local/bin")
    copy([parts.folder(versions.CRICTL) / "crictl"], folder / "usr/local/bin")
    copy(files(parts.folder(versions.CNI_PLUGINS)), folder / "opt/cni/bin")
    copy([HERE / "node" / f"default-{what}.yaml" for what in ("cni", "storage")], folder / "kind/manifests")
    (folder / "kind/version").write_text(versions.KUBERNETES.version)
    return folder


def files(folder: Path) -> list[Path]:
    return [entry for entry in sorted(folder.iterdir()) if entry.is_file()]


def copy(sources: list[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in sources:
        shutil.copyfile(file, folder / file.name)
