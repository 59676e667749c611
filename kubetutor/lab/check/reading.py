"""All that can be checked of a lesson by reading its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.course import catalogue
from kubetutor.lab.check import exercises, files, links, minutes, notebook, taught
from kubetutor.lab.outputs import CHECKED, IGNORED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.check.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and what is wrong with it."""

    notebook: Notebook
    troubles: tuple[str, ...]
    links: int
    pages: tuple[str, ...]


def read_lesson(lesson: Lesson, folder: Path) -> Reading:
    read = notebook.read(folder / f"{catalogue.stem(lesson.slug)}.ipynb")
    manifests = files.manifests(lesson, folder)
    troubles = (
        *exercises.troubles(lesson),
        *files.unused(lesson, read, tuple(manifests)),
        *outputs(read),
        *links.troubles(read),
        *taught.troubles(lesson, read, manifests),
        *minutes.troubles(lesson, read),
    )
    return Reading(read, troubles, len(notebook.links(read)), links.pages(read))


def outputs(read: Notebook) -> Iterator[str]:
    """Answer the cells that come with an output which nothing compares, or that promise one and have none."""
    for cell in read.code:
        if len(cell.tags & {CHECKED, IGNORED}) != 1:
            yield f"cell {cell.id} must be tagged {CHECKED} or {IGNORED}"
        elif CHECKED in cell.tags and not (cell.has_outputs and cell.has_count):
            yield f"cell {cell.id} is tagged {CHECKED} and has no output to compare: kubetutor run --write-outputs"
        elif CHECKED not in cell.tags and (cell.has_outputs or cell.has_count):
            yield f"cell {cell.id} has an output and is not tagged {CHECKED}, or the number of a run: clear it"
