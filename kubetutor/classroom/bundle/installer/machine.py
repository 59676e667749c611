"""Does this machine fit one of the targets of a bundle? Pure, but for `this_machine`, which looks."""

from __future__ import annotations

import platform
import shlex
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kubetutor.classroom.bundle.installer.manifest import Manifest, Target


@dataclass(frozen=True, slots=True)
class Machine:
    """A Python and where it runs, in the words of Target. `release`: of the libc, or of macOS; empty: unknown."""

    python: str
    implementation: str
    system: str
    machine: str
    libc: str
    release: str

    def __str__(self) -> str:
        runs_on = (
            f" ({self.libc or 'macOS'} {self.release})"
            if self.release
            else f" ({self.libc})"
            if self.libc
            else ""
        )
        return f"{self.implementation} {self.python} on {self.system} {self.machine}{runs_on}"


def this_machine() -> Machine:
    system, libc, release = platform.system().lower(), "", ""
    if system == "linux":
        libc, release = platform.libc_ver()
        libc = libc if libc == "glibc" else "musl"  # what Python cannot name is not glibc
        release = release if libc == "glibc" else ""
    elif system == "darwin":
        release = platform.mac_ver()[0]
    python = ".".join(map(str, sys.version_info[:2]))
    return Machine(
        python, platform.python_implementation(), system, platform.machine().lower(), libc, release
    )


def fitting(
    manifest: Manifest, machine: Machine, bundle: Path, *, which: Callable[[str], str | None] = shutil.which
) -> Target:
    """Answer the target that this machine is. Raise ClassroomError with what would fit, and how to get it."""
    if machine.system == "windows":
        raise ClassroomError(
            "kubetutor needs Linux or WSL. On Windows, install WSL and run the same command there."
        )
    here = [target for target in manifest.targets if _same_platform(target, machine)]
    same = [
        target for target in here if target.python == machine.python and machine.implementation == "CPython"
    ]
    for target in same:
        if not _is_older(machine.release, target.least):
            return target
    made_for = "\n".join(f"  {target}" for target in manifest.targets)
    what = f"The bundle {bundle} is for\n{made_for}\nand here is {machine}."
    raise ClassroomError(f"{what}\n{_advice(here, same, machine, bundle, which)}")


def _advice(
    here: list[Target], same: list[Target], machine: Machine, bundle: Path, which: Callable[[str], str | None]
) -> str:
    if same:
        return f"This system is too old for these wheels. {_another(machine)}"
    for target in here:
        name = f"python{target.python}"
        if which(name):
            return f"There is a {name} on this machine. Try: {name} {shlex.quote(str(bundle))}"
    if here:
        return f"Install Python {' or '.join(target.python for target in here)}, and run the file with it. {_another(machine)}"
    return _another(machine)


def _another(machine: Machine) -> str:
    """Say what makes a bundle that fits, on a machine with a network."""
    release = machine.release.replace(".", "_")
    tags = {
        ("linux", "glibc"): f"manylinux_{release}_{machine.machine}",
        ("linux", "musl"): f"musllinux_1_2_{machine.machine}",
    }
    tag = tags.get(
        (machine.system, machine.libc), f"macosx_{release.partition('_')[0] or '14'}_0_{machine.machine}"
    )
    return f"A bundle for this machine: kubetutor bundle create --python {machine.python} --platform {tag}"


def _same_platform(target: Target, machine: Machine) -> bool:
    return (target.system, target.machine, target.libc) == (machine.system, machine.machine, machine.libc)


def _is_older(release: str, least: str) -> bool:
    """Say whether a release is older than another; what is unknown is not."""
    return bool(release and least) and _numbers(release) < _numbers(least)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".") if part.isdigit())[:2]
