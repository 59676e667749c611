"""What the instructor's board shows: pure, of what was seen and the time now.

1. A learner is at the exercise that was changed last. While it is not passed, the minutes since its first start count;
   from the minutes on that the exercise itself gives, the learner is stuck.
2. Raised hands stand first, the longest one on top; then who is stuck, the longest first; then all others by name.
3. The columns are the course's own exercises. What learners report of other lessons gets columns too, up to a bound.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.exercises.report.report import PASSED, TRYING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kubetutor.classroom.board.seen import Seen
    from kubetutor.exercises.report.report import Exercise, Report

OPEN = "open"
MINUTES = 5.0  # what an exercise gives that the course does not know
MOST_OTHERS = 10  # lessons that the course does not know, and exercises of one


@dataclass(frozen=True, slots=True)
class Lesson:
    """The columns of one lesson: its exercises, with the minutes that each gives."""

    slug: str
    title: str
    exercises: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One learner's state of one exercise. `minutes`: how long it took, or takes by now."""

    standing: str = OPEN
    minutes: int = 0
    hints: int = 0
    is_stuck: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One learner. `hand`: minutes since it was raised, or None. `quiet`: minutes since the last report; None: there is none."""

    name: str
    hand: int | None
    lesson: str
    exercise: str
    stuck: int | None
    hints: int
    quiet: int | None
    trouble: str
    cells: Mapping[tuple[str, str], Cell]

    def cell(self, lesson: str, exercise: str) -> Cell:
        return self.cells.get((lesson, exercise), Cell())

    @property
    def order(self) -> tuple[bool, int, bool, int, str]:
        return (
            self.hand is None,
            -(self.hand or 0),
            self.stuck is None,
            -(self.stuck or 0),
            self.name.casefold(),
        )


@dataclass(frozen=True, slots=True)
class Board:
    """All rows in order, all columns, and the lesson that most are at."""

    lessons: tuple[Lesson, ...]
    rows: tuple[Row, ...]
    at: str

    @property
    def summary(self) -> str:
        hands = sum(row.hand is not None for row in self.rows)
        stuck = sum(row.stuck is not None for row in self.rows)
        silent = sum(row.quiet is None for row in self.rows)
        parts = [_counted(len(self.rows), "learner"), f"{_counted(hands, 'hand')} raised", f"{stuck} stuck"]
        return ", ".join([*parts, *([f"{silent} not heard of yet"] if silent else [])])

    def totals(self, lesson: Lesson) -> tuple[Counter[str], ...]:
        """Answer for each exercise how many learners have passed it, are trying it, or have it open."""
        return tuple(
            Counter(row.cell(lesson.slug, exercise).standing for row in self.rows)
            for exercise, _ in lesson.exercises
        )

    def lesson(self, slug: str = "") -> Lesson:
        """Answer this lesson's columns, by default those of the lesson that most are at."""
        wanted = slug or self.at
        return next((each for each in self.lessons if each.slug == wanted), self.lessons[0])

    def frame(self) -> dict[str, Any]:
        """Answer what a page draws, as JSON."""
        return {
            "summary": self.summary,
            "at": self.at,
            "lessons": [self._columns(lesson) for lesson in self.lessons],
            "rows": [self._row(row) for row in self.rows],
        }

    def _columns(self, lesson: Lesson) -> dict[str, Any]:
        totals = [[each[PASSED], each[TRYING], each[OPEN]] for each in self.totals(lesson)]
        exercises = [slug for slug, _ in lesson.exercises]
        return {"slug": lesson.slug, "title": lesson.title, "exercises": exercises, "totals": totals}

    def _row(self, row: Row) -> dict[str, Any]:
        cells = {
            lesson.slug: [_drawn(row.cell(lesson.slug, exercise)) for exercise, _ in lesson.exercises]
            for lesson in self.lessons
            if any(begun == lesson.slug for begun, _ in row.cells)
        }
        facts = {
            name: getattr(row, name)
            for name in ("name", "hand", "lesson", "exercise", "stuck", "hints", "quiet")
        }
        is_done = row.cell(row.lesson, row.exercise).standing == PASSED
        return {**facts, "is_done": is_done, "trouble": row.trouble, "cells": cells}


def board(course: Sequence[Lesson], seen: Iterable[Seen], now: float) -> Board:
    """Make the board. `now`: seconds since 1970, of the same clock as `Seen.heard`. A course has at least one lesson."""
    seen = tuple(seen)
    lessons = (*course, *_others(course, [each.report for each in seen if each.report]))
    gives = {(lesson.slug, exercise): minutes for lesson in lessons for exercise, minutes in lesson.exercises}
    rows = sorted((_row_of(each, gives, now) for each in seen), key=lambda row: row.order)
    places = Counter(row.lesson for row in rows if row.lesson)
    most = max((lesson.slug for lesson in lessons), key=lambda slug: places[slug])
    return Board(lessons, tuple(rows), most)


def _row_of(seen: Seen, gives: Mapping[tuple[str, str], float], now: float) -> Row:
    if seen.report is None:
        return Row(seen.name, None, "", "", None, 0, None, seen.trouble, {})
    since = max(0.0, now - seen.heard)  # the report's seconds were counted when it came
    report = seen.report
    newest = min(report.exercises, key=lambda each: each.changed, default=None)
    cells = {
        (each.lesson, each.exercise): _cell(each, gives, since, is_at=each is newest)
        for each in report.exercises
        if (each.lesson, each.exercise) in gives
    }
    at = cells.get((newest.lesson, newest.exercise)) if newest else None
    return Row(
        seen.name,
        None if report.hand is None else int((report.hand + since) // 60),
        newest.lesson if newest and at else "",
        newest.exercise if newest and at else "",
        at.minutes if at and at.is_stuck else None,
        sum(each.hints for each in report.exercises),
        int(since // 60),
        seen.trouble,
        cells,
    )


def _cell(each: Exercise, gives: Mapping[tuple[str, str], float], since: float, *, is_at: bool) -> Cell:
    """Who went on to something else is no longer stuck: there the minutes end with what was done last."""
    goes_on = each.standing == TRYING and is_at
    minutes = int((each.began + since if goes_on else each.began - each.changed) // 60)
    return Cell(
        each.standing, max(0, minutes), each.hints, goes_on and minutes >= gives[each.lesson, each.exercise]
    )


def _others(course: Sequence[Lesson], reports: Iterable[Report]) -> list[Lesson]:
    """Answer lessons that are reported and not in the course: those that most learners have, in the order of their names."""
    known = {lesson.slug for lesson in course}
    found = Counter(
        (each.lesson, each.exercise)
        for report in reports
        for each in report.exercises
        if each.lesson not in known
    )
    begun: Counter[str] = Counter()
    for (lesson, _), number in found.items():
        begun[lesson] = max(begun[lesson], number)
    return [
        Lesson(slug, slug, tuple((exercise, MINUTES) for exercise in _most(found, slug)))
        for slug in sorted(slug for slug, _ in begun.most_common(MOST_OTHERS))
    ]


def _most(found: Counter[tuple[str, str]], lesson: str) -> list[str]:
    numbers = Counter({exercise: number for (slug, exercise), number in found.items() if slug == lesson})
    return sorted(exercise for exercise, _ in numbers.most_common(MOST_OTHERS))


def _drawn(cell: Cell) -> list[Any]:
    return [cell.standing, cell.minutes, cell.hints, cell.is_stuck]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
