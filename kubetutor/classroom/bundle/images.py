"""Which container images belong into a bundle, and getting them into the engine of the machine that makes it.

A node image travels under a tag of ours: an engine that loads a saved image does not know the digest that is pinned.
Models: kind's guide for working offline, https://kind.sigs.k8s.io/docs/user/working-offline/
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster.kind import add_ons, brought, load_images, node_images, samples
from kubetutor.errors import ClassroomError, CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.kind.engine import Engine

PULL_SECONDS = 1800.0
NODE = "docker.io/kubetutor/bundled-node"
LESSONS = ("docker.io/library/busybox:1.36",)  # what lessons run beside the samples
WITHOUT = {
    add_ons.METRICS_SERVER: "On kind, `kubectl top` and autoscaling will not work without a network.",
    LESSONS[0]: "On kind, the steps of lessons that use it will not work without a network.",
}


@dataclass(frozen=True, slots=True)
class Images:
    """What the engine has ready to be saved. `nodes`: our tag by the pinned name. `bytes`: at most, unpacked.

    `tagged`: the tags that were not there before.
    """

    nodes: dict[str, str]
    tagged: tuple[str, ...]
    samples: tuple[str, ...]
    others: tuple[str, ...]
    base: str
    architecture: str
    bytes: int
    missing: tuple[str, ...]

    @property
    def lessons(self) -> tuple[str, ...]:
        return (*self.samples, *self.others)


def gather(engine: Engine, kubernetes: Sequence[str], more: Sequence[str], *, progress: Progress) -> Images:
    """Pull, build and tag what is not there yet. Raise ClassroomError for what cannot be done without."""
    builds = samples.wanted(os.environ)
    for build in samples.missing(engine, builds):
        progress(f"building {load_images.short(build.reference)} on {build.base}")
        samples.build(engine, build)
    others, missing = _others(engine, more, progress)
    found = {minor: _node(engine, minor, progress) for minor in (kubernetes or (node_images.NEWEST,))}
    nodes = {
        node_images.choose(minor, {}) or "": node_tag(image, identity)
        for minor, (image, identity) in found.items()
    }
    tagged = tuple(dict.fromkeys(tag for tag in nodes.values() if not brought.has(engine, tag)))
    for tag, (image, _identity) in zip(nodes.values(), found.values(), strict=True):
        engine.run("tag", image, tag)
    names = (*nodes.values(), *(build.reference for build in builds), *others)
    return Images(
        nodes=nodes,
        tagged=tagged,
        samples=tuple(build.reference for build in builds),
        others=others,
        base=builds[0].base,
        architecture=_inspect(engine, names[0], "{{.Architecture}}"),
        bytes=sum(int(_inspect(engine, name, "{{.Size}}")) for name in names),
        missing=missing,
    )


def forget(engine: Engine, images: Images) -> None:
    """Take our tags from the node images again: this machine knows them by their own names."""
    for tag in images.tagged:
        engine.run("image", "rm", tag)


def _node(engine: Engine, minor: str, progress: Progress) -> tuple[str, str]:
    """Bring the node image of this release; answer the engine's name of it, and its id."""
    image = engine_name(engine, node_images.choose(minor, os.environ) or "")
    _bring(engine, image, progress)
    return image, _inspect(engine, image, "{{.Id}}")


def node_tag(image: str, identity: str) -> str:
    """Answer our name for a node image: its own tag, which says the release of Kubernetes, and what tells it from others."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2] or "latest"
    return f"{NODE}:{tag}-{hashlib.sha256(f'{image} {identity}'.encode()).hexdigest()[:12]}"


def engine_name(engine: Engine, image: str) -> str:
    """Answer the name by which the engine takes an image. Podman takes a tag or a digest, and wants the registry said."""
    if engine.name != "podman":
        return image
    named, _, digest = image.partition("@")
    full = load_images.full(named)
    return f"{full.rpartition(':')[0]}@{digest}" if digest else full


def _others(
    engine: Engine, more: Sequence[str], progress: Progress
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Bring what nodes would pull; answer what came, and a sentence for each that did not and is ours to want."""
    came, missing = [], []
    for image in (*WITHOUT, *map(load_images.full, more)):
        try:
            _bring(engine, image, progress)
            came.append(image)
        except ClassroomError:
            if image not in WITHOUT:
                raise
            progress(f"{load_images.short(image)} could not be pulled")
            missing.append(f"The image {load_images.short(image)}: it could not be pulled. {WITHOUT[image]}")
    return tuple(dict.fromkeys(came)), tuple(missing)


def _bring(engine: Engine, image: str, progress: Progress) -> None:
    if brought.has(engine, image):
        return
    progress(f"pulling {image.partition('@')[0]}")
    try:
        engine.run("pull", image, timeout=PULL_SECONDS)
    except CommandFailedError as error:
        raise ClassroomError(
            f"{engine.title} does not have {image.partition('@')[0]} and cannot pull it. Is the network there? A mirror's node "
            f"image: set {node_images.VARIABLE}. A bundle for the embedded cluster alone: --no-kind.\n{error}"
        ) from error


def _inspect(engine: Engine, image: str, form: str) -> str:
    return engine.run("image", "inspect", "--format", form, image).strip()
