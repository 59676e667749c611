"""How far the learner is: every lesson of the course with its exercises passed, tried and open."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from kubetutor.course import catalogue
from kubetutor.exercises import display
from kubetutor.exercises.progress import PREDICTIONS, Progress, Standing

if TYPE_CHECKING:
    from pathlib import Path

SIGNS = {Standing.PASSED: "✓", Standing.TRIED: "◐", Standing.OPEN: "○"}
HEAD = ("Lesson", "Exercises", "Predictions")


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson: its exercises with how far each is, and how many of its predictions are recorded."""

    name: str
    title: str
    exercises: tuple[tuple[str, Standing], ...]
    predictions: tuple[int, int]

    @property
    def cells(self) -> tuple[str, str, str]:
        done = ", ".join(f"{SIGNS[standing]} {slug} {standing}" for slug, standing in self.exercises)
        recorded, of = self.predictions
        return f"{self.name}  {self.title}", done or "none", f"{recorded} of {of}"


@dataclass(frozen=True, slots=True)
class Overview:
    """All lessons, for a notebook cell."""

    rows: tuple[Row, ...]

    @property
    def standings(self) -> tuple[Standing, ...]:
        return tuple(standing for row in self.rows for _slug, standing in row.exercises)

    @property
    def line(self) -> str:
        """Say it in one line."""
        passed, tried = (self.standings.count(each) for each in (Standing.PASSED, Standing.TRIED))
        return f"{passed} of {len(self.standings)} exercises passed, {tried} tried"

    def __str__(self) -> str:
        rows = [HEAD, *(row.cells for row in self.rows)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        ]
        return "\n".join([self._title, *(f"  {line}".rstrip() for line in lines)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="{display.TERM}">{cell}</th>' for cell in HEAD)
        body = "".join(_html_row(row) for row in self.rows)
        table = f'<table style="margin:6px 0 0;border-collapse:collapse"><tr>{head}</tr>{body}</table>'
        return display.html_card(self._title, [], below=table)

    @property
    def _title(self) -> str:
        return f"Your progress: {self.line}"


def progress(path: Path | None = None) -> Overview:
    """Read how far the learner is, from KUBETUTOR_HOME or the file that is named."""
    return Overview(tuple(_row(slug, path) for slug in catalogue.slugs()))


def reset(lesson: str = "", exercise: str = "") -> str:
    """Forget one exercise, one lesson, or all; answer in words what was forgotten. Raise LessonError for what is not there."""
    if not lesson:
        for slug in catalogue.slugs():
            Progress(slug).reset()
        return "the whole course"
    found = catalogue.find(lesson)
    if exercise:
        found.exercise(exercise)
    Progress(found.slug).reset(exercise)
    return f"{found.slug}, the exercise {exercise}" if exercise else f"{found.slug}, with its predictions"


def _row(slug: str, path: Path | None) -> Row:
    lesson, kept = catalogue.find(slug), Progress(slug, path=path)
    recorded = sum(kept.get(PREDICTIONS, question.slug) is not None for question in lesson.questions)
    exercises = tuple((exercise.slug, kept.standing(exercise.slug)) for exercise in lesson.exercises)
    return Row(f"{catalogue.number(slug):02}", lesson.title, exercises, (recorded, len(lesson.questions)))


def _html_row(row: Row) -> str:
    first, *rest = map(escape, row.cells)
    cells = "".join(f'<td style="{display.CELL}">{cell}</td>' for cell in rest)
    return (
        f'<tr style="background:transparent"><th scope="row" style="{display.TERM}">{first}</th>{cells}</tr>'
    )
