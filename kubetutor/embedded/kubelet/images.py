"""Images: names that stand for programs of this machine. Nothing is downloaded; an unknown name is not found.

Models: pkg/kubelet/images (what a missing image is called) and containerd (how it says so).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubetutor import images as applications
from kubetutor.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REGISTRY = "docker.io"
FILE = "images.json"
REFERENCE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9.-]*(?::[0-9]+)?(?:/[a-z0-9._-]+)*|[a-z0-9][a-z0-9._-]*(?:/[a-z0-9._-]+)*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?",
)


@dataclass(frozen=True, slots=True)
class Image:
    """What a name stands for. `app` is a Python module that runs in place of the entry point."""

    reference: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    app: str = ""
    part: str = ""  # of the control plane: it runs in the cluster's own process
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"sha256:{hashlib.sha256(self.reference.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """An image that is always there. Without tags, any tag will do."""

    tags: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    app: str = ""
    part: str = ""


CONTROL_PLANE_IMAGES: Mapping[str, str] = {
    "etcd": "registry.k8s.io/etcd:3.6.8-0",
    "kube-apiserver": "registry.k8s.io/kube-apiserver:v1.36.2",
    "kube-controller-manager": "registry.k8s.io/kube-controller-manager:v1.36.2",
    "kube-scheduler": "registry.k8s.io/kube-scheduler:v1.36.2",
}

BUILT_IN: Mapping[str, BuiltIn] = {
    **{
        sample.name: BuiltIn(sample.tags, (sample.name,), app=f"{applications.__name__}.{sample.module}")
        for sample in applications.SAMPLES
    },
    "busybox": BuiltIn(command=("sh",)),
    "python": BuiltIn(command=("python3",)),
    **{
        image.rpartition(":")[0]: BuiltIn((image.rpartition(":")[2],), (name,), part=name)
        for name, image in CONTROL_PLANE_IMAGES.items()
    },
}


def canonical(name: str) -> str | None:
    """Answer `docker.io/library/my-app:1.0` for `my-app:1.0`, or None when it is no image name."""
    match = REFERENCE.fullmatch(name)
    if match is None:
        return None
    path, tag = match["name"], match["tag"] or "latest"
    first, slash, _ = path.partition("/")
    if not slash:
        path = f"{REGISTRY}/library/{path}"
    elif "." not in first and ":" not in first and first != "localhost":
        path = f"{REGISTRY}/{path}"
    return f"{path}:{tag}"


def find_image(data_dir: Path, name: str) -> Image | None:
    """Answer the image of this name, if there is one."""
    reference = canonical(name)
    if reference is None:
        return None
    command = _read(data_dir).get(reference)
    if command is not None:
        return Image(reference, entrypoint=tuple(command))
    path, _, tag = reference.rpartition(":")
    short = path.removeprefix(f"{REGISTRY}/library/")
    image = BUILT_IN.get(short)
    if image is None or (image.tags and tag not in image.tags):
        return None
    environment = {applications.VERSION_VARIABLE: tag} if image.app else {}
    return Image(reference, image.entrypoint, image.command, image.app, image.part, environment)


def pull_failure(name: str) -> str:
    """Answer containerd's words for an image that its registry does not have."""
    reference = canonical(name)
    return (
        f'failed to pull and unpack image "{reference}": '
        f'failed to resolve reference "{reference}": {reference}: not found'
    )


def add_image(data_dir: Path, name: str, command: Sequence[str]) -> None:
    """Let an image name stand for a command of this machine. Takes effect when a container starts next."""
    reference = canonical(name)
    if reference is None:
        raise StateError(f'"{name}" is no image name. Use lower case: shop/cart:1.0')
    if not command:
        raise StateError(f"An image needs a command. Say which: kubetutor image add {name} -- COMMAND...")
    images = {**_read(data_dir), reference: list(command)}
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = data_dir / f"{FILE}.new"
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(images, indent=1) + "\n")
        fresh.replace(data_dir / FILE)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def list_images(data_dir: Path) -> dict[str, tuple[str, ...]]:
    """Map each image name to the command that it runs, the built-in ones first."""
    built_in = {
        f"{name}:{tag}": image.entrypoint + image.command
        for name, image in BUILT_IN.items()
        for tag in image.tags or ("latest",)
    }
    added = {
        name.removeprefix(f"{REGISTRY}/library/"): tuple(command) for name, command in _read(data_dir).items()
    }
    return {**built_in, **added}


def _read(data_dir: Path) -> dict[str, list[str]]:
    path = data_dir / FILE
    try:
        images = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StateError(f"Cannot read the images in {path}: {error}. Mend or remove the file.") from error
    if not isinstance(images, dict):
        raise StateError(f"{path} does not map image names to commands. Mend or remove the file.")
    return images


def search_path(python: str) -> str:
    """Answer the PATH of every container: this Python first, so that `python` is the one we run on."""
    return os.pathsep.join((os.path.dirname(python), os.environ.get("PATH", os.defpath)))  # noqa: PTH120  # text in, text out
