"""All that can be checked of a lesson by reading its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.course import catalogue, own
from kubetutor.lab.check import exercises, files, links, minutes, notebook, taught
from kubetutor.lab.outputs import CHECKED, IGNORED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.check.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and what is wrong with it."""

    notebook: Notebook
    troubles: tuple[str, ...]
    links: int
    pages: tuple[str, ...]


def read_lesson(lesson: Lesson) -> Reading:
    read = notebook.read(own.notebook_path(catalogue.stem(lesson.slug), lesson.files))
    manifests = files.manifests(lesson)
    troubles = (
        *files.misnamed(lesson, read),
        *exercises.troubles(lesson),
        *unasked(lesson, read),
        *files.unused(lesson, read, tuple(manifests)),
        *outputs(read),
        *links.troubles(read),
        *taught.troubles(lesson, read, manifests),
        *minutes.troubles(lesson, read),
    )
    return Reading(read, troubles, len(notebook.links(read)), links.pages(read))


def unasked(lesson: Lesson, read: Notebook) -> Iterator[str]:
    """Answer the questions and exercises of the module that no cell asks or begins."""
    code = "\n".join(cell.source for cell in read.code)
    wanted = [f'predict("{question.slug}"' for question in lesson.questions]
    wanted += [f'compare("{question.slug}"' for question in lesson.questions]
    wanted += [f'exercise("{exercise.slug}"' for exercise in lesson.exercises]
    for call in wanted:
        if call not in code.replace("'", '"'):
            yield f"no cell of the notebook has lesson.{call})"


def outputs(read: Notebook) -> Iterator[str]:
    """Answer the cells that come with an output which nothing compares, or that promise one and have none."""
    for cell in read.code:
        if len(cell.tags & {CHECKED, IGNORED}) != 1:
            yield f"cell {cell.id} must be tagged {CHECKED} or {IGNORED}"
        elif CHECKED in cell.tags and not (cell.has_outputs and cell.has_count):
            yield f"cell {cell.id} is tagged {CHECKED} and has no output to compare: kubetutor run --write-outputs"
        elif CHECKED not in cell.tags and (cell.has_outputs or cell.has_count):
            yield f"cell {cell.id} has an output and is not tagged {CHECKED}, or the number of a run: clear it"
