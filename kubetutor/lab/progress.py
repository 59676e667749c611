"""How far a headless run is, or a check: a bar at a terminal, a line per cell or case elsewhere."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.lab.run import Progress


@contextlib.contextmanager
def shown(lesson: str, out: TextIO | None = None, *, noun: str = "cell") -> Iterator[Progress]:
    """Hand over a function that shows progress until the block ends."""
    out = out or sys.stderr
    if not out.isatty():
        yield lambda done, of, title: _print_line(out, f"{lesson}: {noun}", done, of, title)
        return
    from rich import progress  # noqa: PLC0415  # as above
    from rich.console import Console  # noqa: PLC0415  # only when there is a terminal to draw on
    from rich.markup import escape  # noqa: PLC0415  # as above

    columns = (
        progress.TextColumn("{task.fields[lesson]}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.description}"),
    )
    # What is said meanwhile stands above the bar. Said to a file, it stays there.
    to_terminal = sys.stdout.isatty()
    with progress.Progress(
        *columns, console=Console(file=out), transient=True, redirect_stdout=to_terminal
    ) as bar:
        task = bar.add_task("", lesson=lesson, total=None)
        yield lambda done, of, title: bar.update(task, completed=done, total=of, description=escape(title))


def _print_line(out: TextIO, what: str, done: int, of: int, title: str) -> None:
    if done < of:
        print(f"{what} {done + 1} of {of}: {title}", file=out, flush=True)
