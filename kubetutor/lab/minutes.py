"""How many minutes a lesson takes, from a run of it: arithmetic that the header states and a test repeats.

    waiting      the seconds that its cells took in the run, on this backend
    reading      the words of its prose, of its cells and of what the cells print, 200 a minute; widgets are looked at
    predictions  half a minute each
    exercises    what each exercise allows (`Exercise.minutes`): the only part that is set by hand

The sum is rounded up. A run writes it into the notebook's metadata, and the header's row `| **Time** |` from there.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.course import catalogue
from kubetutor.errors import LessonError
from kubetutor.lab.page import WIDGET

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.run import Run

WORDS_A_MINUTE = 200
PREDICTION = 0.5
MOST = 25
STILL = 'class="kubetutor-still'
BACKENDS = {"embedded": "on the embedded cluster", "kind": "on kind"}  # those that the header speaks of
ROW = re.compile(r"^\| \*\*Time\*\* \|.*\|$", re.MULTILINE)
NOT_READ = re.compile(r"<[^>]+>|\]\([^)]*\)|^\| \*\*Time\*\* \|.*$|^[|\s:-]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run on one backend measured. `words` are those of the notebook, `printed` those of its outputs."""

    minutes: int
    waiting: float
    words: int
    printed: int


def total(lesson: Lesson, *, waiting: float, words: int) -> int:
    """Add up: `waiting` in seconds, `words` of all kinds."""
    parts = (
        waiting / 60,
        words / WORDS_A_MINUTE,
        PREDICTION * len(lesson.questions),
        sum(exercise.minutes for exercise in lesson.exercises),
    )
    return math.ceil(sum(parts))


def measure(lesson: Lesson, run: Run) -> Measured:
    waiting = sum(seconds for _cell, seconds in run.cell_seconds)
    words, printed = words_of(run.notebook.cells), printed_words(run.notebook.cells)
    return Measured(
        minutes=total(lesson, waiting=waiting, words=words + printed),
        waiting=round(waiting, 1),
        words=words,
        printed=printed,
    )


def write(path: Path, run: Run, backend: str) -> str:
    """Write what a run measured into the lesson's notebook and its header. Answer the header's words."""
    import nbformat  # noqa: PLC0415  # slow to import, and only the commands for lessons need it

    lesson = catalogue.at(path)
    if backend not in BACKENDS:
        raise LessonError(
            f"Minutes are written for {' and '.join(BACKENDS)}. On {backend} they say nothing of other clusters."
        )
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # its types are half there
    kept = notebook.metadata.setdefault("kubetutor", {}).setdefault("minutes", {})
    kept[backend] = asdict(measure(lesson, run))
    row = row_of(lesson, kept)
    notebook.cells[0].source, times = ROW.subn(lambda _match: row, notebook.cells[0].source)
    if times != 1:
        raise LessonError(f"The first cell of {path} needs one row that begins with `| **Time** |`.")
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]  # as above
    return row.strip("| ").removeprefix("**Time** | ")


def row_of(lesson: Lesson, kept: dict[str, Any]) -> str:
    """Write the header's row from what was kept."""
    times = [
        f"{kept[backend]['minutes']} minutes {words}"
        for backend, words in BACKENDS.items()
        if backend in kept
    ]
    allowed = sum(exercise.minutes for exercise in lesson.exercises)
    count = len(lesson.exercises)
    exercises = f"; {allowed:g} of them for {_count(count)} exercise{'s' * (count != 1)}" if count else ""
    return f"| **Time** | {', '.join(times)}{exercises} |"


def words_of(cells: list[Any]) -> int:
    """Count the words that a learner reads in prose and code."""
    return sum(count_words(NOT_READ.sub(" ", cell.source)) for cell in cells)


def printed_words(cells: list[Any]) -> int:
    """Count the words of outputs, of each as text. What is looked at has a text too, for who cannot see it."""
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    return sum(
        count_words(output.get("text") or output.get("data", {}).get("text/plain", ""))
        for output in outputs
        if not is_picture(output.get("data", {}))
    )


def is_picture(data: dict[str, Any]) -> bool:
    """Say whether an output is a widget, or the still picture of one."""
    return WIDGET in data or STILL in data.get("text/html", "")


def count_words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


def _count(number: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(number, str(number))
