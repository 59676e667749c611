"""Bringing images of the engine into the nodes: all in one archive, so that a layer that they share travels once."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.cluster import commands
from kubetutor.errors import ClusterError, CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.kind.engine import Engine
    from kubetutor.cluster.kind.nodes import KindNodes

SECONDS = 600.0  # for saving or loading large images on a slow disk
RUNNING = "running"


def load(cluster: KindNodes, references: Sequence[str], *, progress: Progress) -> None:
    """Bring these images into every node that runs and does not have them. Raise ClusterError if the engine has not."""
    ids = {reference: image_id(cluster.engine, reference) for reference in references}
    lacking = {
        node: missing
        for node, state in cluster.containers().items()
        if state == RUNNING and (missing := missing_on(cluster.engine, node, ids))
    }
    if not lacking:
        return
    names = sorted({short(reference) for missing in lacking.values() for reference in missing})
    progress(f"loading {', '.join(names)} into {len(lacking)} nodes")
    send(cluster, sorted({each for missing in lacking.values() for each in missing}), sorted(lacking))


def image_id(engine: Engine, reference: str) -> str:
    """Answer the id by which the engine knows an image."""
    try:
        return engine.run("image", "inspect", "--format", "{{.Id}}", reference).strip()
    except CommandFailedError as error:
        raise ClusterError(
            f"{engine.name} has no image {short(reference)!r}. Build or pull it first: "
            f"{engine.name} pull {short(reference)}\n{error}"
        ) from error


def missing_on(engine: Engine, node: str, ids: Mapping[str, str]) -> list[str]:
    """List the references that this node does not have, or has another image for."""
    listed = json.loads(engine.run("exec", node, "crictl", "images", "--output", "json"))
    known = {
        tag: ids_of(image) for image in listed.get("images") or () for tag in image.get("repoTags") or ()
    }
    return [name for name, wanted in ids.items() if bare(wanted) not in known.get(full(name), set())]


def ids_of(image: Mapping[str, object]) -> set[str]:
    """Answer every id that an engine may know a node's image by: its configuration's, or its manifest's."""
    digests = image.get("repoDigests")
    names = [str(image.get("id", "")), *(digests if isinstance(digests, list) else [])]
    return {bare(name.rpartition("@")[2]) for name in names}


def send(cluster: KindNodes, references: Sequence[str], nodes: Sequence[str]) -> None:
    """Save the images into one archive and let kind read it into the nodes."""
    handle, name = tempfile.mkstemp(prefix="kubetutor-images-", suffix=".tar")
    os.close(handle)
    archive = Path(name)
    several = ("--multi-image-archive",) if cluster.engine.name == "podman" else ()
    kind = (
        cluster.kind,
        "load",
        "image-archive",
        archive,
        "--name",
        cluster.name,
        "--nodes",
        ",".join(nodes),
    )
    try:
        archive.unlink()  # Podman writes no archive over a file that is there
        cluster.engine.run("save", *several, "--output", str(archive), *references, timeout=SECONDS)
        environment = {**os.environ, "KIND_EXPERIMENTAL_PROVIDER": cluster.engine.name}
        commands.run(kind, env=environment, timeout=SECONDS)
    finally:
        archive.unlink(missing_ok=True)


def full(reference: str) -> str:
    """Write a name as nodes do: docker.io/library/my-app:1.0 for my-app:1.0."""
    first, slash, _ = reference.partition("/")
    if not slash:
        reference = f"docker.io/library/{reference}"
    elif "." not in first and ":" not in first and first != "localhost":
        reference = f"docker.io/{reference}"
    return reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def short(reference: str) -> str:
    """Write a name as people do."""
    return reference.removeprefix("docker.io/").removeprefix("library/")


def bare(digest: str) -> str:
    return digest.removeprefix("sha256:")
