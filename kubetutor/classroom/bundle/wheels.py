"""The wheels for a wish: downloaded by pip, and followed until nothing is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING

from kubetutor.classroom.bundle import closure, targets
from kubetutor.classroom.bundle.installer.machine import this_machine
from kubetutor.classroom.bundle.installer.manifest import Target
from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.classroom.bundle.closure import Wheel
    from kubetutor.classroom.bundle.targets import Wish
    from kubetutor.cluster.backend import Progress

ROUNDS = 4  # each brings what the one before lacked; two were enough so far
TOLD = 20  # wheels between two words of progress


def require_pip() -> None:
    """Raise ClassroomError when this environment has no pip."""
    if importlib.util.find_spec("pip") is None:
        raise ClassroomError(
            f"The environment {sys.prefix} has no pip, which downloads the wheels. Bring it: {sys.executable} -m ensurepip"
        )


def collect(wish: Wish, own: Path, folder: Path, *, progress: Progress) -> tuple[Target, list[Wheel]]:
    """Download what kubetutor (`own`, its wheel) and pip need into the folder; answer the target and its wheels."""
    progress(f"downloading the wheels for {wish}")
    folder.mkdir()
    wanted: list[str] = []
    ours = closure.read(own)
    for _round in range(ROUNDS):
        _download([str(own), "pip", *wanted], wish, folder, progress)
        found = [
            ours,
            *(closure.read(path) for path in sorted(folder.glob("*.whl")) if path.name != own.name),
        ]
        followed = closure.follow(found, ("kubetutor", "pip"), closure.environment_of(wish))
        if not followed.missing:
            return _target(wish, list(followed.needed)), list(followed.needed)
        wanted += followed.missing
    raise ClassroomError(f"pip did not bring {', '.join(followed.missing)}, which {wish} needs.")


def _download(what: list[str], wish: Wish, folder: Path, progress: Progress) -> None:
    options = ("--dest", str(folder), "--only-binary", ":all:", "--no-input", "--progress-bar", "off")
    argv = [sys.executable, "-m", "pip", "download", *options, *wish.pip_options(this_machine()), *what]
    said: list[str] = []
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        seen = 0
        for line in process.stdout or ():
            said.append(line)
            if line.lstrip().startswith(("Downloading ", "Using cached ")) and ".metadata" not in line:
                seen += 1
                if seen % TOLD == 0:
                    name = next((word for word in line.split() if word.endswith(".whl")), "")
                    progress(f"{seen} wheels, the last is {name.rpartition('/')[2].partition('-')[0]}")
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    if code:
        raise ClassroomError(_failed(wish, said))


def _failed(wish: Wish, said: list[str]) -> str:
    words = "".join(line for line in said if line.startswith("ERROR:")) or "".join(said[-8:])
    told = f"pip could not bring the wheels for {wish}:\n{words.strip()}\n"
    if "No matching distribution" in words or "Could not find a version" in words:
        return (
            f"{told}Is the network there? If so, a package has no wheel for this Python and platform: try a newer "
            "--platform (manylinux_2_28_x86_64), or another --python."
        )
    return f"{told}Bundles are made where there is a network. A mirror of the package index: pip config set global.index-url ADDRESS"


def _target(wish: Wish, wheels: list[Wheel]) -> Target:
    here = this_machine()
    place = wish.platform
    system, machine, libc = (
        (place.system, place.machine, place.libc) if place else (here.system, here.machine, here.libc)
    )
    return Target(
        python=wish.python,
        system=system,
        machine=machine,
        libc=libc,
        least=targets.least((wheel.platforms for wheel in wheels), system, machine, libc),
        wheels=tuple(f"wheels/{wheel.path.name}" for wheel in wheels),
        unpacked=sum(wheel.unpacked for wheel in wheels),
    )
