"""Writes the files of a volume so that a reader sees all of the old ones or all of the new ones.

1. The files are in a hidden folder named for the time: `..2026_11_23_08_15_00.1234567`.
2. `..data` is a link to it, and each name that a user sees is a link into `..data`.
3. An update makes a new hidden folder, and puts a new `..data` in place of the old one by a rename.

So a program that holds a folder open reads on in the old files, and one that opens anew reads the new ones.

Models: pkg/volume/util/atomic_writer.go.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.embedded.kubelet.volumes.contents import Files

DATA, NEW_DATA = "..data", "..data_tmp"
VOLUME_MODE, FOLDER_MODE = 0o777, 0o755


def write_atomically(folder: Path, files: Files, now: dt.datetime) -> bool:
    """Let the folder hold these files and no others; say whether that changed anything."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(VOLUME_MODE)
    link = folder / DATA
    before = folder / link.readlink() if link.is_symlink() else None
    if before is not None and _holds(before, files):
        return False
    fresh = folder / f"{now:..%Y_%m_%d_%H_%M_%S}.{secrets.randbelow(10**10)}"
    _write(fresh, files)
    visible = {path.split("/", maxsplit=1)[0] for path in files}
    for name in visible:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"{DATA}/{name}")
    (folder / NEW_DATA).unlink(missing_ok=True)  # left by who was killed here
    (folder / NEW_DATA).symlink_to(fresh.name)
    (folder / NEW_DATA).rename(link)
    for entry in folder.iterdir():
        if not entry.name.startswith("..") and entry.name not in visible:
            entry.unlink()
    if before is not None:
        shutil.rmtree(before, ignore_errors=True)
    return True


def _holds(folder: Path, files: Files) -> bool:
    """Say whether there are just these files there, with this content."""
    there = {
        os.path.relpath(os.path.join(root, name), folder)  # noqa: PTH118  # `os.walk` answers text
        for root, _, names in os.walk(folder)
        for name in names
    }
    if there != {os.path.normpath(path) for path in files}:
        return False
    return all((folder / path).read_bytes() == file.data for path, file in files.items())


def _write(folder: Path, files: Files) -> None:
    folder.mkdir()
    for path, file in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        target.chmod(file.mode)
    for root, _, _ in os.walk(folder):
        Path(root).chmod(FOLDER_MODE)
