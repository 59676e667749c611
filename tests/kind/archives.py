"""Container images written as files that `ctr images import`, `docker load` and `kind load image-archive` read.

No engine is asked: an image is one layer, its configuration and a manifest, in one tar file.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Image:
    """A name with its tag, what runs, and the files: each by its path in the image, folders with all they hold."""

    name: str
    entrypoint: tuple[str, ...]
    files: Mapping[str, Path]
    command: tuple[str, ...] = ()  # what runs unless somebody asks for something else


def write(image: Image, archive: Path) -> Path:
    """Write the image into a file; answer the file."""
    layer = archive.with_suffix(".layer")
    write_layer(image.files, layer)
    configuration = json.dumps(
        {
            "architecture": ARCHITECTURES[platform.machine()],
            "os": "linux",
            "config": {"Entrypoint": image.entrypoint, "Cmd": image.command, "Env": [PATH]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
            "history": [{"created_by": "tests/kind"}],
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": [image.name], "Layers": ["layer.tar"]}]
    with tarfile.open(archive, "w") as tar:
        add_bytes(tar, "manifest.json", json.dumps(manifest).encode())
        add_bytes(tar, "config.json", configuration)
        tar.add(layer, "layer.tar")
    layer.unlink()
    return archive


def write_layer(files: Mapping[str, Path], layer: Path) -> None:
    """Write the files, and the folders above them, into a tar file."""
    with tarfile.open(layer, "w") as tar:
        folders = {"tmp": 0o1777, **{parent: 0o755 for path in files for parent in parents(path)}}
        for folder, mode in sorted(folders.items()):
            if "/" not in files:
                tar.addfile(own(tarfile.TarInfo(folder), tarfile.DIRTYPE, mode))
        for path, source in sorted(files.items()):
            tar.add(source, path.strip("/") or ".")


def parents(path: str) -> list[str]:
    """List the folders above a path of an image, without the root."""
    return [str(parent) for parent in PurePosixPath(path.strip("/")).parents if str(parent) != "."]


def own(entry: tarfile.TarInfo, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry.type = kind
    entry.mode = mode
    return entry


def add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
