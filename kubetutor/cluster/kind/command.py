"""The `kind` command: finding it, its release, and the environment that it runs in."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.cluster import commands
from kubetutor.cluster.backend import Availability
from kubetutor.cluster.kind import releases
from kubetutor.cluster.kind.engine import PROVIDER
from kubetutor.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubetutor.cluster.home import Home
    from kubetutor.cluster.kind.engine import Engine

# Kubernetes 1.37 needs kubeadm's configuration v1beta4, and `kind load` into today's node images a newer containerd client:
# both came with v0.32.0. https://github.com/kubernetes-sigs/kind/releases/tag/v0.32.0
OLDEST = (0, 32, 0)
INSTALL = "kubetutor up --backend kind --install-kind"


def find_kind(home: Home, environ: Mapping[str, str]) -> Path | None:
    """Find the command: the one that we installed, else the one in PATH."""
    ours = releases.installed_path(home)
    if ours.is_file() and os.access(ours, os.X_OK):
        return ours
    found = shutil.which("kind", path=environ.get("PATH"))
    return Path(found) if found else None


def version_of(kind: Path) -> tuple[int, int, int]:
    """Ask the command for its release. Raise CommandFailedError when it does not say."""
    said = commands.run((kind, "version"), timeout=10)
    found = re.search(r"v?(\d+)\.(\d+)\.(\d+)", said)
    if found is None:
        raise CommandFailedError([str(kind), "version"], 0, f"it names no release: {said.strip()!r}")
    major, minor, patch = (int(part) for part in found.groups())
    return major, minor, patch


def check(home: Home, environ: Mapping[str, str]) -> Availability:
    """Say whether there is a `kind` that is new enough; if not, offer to install one."""
    fix = f"Install kind {releases.VERSION}, checksum verified, into {releases.installed_path(home).parent}: {INSTALL}"
    offer = f"Install kind {releases.VERSION} (about {releases.SIZE_MB} MB) into {releases.installed_path(home).parent}?"
    kind = find_kind(home, environ)
    if kind is None:
        return Availability(False, "the command `kind` is not installed", fix, offer)
    try:
        version = version_of(kind)
    except CommandFailedError as error:
        return Availability(False, f"{kind} does not run: {error}", fix, offer)
    words = "v" + ".".join(map(str, version))
    if version < OLDEST:
        oldest = "v" + ".".join(map(str, OLDEST))
        return Availability(False, f"{kind} is {words}; it must be {oldest} or newer", fix, offer)
    return Availability(True, f"kind {words} is installed")


def environment(engine: Engine, base: Mapping[str, str]) -> dict[str, str]:
    """Answer the environment for `kind`: its engine said, and the user's own kubeconfig out of its reach."""
    left_out = {"KUBECONFIG", PROVIDER}
    kept = {name: value for name, value in base.items() if name not in left_out}
    return kept if engine.name == "docker" else {**kept, PROVIDER: engine.name}
