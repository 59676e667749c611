"""One lesson, headless: every cell in order, in a copy, with progress; and a page of it to read."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

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


def run(lesson: Path, env: Mapping[str, str], progress: Progress, *, timeout: int = CELL_SECONDS) -> Run:
    """Run a copy of the lesson and of its manifests in a folder of its own."""
    import nbformat  # noqa: PLC0415  # Jupyter's packages are slow to import, and only this needs them

    try:
        notebook = nbformat.read(lesson, as_version=4)  # type: ignore[no-untyped-call]  # its types are half there
    except (OSError, ValueError) as error:
        raise LessonError(f"The lesson {lesson} cannot be read: {error}") from error
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kubetutor-run-") as folder:
        shutil.copy2(lesson, folder)
        if (manifests := lesson.parent / "manifests").is_dir():
            shutil.copytree(manifests, Path(folder, "manifests"))
        trouble = _execute(notebook, Path(folder), env, progress, timeout)
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    return Run(lesson.stem, cells, time.monotonic() - started, notebook, trouble)


def _execute(notebook: Any, folder: Path, env: Mapping[str, str], progress: Progress, timeout: int) -> str:
    """Run the cells; answer what went wrong, in words for the learner, or nothing."""
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

    client = nbclient.NotebookClient(
        notebook, extra_arguments=QUIET, timeout=timeout, kernel_name="python3", store_widget_state=True,
        resources={"metadata": {"path": str(folder)}}, on_cell_start=starting,
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
    return trouble_text(code.index(index) + 1, len(code), notebook.cells[index].source, seen)


def trouble_text(number: int, of: int, source: str, seen: str) -> str:
    indented = "\n".join(f"    {line}" for line in source.strip().splitlines())
    return f"Cell {number} of {of} failed:\n{indented}\n{seen}"


def title_of(source: str) -> str:
    """Answer the first line that says what a cell does."""
    lines = (line.strip() for line in source.splitlines())
    return next((line[:60] for line in lines if line and not line.startswith("%%")), "")
