"""Debian file systems made by debootstrap, and single programs of them with the libraries that they need."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kind.cache import made_once, remove
from tests.kind.commands import CommandError, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Nothing that runs in a node or a container reads these.
LEFT_OUT = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log",
)


def file_system(release: str, packages: tuple[str, ...], cache: Path) -> Path:
    """Make a Debian file system with the packages once; answer its folder."""

    def make(folder: Path) -> None:
        if os.geteuid() != 0:
            raise CommandError("debootstrap makes a Debian file system as root only: run this as root")
        command = [
            "debootstrap",
            "--variant=minbase",
            f"--include={','.join(packages)}",
            release,
            str(folder),
        ]
        run(command, seconds=900)
        for name in LEFT_OUT:
            remove(folder / name)
            (folder / name).mkdir()

    name = cache / "debian" / f"{release}-{packages[0]}"
    return made_once(name, inputs=(release, *packages), make=make)


def programs(root: Path, names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield paths in an image and the files of `root` to put there: the programs, and all that they are linked to."""
    where = ":".join(str(root / folder) for folder in ("usr/sbin", "usr/bin"))
    paths = []
    for name in names:
        found = shutil.which(name, path=where)
        if found is None:
            raise CommandError(f"{name} is not in {root}: add its Debian package to versions.py")
        paths.append(f"/{Path(found).relative_to(root)}")
    return with_libraries(root, paths)


def with_libraries(root: Path, paths: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield these files of `root`, and the libraries that they are linked to."""
    linked = run(["chroot", str(root), "ldd", *paths])
    for path in dict.fromkeys([*paths, *re.findall(r"(/\S+) \(0x", linked)]):
        yield path, within(root, path)


def within(root: Path, path: str) -> Path:
    """Answer the file that `path` means for a program whose root is `root`, whatever symbolic links say."""
    file = root
    for part in Path(path).parts[1:]:
        file = file / part
        while file.is_symlink():
            target = file.readlink()
            file = (
                within(root, str(target))
                if target.is_absolute()
                else within(root, f"/{os.path.normpath(file.parent.relative_to(root) / target)}")
            )
    return file
