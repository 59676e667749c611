"""Making a bundle.

1. Read what is asked for: which Pythons and platforms, with kind or without, where to.
2. Look whether there is an engine, and whether there is room.
3. Download the wheels; have the engine bring the images, and fetch `kind`.
4. Write the file, read it back and verify it, and only then give it its name.

All of it happens in one folder beside the file that is to be. What ends early removes that folder; what is killed leaves
it to the next run.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor import __version__
from kubetutor.classroom.bundle import images, kind_program, own_wheel, saving, wheels
from kubetutor.classroom.bundle.installer import archive as archives
from kubetutor.classroom.bundle.installer.manifest import Archive, Kind, Manifest
from kubetutor.classroom.bundle.writing import Writer
from kubetutor.cluster import lock
from kubetutor.cluster.kind import engine, releases
from kubetutor.errors import ClassroomError, ClusterBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kubetutor.classroom.bundle.installer.manifest import Target
    from kubetutor.classroom.bundle.targets import Wish
    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.home import Home
    from kubetutor.cluster.kind.engine import Engine

WHEELS_MB = 150  # for one target, with some room: 125 when this was written
KIND_MB = (
    1000  # one node image, the samples and what else nodes need; looked at again when their sizes are known
)
NO_KIND = "Everything for kind: its images, and the `kind` command."


@dataclass(frozen=True, slots=True)
class Order:
    """What the instructor asked for. `kind` None: if an engine answers. `kubernetes`: minors; none means the newest.

    `images`: further ones for lessons. `output` None: a name with the version, here.
    """

    wishes: tuple[Wish, ...]
    kind: bool | None = None
    kubernetes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    output: Path | None = None
    force: bool = False

    @property
    def path(self) -> Path:
        return (self.output or Path(file_name(self.wishes))).absolute()


def file_name(wishes: Sequence[Wish]) -> str:
    """Answer a name with the version, and for whom it is where that is one."""
    if len(wishes) != 1:
        return f"kubetutor-{__version__}.pyz"
    wish = wishes[0]
    machine = wish.platform.tag if wish.platform else releases.this_machine()
    return f"kubetutor-{__version__}-py{wish.python.replace('.', '')}-{machine}.pyz"


def create(order: Order, home: Home, *, say: Callable[[str], None], progress: Progress) -> Path:
    """Make the bundle; answer where it is. Raise KubetutorError, with nothing half-made."""
    wheels.require_pip()
    _refuse_existing(order)
    found, why_not = _engine_for(order)
    missing = () if found else (NO_KIND,)
    if not found:
        say(f"Not in this bundle: {NO_KIND} {why_not}")
    with _workplace(order.path) as folder:
        _refuse_without_room(folder, len(order.wishes) * 2 * WHEELS_MB + (KIND_MB if found else 0))
        part = folder / "bundle.pyz"
        with Writer(part) as writer:
            parts = _Parts(order, home, folder, writer, progress)
            made = parts.wheels()
            kind, lacking = parts.kind(found, made) if found else (None, ())
            today = dt.datetime.now(dt.UTC).date().isoformat()
            said = Manifest(__version__, today, made, writer.members, kind, (*missing, *lacking))
            writer.finish(said)
        progress("reading it back")
        with archives.opened(part) as archive:
            archive.verify(lambda _text: None)
        for sentence in lacking:
            say(f"Not in this bundle: {sentence}")
        part.replace(order.path)
    say(_summary(order.path, said))
    return order.path


def _refuse_existing(order: Order) -> None:
    path = order.path
    if not path.parent.is_dir():
        raise ClassroomError(f"The folder {path.parent} is not there. Make it, or name another file.")
    if path.is_dir():
        raise ClassroomError(f"{path} is a folder. Name a file for the bundle.")
    if path.exists() and not order.force:
        raise ClassroomError(f"{path} is there already. --force replaces it; or name another file.")


def _engine_for(order: Order) -> tuple[Engine | None, str]:
    """Answer the engine whose images go into the bundle; None, and why, when it is to be without kind."""
    if order.kind is False:
        return None, "That was asked for; learners get the embedded cluster."
    found, answer = engine.find_answering(os.environ)
    if found is not None:
        return found, ""
    if order.kind:
        raise ClassroomError(
            f"kind's images come from an engine, and {answer.why}. {answer.fix} Or leave kind out: --no-kind."
        )
    return (
        None,
        f"The reason: {answer.why}. Learners get the embedded cluster. For kind too: {answer.fix} Then make it again.",
    )


@contextlib.contextmanager
def _workplace(path: Path) -> Iterator[Path]:
    """Give a folder beside the bundle that is gone afterwards; clear what a killed run left in it."""
    folder = path.with_name(f".{path.name}.part")
    try:
        with lock.held(folder / "lock", prepare=lambda: folder.mkdir(exist_ok=True), timeout=0):
            try:
                _clear(folder)
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except ClusterBusyError as error:
        raise ClassroomError(f"Another `kubetutor bundle create` makes {path} now. Wait for it.") from error
    except OSError as error:
        raise ClassroomError(
            f"The bundle {path} cannot be written: {error.strerror or error}. Make room, or name another file."
        ) from error


def _clear(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != "lock":
            left.unlink()


def _refuse_without_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free >> 20
    if free < needed:
        raise ClassroomError(
            f"There are {free} MB free in {folder.parent}, and making the bundle needs up to {needed} MB there. "
            "Make room, or name a file on another disk."
        )


@dataclass(frozen=True)
class _Parts:
    """What goes into the bundle, made in `folder` and added to `writer`."""

    order: Order
    home: Home
    folder: Path
    writer: Writer
    progress: Progress

    def wheels(self) -> tuple[Target, ...]:
        """Add the wheels for every wish; answer the targets."""
        self.progress("making the wheel of kubetutor itself")
        own = own_wheel.make(self.folder)
        made = []
        for place, wish in enumerate(self.order.wishes):
            downloads = self.folder / f"wheels-{place}"
            target, needed = wheels.collect(wish, own, downloads, progress=self.progress)
            for wheel in needed:
                self.writer.add_file(f"wheels/{wheel.path.name}", wheel.path)
            self.progress(f"{len(needed)} wheels for {target}")
            shutil.rmtree(downloads)
            made.append(target)
        return tuple(made)

    def kind(self, found: Engine, made: Sequence[Target]) -> tuple[Kind, tuple[str, ...]]:
        """Add what is for kind; answer what the manifest says of it, and what is missing."""
        programs, version, notes = self._programs(made)
        gathered = images.gather(found, self.order.kubernetes, self.order.images, progress=self.progress)
        try:
            _refuse_without_room(self.folder, gathered.bytes >> 20)
            nodes = self._saved(found, "images/nodes.tar.gz", tuple(gathered.nodes.values()))
            lessons = self._saved(found, "images/lessons.tar.gz", gathered.lessons)
        finally:
            images.forget(found, gathered)
        said = Kind(
            version=version,
            programs=programs,
            architecture=gathered.architecture,
            archives=(nodes, lessons),
            nodes=gathered.nodes,
            base=gathered.base,
            images=gathered.others,
        )
        return said, (*notes, *gathered.missing, *_misfits(gathered.architecture, made))

    def _programs(self, made: Sequence[Target]) -> tuple[dict[str, str], str, list[str]]:
        """Add the `kind` command for each machine; answer the members, a version, and what is to be known of them."""
        members, brought = {}, []
        for machine in sorted({kind_program.machine_of(target) for target in made}):
            path = self.folder / machine
            brought.append(kind_program.bring(machine, path, self.home, progress=self.progress))
            members[machine] = f"kind/kind-{machine}"
            self.writer.add_file(members[machine], path)
        return members, brought[0].version, [each.note for each in brought if each.note]

    def _saved(self, found: Engine, member: str, names: tuple[str, ...]) -> Archive:
        self.progress(f"saving {len(names)} images")
        stream = saving.Saved(found, names, self.progress)
        self.writer.add(member, stream)
        return Archive(member, names, stream.unpacked)


def _misfits(architecture: str, made: Sequence[Target]) -> list[str]:
    """Say for which targets the images are not: an engine has those of its own architecture."""
    others = [target for target in made if not kind_program.machine_of(target).endswith(f"-{architecture}")]
    return [f"kind's images for {target}: those of this bundle are for {architecture}." for target in others]


def _summary(path: Path, said: Manifest) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    size = path.stat().st_size / 1e6
    kind = (
        [f"  kind {said.kind.version} and {sum(len(each.images) for each in said.kind.archives)} images"]
        if said.kind
        else []
    )
    number = sum(name.startswith("wheels/") for name in said.members)
    lines = [
        f"{path}: {size:.0f} MB, sha256 {digest.hexdigest()}",
        f"  kubetutor {said.kubetutor} and what it needs, {number} wheels",
        *kind,
        *(f"  for {target}" for target in said.targets),
        f"On each machine, with Python and without a network: python3 {path.name}",
    ]
    return "\n".join(lines)
