"""Writing the file of a bundle: a zip that Python runs, each member stored as it is, its checksum taken on the way.

Stored, because wheels and compressed images gain nothing, and because so no member can grow when it is read.
"""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

from kubetutor.classroom.bundle.installer import manifest
from kubetutor.classroom.bundle.installer.manifest import Member
from kubetutor.cluster import share
from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from kubetutor.classroom.bundle.installer.manifest import Manifest

CHUNK = 2**20
INSTALLER = "classroom/bundle/installer"
# What the installer is made of: itself, and what it imports. Each needs the standard library only.
PARTS = (
    "__init__.py", "errors.py", "cluster/__init__.py", "cluster/home.py", "cluster/interruption.py", "cluster/lock.py",
    "classroom/__init__.py", "classroom/bundle/__init__.py",
)  # fmt: skip
# Python takes a zip that was cut off for a program, and shows its first line beside the error: so that line says it.
FIRST_LINE = b"# A SyntaxError here means that this bundle of kubetutor was cut off: copy the file again. "
TOO_LARGE = (
    "The bundle would be larger than 2 GB, which Python 3.12 and older cannot run. Make one for each platform, "
    "or leave images out."
)


class Writer:
    """A bundle that is being written. `members`: what is in it so far."""

    def __init__(self, path: Path) -> None:
        self.members: dict[str, Member] = {}
        self._open = path.open("x+b")
        self._open.write(FIRST_LINE)
        self._file = zipfile.ZipFile(self._open, "w", zipfile.ZIP_STORED, allowZip64=False)

    def __enter__(self) -> Self:
        self._add_installer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        finally:
            self._open.close()

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add a member. Raise ClassroomError when the bundle gets too large for older Pythons."""
        digest, size = hashlib.sha256(), 0
        try:
            with self._file.open(_entry(name), "w") as member:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    member.write(chunk)
        except (
            zipfile.LargeZipFile,
            RuntimeError,
        ) as error:  # what zipfile raises before and after the first byte
            raise ClassroomError(TOO_LARGE) from error
        self.members[name] = Member(digest.hexdigest(), size)

    def add_file(self, name: str, path: Path) -> None:
        """Add a file, unless a member of this name is there already: targets share wheels."""
        if name in self.members:
            return
        with path.open("rb") as file:
            self.add(name, iter(lambda: file.read(CHUNK), b""))

    def finish(self, said: Manifest) -> None:
        """Add the manifest, which closes the list."""
        self._file.writestr(_entry(manifest.NAME), said.as_text())

    def _add_installer(self) -> None:
        own = sorted(
            path.name for path in (share.PACKAGE / INSTALLER).glob("*.py") if path.name != "zip_main.py"
        )
        for part in (*PARTS, *(f"{INSTALLER}/{name}" for name in own)):
            self.add_file(f"kubetutor/{part}", share.PACKAGE / part)
        self.add_file("__main__.py", share.PACKAGE / INSTALLER / "zip_main.py")


def _entry(name: str) -> zipfile.ZipInfo:
    """Answer an entry without a date of its own: equal contents make equal files."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    return entry
