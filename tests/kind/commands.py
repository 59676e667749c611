"""Running other programs: one that fails says so in a line that can be pasted into a shell."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


class CommandError(Exception):
    """A program that could not be run, failed, or took too long."""


def run(
    argv: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    seconds: float = 300,
) -> str:
    """Run a program and answer its standard output; raise CommandError unless it succeeds in time."""
    try:
        done = subprocess.run(
            argv, cwd=folder, env=environment, stdin=stdin or subprocess.DEVNULL, check=False, timeout=seconds,
            capture_output=True, text=True, errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise CommandError(f"not finished after {seconds:.0f} s and ended: {shlex.join(argv)}") from late
    if done.returncode:
        where = f"cd {shlex.quote(str(folder))} && " if folder else ""
        end = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise CommandError(f"exit code {done.returncode}: {where}{shlex.join(argv)}\n{end}")
    return done.stdout


def require(programs: Iterable[str], why: str) -> None:
    """Raise CommandError naming the programs that this machine lacks."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise CommandError(
            f"{why} needs {', '.join(missing)}, not found on this machine; install them and try again"
        )
