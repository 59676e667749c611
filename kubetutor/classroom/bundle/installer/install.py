"""Installing a bundle, with no network.

1. Read the manifest; find the wheels for this machine; look whether something is in the way.
2. Verify every member, and look whether there is room.
3. Make the environment.
4. Let the kubetutor in it bring what is for kind: images into the engine, `kind` into its place.
5. Say what to type next.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from kubetutor.classroom.bundle.installer import archive as archives
from kubetutor.classroom.bundle.installer import environment as environments
from kubetutor.classroom.bundle.installer import machine
from kubetutor.classroom.bundle.installer.environment import Environment
from kubetutor.cluster import lock
from kubetutor.cluster.home import find_home, make_private
from kubetutor.errors import ClassroomError, ClusterBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kubetutor.classroom.bundle.installer.archive import Archive
    from kubetutor.classroom.bundle.installer.manifest import Target
    from kubetutor.cluster.home import Home

    Say = Callable[[str], None]

PLACE = "environment"  # in the state folder
ROOM = 1.4  # what Python compiles later, and what files lose to whole blocks, beside what wheels hold


def install(bundle: Path, *, folder: Path | None, force: bool, say: Say, progress: Say) -> int:
    """Install it; answer the exit code of what was brought for kind. Raise KubetutorError, with nothing half-made."""
    began = time.monotonic()
    home = find_home()
    with archives.opened(bundle) as archive:
        target = machine.fitting(archive.manifest, machine.this_machine(), bundle)
        environment = Environment(folder.expanduser().absolute() if folder else home.path / PLACE)
        say(f"kubetutor {archive.manifest.kubetutor} for {target}, into {environment.path}")
        make_private(home.path)
        make_private(environment.path.parent)
        with _alone(environment):
            made = _make(archive, target, environment, home, force=force, progress=progress)
    if not made:
        say("The environment is there already, from this very bundle.")
    code = _bring(environment, bundle)
    say(_next(environment, time.monotonic() - began))
    return code


def _make(
    archive: Archive, target: Target, environment: Environment, home: Home, *, force: bool, progress: Say
) -> bool:
    """Make the environment unless this bundle made it before; answer whether it was made."""
    receipt = {
        "kubetutor": archive.manifest.kubetutor,
        "bundle": hashlib.sha256(archive.manifest.as_text().encode()).hexdigest(),
    }
    environment.recover()
    if environment.receipt() == receipt and not force:
        return False
    _refuse_what_is_in_the_way(environment, home, force=force)
    archive.verify(progress)
    _refuse_without_room(archive, target, environment)
    environments.make(environment, archive, target, receipt, progress)
    return True


@contextlib.contextmanager
def _alone(environment: Environment) -> Iterator[None]:
    """Hold a lock beside the environment: two that make it at once would spoil it."""
    path = environment.path.with_name(f".{environment.path.name}.lock")
    try:
        with lock.held(path, timeout=0):
            try:
                yield
            finally:
                path.unlink()
    except ClusterBusyError as error:
        raise ClassroomError(
            f"Another installation into {environment.path} is at work. Wait for it."
        ) from error


def _refuse_what_is_in_the_way(environment: Environment, home: Home, *, force: bool) -> None:
    there, path = environment.receipt(), environment.path
    if there is None:
        if path.exists() and not environment.is_half_made() and (not path.is_dir() or any(path.iterdir())):
            raise ClassroomError(
                f"{path} is there, and no bundle made it. Name another place: --folder FOLDER."
            )
        return
    if not force:
        raise ClassroomError(
            f"There is an environment with kubetutor {there['kubetutor']} in {path}. --force replaces it; your lessons, "
            "progress and clusters are elsewhere and stay. Or name another place: --folder FOLDER."
        )
    if environments.runs_from(environment):
        raise ClassroomError(
            f"This kubetutor runs from {path}, which would be replaced. Use the file itself: python3 FILE --force"
        )
    if up := [each.name for each in home.clusters() if lock.is_held(each.lock)]:
        raise ClassroomError(
            f"The cluster {up[0]!r} is up, and may run from {path}, which would be replaced. "
            f"End it: {shlex.quote(str(environment.kubetutor))} down --name {up[0]}"
        )


def _refuse_without_room(archive: Archive, target: Target, environment: Environment) -> None:
    packed = sum(archive.manifest.members[wheel].bytes for wheel in target.wheels)
    needed, free = round(target.unpacked * ROOM) + packed, shutil.disk_usage(environment.path.parent).free
    if free < needed:
        raise ClassroomError(
            f"There are {free >> 20} MB free for {environment.path}, and {needed >> 20} MB are needed. "
            "Make room, or name a place on another disk: --folder FOLDER, or KUBETUTOR_HOME for all of kubetutor."
        )


def _bring(environment: Environment, bundle: Path) -> int:
    """Let the kubetutor that is installed now do what needs more than the standard library."""
    argv = [str(environment.kubetutor), "bundle", "load", str(bundle.absolute())]
    return subprocess.run(argv, env=environments.clean(os.environ), check=False).returncode


def _next(environment: Environment, seconds: float) -> str:
    command, activate = (
        shlex.quote(str(environment.kubetutor)),
        shlex.quote(str(environment.path / "bin" / "activate")),
    )
    return (
        f"kubetutor is installed ({seconds:.0f} s). Type next:\n"
        f"  {command} lab\n"
        "Or, to have the command `kubetutor` in this terminal:\n"
        f"  . {activate}\n"
        "  kubetutor doctor\n"
        "  kubetutor lab"
    )
