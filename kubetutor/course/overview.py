"""How far the learner is: every lesson of the course with its exercises passed, tried and open, and the hints that were shown.

Who has joined a class also sees what became of the reports to the instructor, and has a button to raise a hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.course import catalogue, own
from kubetutor.exercises import display
from kubetutor.exercises.progress import HINTS, PREDICTIONS, Progress, Standing, lessons_kept
from kubetutor.exercises.report import membership, sender

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import Lesson
    from kubetutor.exercises.report.membership import Membership

SIGNS = {Standing.PASSED: "✓", Standing.TRIED: "◐", Standing.OPEN: "○"}
OWN = "own"  # in place of a number in the course
HEAD = ("Lesson", "Exercises", "Predictions")


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson: its exercises with how far each is, the hints shown in each, and how many of its predictions are recorded."""

    name: str
    title: str
    exercises: tuple[tuple[str, Standing], ...]
    predictions: tuple[int, int]
    hints: tuple[int, ...]

    @property
    def cells(self) -> tuple[str, str, str]:
        begun = zip(self.exercises, self.hints, strict=True)
        done = ", ".join(
            f"{SIGNS[standing]} {slug} {standing}{_in_words(hints)}" for (slug, standing), hints in begun
        )
        recorded, of = self.predictions
        return f"{self.name}  {self.title}", done or "none", f"{recorded} of {of}"


@dataclass(frozen=True, slots=True)
class Overview:
    """All lessons, for a notebook cell. `member`: the class that the learner has joined, if any."""

    rows: tuple[Row, ...]
    member: Membership | None = None

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
        told = [f"Class: {self.member}"] if self.member else []
        return "\n".join([self._title, *(f"  {line}".rstrip() for line in lines), *told])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="{display.TERM}">{cell}</th>' for cell in HEAD)
        body = "".join(_html_row(row) for row in self.rows)
        table = f'<table style="margin:6px 0 0;border-collapse:collapse"><tr>{head}</tr>{body}</table>'
        told = (
            f'<p role="status" style="margin:8px 0 0">Class: {escape(str(self.member))}</p>'
            if self.member
            else ""
        )
        return display.html_card(self._title, [], below=table + told)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the card; in a class with a button below it."""
        plain = {"text/plain": str(self), "text/html": self._repr_html_()}
        if self.member is None:
            return plain, {}
        bundle = _with_hand(self)._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, **plain}, metadata

    @property
    def _title(self) -> str:
        return f"Your progress: {self.line}"


def progress(path: Path | None = None) -> Overview:
    """Read how far the learner is, from KUBETUTOR_HOME or the file that is named: the course, and own lessons of this folder."""
    here = Path.cwd()
    others = (catalogue.find_in(here, slug) for slug in own.slugs_in(here))
    return Overview(
        tuple(_row(lesson, path) for lesson in (*catalogue.lessons(), *others)), membership.read()
    )


def course_line() -> str:
    """Say in one line how far the learner is in the course."""
    return Overview(tuple(_row(lesson, None) for lesson in catalogue.lessons())).line


def reset(lesson: str = "", exercise: str = "") -> str:
    """Forget one exercise, one lesson, or all; answer in words what was forgotten. Raise LessonError for what is not there."""
    if not lesson:
        others = [slug for slug in lessons_kept() if slug not in catalogue.ORDER]
        for slug in (*catalogue.slugs(), *others):
            Progress(slug).reset()
        sender.is_sent()
        return ", ".join(["the whole course", *others])
    found = catalogue.find(lesson)
    if exercise:
        found.exercise(exercise)
    Progress(found.slug).reset(exercise)
    sender.is_sent()
    return f"{found.slug}, the exercise {exercise}" if exercise else f"{found.slug}, with its predictions"


def _row(lesson: Lesson, path: Path | None) -> Row:
    kept = Progress(lesson.slug, path=path)
    recorded = sum(kept.get(PREDICTIONS, question.slug) is not None for question in lesson.questions)
    exercises = tuple((exercise.slug, kept.standing(exercise.slug)) for exercise in lesson.exercises)
    hints = tuple(sum((kept.get(HINTS, exercise.slug) or {}).values()) for exercise in lesson.exercises)
    name = f"{catalogue.number(lesson.slug):02}" if lesson.folder is None else OWN
    return Row(name, lesson.title, exercises, (recorded, len(lesson.questions)), hints)


def _in_words(hints: int) -> str:
    return f" ({hints} hint{'' if hints == 1 else 's'})" if hints else ""


def _with_hand(shown: Overview) -> Any:
    """Draw the card with a button that raises the learner's hand, and lowers it. It is heard while a cell runs."""
    import ipywidgets  # noqa: PLC0415  # only who has joined a class needs it

    from kubetutor.widgets.live.busy import hear_while_busy  # noqa: PLC0415  # as above

    is_up = bool(shown.member and shown.member.hand)
    card = ipywidgets.HTML(shown._repr_html_())
    button = ipywidgets.ToggleButton(value=is_up, description=_on_button(is_up), layout={"width": "auto"})
    telling = sender.Sender()

    def said(change: dict[str, Any]) -> None:
        button.description = _on_button(change["new"])
        card.value = replace(shown, member=sender.raise_hand(change["new"]))._repr_html_()
        telling.wake()

    button.observe(said, names="value")
    box = ipywidgets.VBox([card, button], layout={"align_items": "flex-start"})
    hear_while_busy(box)
    return box


def _on_button(is_up: bool) -> str:
    return "Your hand is raised. Lower it" if is_up else "Raise your hand"


def _html_row(row: Row) -> str:
    """Draw one line for each exercise, never broken; a long title is, if need be."""
    first, *rest = map(escape, row.cells)
    cells = "".join(
        f'<td style="{display.CELL};white-space:nowrap">{cell.replace(", ", "<br>")}</td>' for cell in rest
    )
    return f'<tr style="background:transparent"><th scope="row" style="{display.TERM};white-space:normal">{first}</th>{cells}</tr>'
