"""The environment that a bundle makes: a venv with all its wheels, whole or not at all.

1. An environment that is there is moved aside. It comes back when anything fails.
2. The new one is made at its final place, because its commands name it. Its receipt is written last.
3. A run that was killed left no receipt: the next one clears what it finds, and brings back what was moved aside.

The wheels are installed by the pip that is among them: a system's Python often has none, and no ensurepip.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.cluster.home import explained, write_private
from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kubetutor.classroom.bundle.installer.archive import Archive
    from kubetutor.classroom.bundle.installer.manifest import Target

RECEIPT = "kubetutor-bundle.json"
AT_ONCE = 25  # wheels that pip gets at a time, so that something can be told in between
NOT_OURS = ("PIP_", "PYTHON", "VIRTUAL_ENV")  # of the user's settings: none may change what is installed


@dataclass(frozen=True, slots=True)
class Environment:
    """A folder with a venv that a bundle made, or shall make."""

    path: Path

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def kubetutor(self) -> Path:
        return self.path / "bin" / "kubetutor"

    @property
    def aside(self) -> Path:
        """Where the environment of before is while a new one is made."""
        return self.path.with_name(f"{self.path.name}.before")

    def receipt(self) -> dict[str, str] | None:
        """Answer what it was made from: `kubetutor`, a version, and `bundle`, a digest. None: it is not whole."""
        try:
            said: dict[str, str] = json.loads((self.path / RECEIPT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return said

    def recover(self) -> None:
        """Clear what a killed run left."""
        if not self.aside.is_dir():
            return
        if self.receipt() is None:
            shutil.rmtree(self.path, ignore_errors=True)
            self.aside.rename(self.path)
        else:
            shutil.rmtree(self.aside)

    def is_half_made(self) -> bool:
        """Say whether a killed run left it so."""
        return self.receipt() is None and (self.path / _WHEELS).is_dir()


_WHEELS = ".wheels"


def make(
    environment: Environment,
    archive: Archive,
    target: Target,
    receipt: dict[str, str],
    progress: Callable[[str], None],
) -> None:
    """Make it anew. Raise ClassroomError or StateError; then, and when interrupted, what was there before is there again."""
    with explained(environment.path), _replaced(environment):
        wheels = environment.path / _WHEELS
        wheels.mkdir(parents=True)
        progress("making the environment")
        _make_venv(environment.path)
        for name in target.wheels:
            archive.copy(name, wheels / Path(name).name)
        _install(environment, sorted(wheels.iterdir()), progress)
        write_private(environment.path / RECEIPT, json.dumps(receipt) + "\n")
        shutil.rmtree(wheels)


@contextlib.contextmanager
def _replaced(environment: Environment) -> Iterator[None]:
    """Move what is there aside; bring it back if what follows fails, else remove it."""
    environment.recover()
    if environment.receipt() is not None:
        environment.path.rename(environment.aside)
    elif environment.is_half_made():
        shutil.rmtree(environment.path)
    try:
        yield
    except BaseException:
        shutil.rmtree(environment.path, ignore_errors=True)
        if environment.aside.is_dir():
            environment.aside.rename(environment.path)
        raise
    shutil.rmtree(environment.aside, ignore_errors=True)


def _make_venv(path: Path) -> None:
    try:
        import venv  # noqa: PLC0415  # some systems ship it apart from Python, and that has to be said
    except ImportError as error:
        raise ClassroomError(
            f"This Python ({sys.executable}) cannot make environments: {error}. "
            "Debian, Ubuntu: apt install python3-venv. Elsewhere look for the package that has Python's module venv."
        ) from error
    venv.EnvBuilder(symlinks=True, with_pip=False).create(path)


def _install(environment: Environment, wheels: Sequence[Path], progress: Callable[[str], None]) -> None:
    """Let pip install all wheels, some at a time. What needs what was found out when the bundle was made.

    Nothing is compiled here: Python compiles what is used when it is first used, and that is a quarter of it all.
    """
    pip = next((wheel for wheel in wheels if wheel.name.startswith("pip-")), None)
    if pip is None:
        raise ClassroomError(
            "The bundle has no wheel of pip for this Python, so nothing can be installed from it."
        )
    flags = ("--isolated", "--no-index", "--no-deps", "--no-cache-dir", "--no-compile", "--no-input")
    quiet = ("--disable-pip-version-check", "--no-warn-script-location", "--quiet")
    for done in range(0, len(wheels), AT_ONCE):
        part = wheels[done : done + AT_ONCE]
        argv = [environment.python, pip / "pip", "install", *flags, *quiet, *part]
        ended = subprocess.run(
            list(map(str, argv)),
            env=clean(os.environ),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if ended.returncode:
            said = "\n".join((ended.stdout + ended.stderr).strip().splitlines()[-8:])
            raise ClassroomError(
                f"pip could not install the wheels of the bundle (exit code {ended.returncode}):\n{said}"
            )
        progress(f"installed {done + len(part)} of {len(wheels)} packages")


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Answer the environment without settings for other Pythons."""
    return {name: value for name, value in environ.items() if not name.startswith(NOT_OURS)}


def runs_from(environment: Environment) -> bool:
    """Say whether this very Python is of that environment."""
    return Path(sys.prefix).resolve() == environment.path.resolve()
