"""The container images of `kubetutor/images/`, built by the engine that kind's nodes run in.

One Dockerfile for all: a program of one file on a Python image. It uses nothing that an old builder lacks.
"""

from __future__ import annotations

import hashlib
import shutil
import string
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.errors import ClusterError, CommandFailedError
from kubetutor.images import SAMPLES, VERSION_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubetutor.cluster.kind.engine import Engine

BASE_VARIABLE = "KUBETUTOR_BASE_IMAGE"
BASE = "docker.io/library/python:3.13-slim"  # in full: Podman asks which registry is meant
REGISTRY = "docker.io"
SOURCE_LABEL = "kubetutor.source"
SECONDS = 600.0  # for one build: the base image may have to come over a slow network

# The program comes before its version, so that all versions share its layer. What differs is written out: Podman 4.3
# takes images for the same that differ in build arguments only.
DOCKERFILE = string.Template(f"""\
ARG BASE
FROM $$BASE
COPY program.py /app/program.py
ENV {VERSION_VARIABLE}="$version"
LABEL {SOURCE_LABEL}="$source"
CMD ["python3", "-u", "/app/program.py"]
""")


@dataclass(frozen=True, slots=True)
class Build:
    """One image to build. `source` says what it is made from: equal sources make equal images."""

    reference: str
    module: str
    version: str
    base: str

    @property
    def program(self) -> bytes:
        return resources.files("kubetutor.images").joinpath(f"{self.module}.py").read_bytes()

    @property
    def dockerfile(self) -> str:
        return DOCKERFILE.substitute(version=self.version, source=self.source)

    @property
    def source(self) -> str:
        text = b"\0".join(
            (DOCKERFILE.template.encode(), self.program, self.version.encode(), self.base.encode())
        )
        return hashlib.sha256(text).hexdigest()[:12]


def wanted(environ: Mapping[str, str]) -> list[Build]:
    """List the images that a lesson needs: each sample with each tag, and last the one that load balancers need.

    Names are written in full: Podman would call them localhost/my-app, and no manifest says that.
    """
    base = environ.get(BASE_VARIABLE) or BASE
    builds = [
        Build(f"{REGISTRY}/library/{sample.name}:{tag}", sample.module, tag, base)
        for sample in SAMPLES
        for tag in sample.tags
    ]
    balancer = Build("", "load_balancer", "", base)
    reference = f"{REGISTRY}/kubetutor/load-balancer:{balancer.source}"
    return [*builds, Build(reference, balancer.module, balancer.version, base)]


def missing(engine: Engine, builds: Sequence[Build]) -> list[Build]:
    """List what the engine does not have, or has from another source."""
    return [build for build in builds if built_from(engine, build.reference) != build.source]


def built_from(engine: Engine, reference: str) -> str | None:
    """Answer the source of an image that the engine has, None when it has none of this name."""
    form = f'{{{{index .Config.Labels "{SOURCE_LABEL}"}}}}'
    try:
        return engine.run("image", "inspect", "--format", form, reference).strip()
    except CommandFailedError:
        return None


def build(engine: Engine, wanted: Build) -> None:
    """Build one image. The engine pulls the base image if it does not have it."""
    folder = Path(tempfile.mkdtemp(prefix="kubetutor-image-"))
    base = ("--build-arg", f"BASE={wanted.base}")
    try:
        (folder / "Dockerfile").write_text(wanted.dockerfile, encoding="utf-8")
        (folder / "program.py").write_bytes(wanted.program)
        engine.run("build", *base, "--tag", wanted.reference, str(folder), timeout=SECONDS)
    except CommandFailedError as error:
        raise ClusterError(
            f"The image {wanted.reference} could not be built on {wanted.base}. If {engine.name} cannot pull that, "
            f"set {BASE_VARIABLE} to an image with python3 that it has.\n{error}"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
