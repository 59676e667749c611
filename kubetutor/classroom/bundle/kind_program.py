"""The `kind` command for a bundle: the published file, verified; else what this machine has, and that is said."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster.kind import command, releases
from kubetutor.errors import ClassroomError, ClusterError, CommandFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.classroom.bundle.installer.manifest import Target
    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.home import Home


def machine_of(target: Target) -> str:
    """Answer kind's name for a target's machine: linux-amd64 and so on."""
    return f"{target.system}-{releases.ARCHITECTURES.get(target.machine, target.machine)}"


@dataclass(frozen=True, slots=True)
class Program:
    """What was brought: its version, and a note when it is not the published file."""

    version: str
    note: str = ""


def bring(machine: str, path: Path, home: Home, *, progress: Progress) -> Program:
    """Put the command for such a machine to this path. Raise ClassroomError when there is none to be had."""
    here = command.find_kind(home, os.environ) if machine == releases.this_machine() else None
    if here and hashlib.sha256(here.read_bytes()).hexdigest() == releases.CHECKSUMS.get(machine):
        shutil.copyfile(here, path)
        return Program(releases.VERSION)
    try:
        releases.bring(machine, path, os.environ, progress=progress)
    except ClusterError as error:
        version = _version(here)
        if here is None or version < command.OLDEST:
            raise ClassroomError(f"{error}\nA bundle for the embedded cluster alone: --no-kind.") from error
        shutil.copyfile(here, path)
        note = f"The published `kind` command: it could not be downloaded. In its place is {here} of the machine that made the bundle."
        return Program("v" + ".".join(map(str, version)), note)
    return Program(releases.VERSION)


def _version(kind: Path | None) -> tuple[int, int, int]:
    """Answer the release of the command; zeros when it does not say."""
    try:
        return command.version_of(kind) if kind else (0, 0, 0)
    except CommandFailedError:
        return (0, 0, 0)
