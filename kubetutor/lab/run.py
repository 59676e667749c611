"""One lesson, headless: every cell in order, in a copy, with progress and a clock for each cell."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from kubetutor.course import own
from kubetutor.errors import LessonError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CELL_SECONDS = 180
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
QUIET = [
    "--IPKernelApp.log_level=ERROR"
]  # it would warn of its loopback ports, between our lines of progress
Progress: TypeAlias = "Callable[[int, int, str], None]"  # cells done, cells in all, what runs now


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it. `trouble` is empty when every cell ran."""

    lesson: str
    cells: int
    seconds: float
    notebook: Any
    trouble: str = ""
    cell_seconds: tuple[tuple[str, float], ...] = ()  # the id of each cell that ran, and how long it took

    @property
    def slowest(self) -> tuple[str, float]:
        return max(self.cell_seconds, key=lambda entry: entry[1], default=("", 0.0))


def run(lesson: Path, env: Mapping[str, str], progress: Progress, *, timeout: int = CELL_SECONDS) -> Run:
    """Run a copy of the lesson, of its manifests and of its own module in a folder of its own."""
    import nbformat  # noqa: PLC0415  # Jupyter's packages are slow to import, and only this needs them

    try:
        notebook = nbformat.read(lesson, as_version=4)  # type: ignore[no-untyped-call]  # its types are half there
    except (OSError, ValueError) as error:
        raise LessonError(f"The lesson {lesson} cannot be read: {error}") from error
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kubetutor-run-") as folder:
        shutil.copy2(lesson, folder)
        copy_what_it_needs(lesson, Path(folder))
        clock = CellClock()
        trouble = _execute(notebook, Path(folder), env, (progress, clock), timeout)
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    seconds = time.monotonic() - started
    return Run(lesson.stem, cells, seconds, notebook, trouble, tuple(clock.seconds.items()))


def copy_what_it_needs(lesson: Path, folder: Path) -> None:
    """Copy what stands beside a lesson and is its own."""
    for path in (lesson.parent / "manifests", *lesson.parent.glob(f"{own.PREFIX}*")):
        if path.is_dir():
            shutil.copytree(path, folder / path.name)
        elif path.is_file():
            shutil.copy2(path, folder)


class CellClock:
    """How long each cell takes, by its id."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = 0.0

    def start(self) -> None:
        self._since = time.monotonic()

    def stop(self, cell: str) -> None:
        self.seconds[cell] = time.monotonic() - self._since


def _execute(
    notebook: Any, folder: Path, env: Mapping[str, str], watched: tuple[Progress, CellClock], timeout: int
) -> str:
    """Run the cells; answer what went wrong, in words for the learner, or nothing."""
    progress, clock = watched
    import nbclient  # noqa: PLC0415  # Jupyter's packages are slow to import, and only this needs them
    from nbclient.exceptions import (  # noqa: PLC0415  # as above
        CellControlSignal,
        CellExecutionError,
        CellTimeoutError,
        DeadKernelError,
    )

    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    current = {"index": code[0] if code else 0}

    def starting(cell: Any, cell_index: int) -> None:
        if cell.cell_type == "code":
            current["index"] = cell_index
            progress(code.index(cell_index), len(code), title_of(cell.source))
            clock.start()

    def ended(
        cell: Any, **_: Any
    ) -> None:  # on_cell_complete would come too early: once the cell has been sent
        if cell.cell_type == "code":
            clock.stop(cell.get("id", ""))

    client = nbclient.NotebookClient(
        notebook, extra_arguments=QUIET, timeout=timeout, kernel_name="python3", store_widget_state=True,
        resources={"metadata": {"path": str(folder)}}, on_cell_start=starting, on_cell_executed=ended,
    )  # fmt: skip
    try:
        client.execute(env=dict(env))
    except CellExecutionError as error:
        seen = f"{error.ename}: {ANSI.sub('', error.evalue)}"
    except CellTimeoutError:
        seen = f"It was still running after {timeout} s."
    except DeadKernelError:
        seen = "The kernel died."
    except CellControlSignal as error:
        seen = str(error)
    else:
        progress(len(code), len(code), "")
        return ""
    index = current["index"]
    cell = notebook.cells[index]
    where = f"Cell {code.index(index) + 1} of {len(code)}, {cell.get('id', 'unnamed')}, failed"
    return trouble_text(where, cell.source, seen)


def trouble_text(where: str, source: str, seen: str) -> str:
    indented = "\n".join(f"    {line}" for line in source.strip().splitlines())
    return f"{where}:\n{indented}\n{seen}"


def title_of(source: str) -> str:
    """Answer the first line that says what a cell does."""
    lines = (line.strip() for line in source.splitlines())
    return next((line[:60] for line in lines if line and not line.startswith("%%")), "")
