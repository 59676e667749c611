"""Images for names that a learner's machine would pull: the base of the sample applications, and a shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.kind import versions
from tests.kind.archives import Image, write
from tests.kind.cache import made_once
from tests.kind.commands import run
from tests.kind.debian import file_system, programs

HERE = Path(__file__).parent


def load(cache: Path) -> None:
    """Put the images into the engine, unless it has images of these names."""
    wanted = (versions.BUSYBOX, versions.PYTHON)
    if subprocess.run(["docker", "image", "inspect", *wanted], capture_output=True, check=False).returncode:
        for archive in archives(cache):
            run(["docker", "load", "--input", str(archive)])


def archives(cache: Path) -> list[Path]:
    """Write the image files, once; answer them."""
    debian = file_system(versions.DEBIAN, versions.STAND_IN_PACKAGES, cache)
    inputs = (Path(__file__).read_text(), (HERE / "archives.py").read_text(), str(debian))

    def make(folder: Path) -> None:
        applets = folder / "bin"
        applets.mkdir()
        for name in run(["chroot", str(debian), "busybox", "--list"]).split():
            (applets / name).symlink_to("/usr/bin/busybox")
        shell = {"/bin": applets, **dict(programs(debian, ("busybox",)))}
        write(Image(versions.BUSYBOX, (), shell, ("sh",)), folder / "busybox.tar")
        write(Image(versions.PYTHON, (), {"/": debian}, ("python3",)), folder / "python.tar")

    folder = made_once(cache / "stand-ins", inputs=inputs, make=make)
    return sorted(folder.glob("*.tar"))
