"""For which Python on which platform a bundle is: what the instructor asked for, in pip's words and in the manifest's.

Platforms are named as wheels name them: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.classroom.bundle.installer.machine import this_machine
from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.classroom.bundle.installer.machine import Machine

OLDEST = (3, 11)  # pyproject.toml's requires-python
LEGACY = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}  # PEP 600
MACHINES = ("x86_64", "aarch64", "arm64")
TAG = re.compile(
    r"(?P<old>manylinux1|manylinux2010|manylinux2014)_(?P<old_machine>\w+)"
    r"|(?P<family>manylinux|musllinux|macosx)_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>\w+)"
)
FAMILIES = {"manylinux": ("linux", "glibc"), "musllinux": ("linux", "musl"), "macosx": ("darwin", "")}


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform by its tag: `release` is of its libc, or of macOS."""

    tag: str
    system: str
    machine: str
    libc: str
    release: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """One Python on one platform. `platform` None: this very machine, with all that its pip takes."""

    python: str
    platform: Platform | None

    def __str__(self) -> str:
        return f"Python {self.python} on {self.platform.tag if self.platform else 'this machine'}"

    def pip_options(self, here: Machine) -> list[str]:
        """Answer what tells pip for whom it downloads."""
        words = (
            [] if self.python == here.python and self.platform is None else ["--python-version", self.python]
        )
        if self.platform is not None:
            words += ["--implementation", "cp"]
            words += [word for tag in accepted(self.platform) for word in ("--platform", tag)]
        return words


def wishes(pythons: Sequence[str], platforms: Sequence[str], here: Machine | None = None) -> list[Wish]:
    """Answer every Python on every platform; none said means those of this machine. Raise ClassroomError for unknown ones."""
    here = here or this_machine()
    if here.implementation != "CPython":
        raise ClassroomError(f"Bundles are made with CPython, and this is {here}.")
    versions = [_version(python) for python in pythons] or [here.python]
    tags: list[Platform | None] = [parse(tag) for tag in platforms] or [None]
    return [Wish(version, tag) for version in dict.fromkeys(versions) for tag in dict.fromkeys(tags)]


def parse(tag: str) -> Platform:
    """Read a platform's tag. Raise ClassroomError for one that kubetutor does not run on, or that nobody knows."""
    if tag.startswith("win"):
        raise ClassroomError(
            f"kubetutor does not run on {tag}. For WSL take a platform of Linux, like manylinux_2_28_x86_64."
        )
    found = read(tag)
    if found is None or found.machine not in MACHINES:
        raise ClassroomError(
            f"{tag!r} is no platform that bundles are made for. Name it like wheels do: manylinux2014_x86_64, "
            "manylinux_2_28_aarch64, macosx_14_0_arm64."
        )
    return found


def read(tag: str) -> Platform | None:
    """Read the platform of a wheel; None when it is of another kind, as `any`."""
    found = TAG.fullmatch(tag)
    if found is None:
        return None
    if old := found["old"]:
        major, minor = map(int, LEGACY[old].split("."))
        return Platform(tag, "linux", found["old_machine"], "glibc", (major, minor))
    system, libc = FAMILIES[found["family"]]
    return Platform(tag, system, found["machine"], libc, (int(found["major"]), int(found["minor"])))


def accepted(platform: Platform) -> list[str]:
    """List the tags that such a platform takes, the newest first. pip expands macOS, and of manylinux only the old names."""
    if platform.system == "darwin":
        return [platform.tag]
    major, newest = platform.release
    if platform.libc == "musl":
        return [f"musllinux_{major}_{minor}_{platform.machine}" for minor in range(newest, -1, -1)]
    tags = []
    for minor in range(newest, 4, -1):
        tags.append(f"manylinux_{major}_{minor}_{platform.machine}")
        tags += [
            f"{old}_{platform.machine}" for old, release in LEGACY.items() if release == f"{major}.{minor}"
        ]
    return [*tags, f"linux_{platform.machine}"]


def least(tags: Iterable[Sequence[str]], system: str, machine: str, libc: str) -> str:
    """Answer the oldest release that all of these wheels take, each given by its platform tags; empty: any."""
    needed = [(0, 0)]
    for of_one in tags:
        fitting = [
            found.release
            for tag in of_one
            if (found := read(tag))
            and (found.system, found.libc) == (system, libc)
            and found.machine in {machine, "universal2"}
        ]
        needed.append(min(fitting, default=(0, 0)))
    highest = max(needed)
    return f"{highest[0]}.{highest[1]}" if highest != (0, 0) else ""


def _version(said: str) -> str:
    found = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", said)
    if found is None:
        raise ClassroomError(f"{said!r} is no version of Python. Say it like 3.12.")
    version = (int(found[1]), int(found[2]))
    if version < OLDEST:
        raise ClassroomError(
            f"kubetutor needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {said} was asked for."
        )
    return f"{version[0]}.{version[1]}"
