"""The second half of installing a bundle: what is for kind. It runs from the environment that the first half made.

1. Find an engine that answers, and that the images are for. Without one this is no failure: `embedded` needs none of it.
2. Let it load the images, unless it has them from this bundle.
3. Put `kind` where kubetutor looks for it first.
4. Write down what was brought. From then on `up` uses it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kubetutor.classroom.bundle import saving
from kubetutor.classroom.bundle.installer import archive as archives
from kubetutor.cluster.kind import brought, engine, machine, releases
from kubetutor.cluster.kind.brought import Brought
from kubetutor.errors import ClassroomError, CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kubetutor.classroom.bundle.installer.archive import Archive
    from kubetutor.classroom.bundle.installer.manifest import Kind
    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.home import Home
    from kubetutor.cluster.kind.engine import Engine

EMBEDDED = (
    "The embedded cluster works without: kubetutor up --backend embedded"
    if sys.platform == "linux"
    else "Without kind no cluster starts on this system: the embedded one needs Linux."
)
ARCHITECTURE = {  # how an engine says what its machine is
    "docker": ("version", "--format", "{{.Server.Arch}}"),
    "podman": ("info", "--format", "{{.Host.Arch}}"),
}


def load(bundle: Path, home: Home, *, say: Callable[[str], None], progress: Progress) -> None:
    """Bring what the bundle has for kind. Raise KubetutorError when an engine answers and it cannot be brought."""
    with archives.opened(bundle) as archive:
        for sentence in archive.manifest.missing:
            say(f"Not in this bundle: {sentence}")
        kind = archive.manifest.kind
        if kind is None:
            say(EMBEDDED)
            return
        found, why_not = _engine_for(kind, bundle)
        if found is None:
            say(f"{why_not}\n{EMBEDDED}")
            return
        if not _is_there(found, kind, home):
            _refuse_without_room(found, kind)
            _load_images(found, archive, kind, progress)
        _place_program(archive, kind, home, progress)
        brought.write(home, _what(kind))
    number = sum(len(each.images) for each in kind.archives)
    where = releases.installed_path(home)
    say(
        f"For kind: {found.title} has the {number} images, and kind {kind.version} is in {where}. "
        "`kubetutor up --backend kind` needs no network."
    )


def _engine_for(kind: Kind, bundle: Path) -> tuple[Engine | None, str]:
    """Answer an engine that the images are for; else None, and what to tell."""
    found, answer = engine.find_answering(os.environ)
    again = f"To bring it in later, run this again then: python3 {bundle}"
    if found is None:
        return None, f"What the bundle has for kind stays in the file: {answer.why}. {answer.fix} {again}"
    architecture = found.run(*ARCHITECTURE.get(found.name, ARCHITECTURE["docker"])).strip()
    architecture = releases.ARCHITECTURES.get(architecture, architecture)
    if architecture != kind.architecture or releases.this_machine() not in kind.programs:
        here = f"{found.title} runs on {architecture}, and this machine is {releases.this_machine()}"
        return (
            None,
            f"What the bundle has for kind does not fit: its images are for {kind.architecture}, {here}.",
        )
    return found, ""


def _what(kind: Kind) -> Brought:
    return Brought(kind.nodes, kind.base, kind.images)


def _is_there(found: Engine, kind: Kind, home: Home) -> bool:
    names = [name for each in kind.archives for name in each.images]
    return brought.read(home) == _what(kind) and all(brought.has(found, name) for name in names)


def _refuse_without_room(found: Engine, kind: Kind) -> None:
    needed, seen = sum(each.unpacked for each in kind.archives) >> 20, machine.look(found)
    if seen.disk_mb is not None and seen.disk_mb < needed:
        raise ClassroomError(
            f"There are {seen.disk_mb} MB free in {seen.disk_folder}, where {found.title} keeps images, and {needed} MB are "
            f"needed for those of the bundle. {machine.ROOM} Then run this again. {EMBEDDED}"
        )


def _load_images(found: Engine, archive: Archive, kind: Kind, progress: Progress) -> None:
    for each in kind.archives:
        progress(f"loading {len(each.images)} images into {found.title} ({each.unpacked >> 20} MB)")
        try:
            with archive.reading(each.member) as reader:
                saving.load(found, reader, each.unpacked, progress)
        except CommandFailedError as error:
            raise ClassroomError(
                f"{found.title} did not load the images of the bundle: {error}\n`kubetutor doctor` looks at this machine. {EMBEDDED}"
            ) from error
        if lacking := [name for name in each.images if not brought.has(found, name)]:
            raise ClassroomError(
                f"{found.title} loaded the images of the bundle, and does not know {', '.join(lacking)}."
            )


def _place_program(archive: Archive, kind: Kind, home: Home, progress: Progress) -> None:
    target = releases.installed_path(home)
    with releases.placed(target) as file, archive.reading(kind.programs[releases.this_machine()]) as program:
        while chunk := program.read(2**20):
            file.write(chunk)
    progress(f"kind {kind.version} is in {target}")
