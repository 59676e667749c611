"""The board in words, and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from kubetutor.classroom.board.board import OPEN
from kubetutor.exercises.report.report import PASSED, TRYING

if TYPE_CHECKING:
    from kubetutor.classroom.board.board import Board, Cell, Row

SIGNS = {PASSED: "✓", TRYING: "◐", OPEN: "○"}
FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # what a spreadsheet takes for a formula when a cell begins with it
HEAD = (
    "learner",
    "lesson",
    "exercise",
    "standing",
    "minutes",
    "hints",
    "hand raised for minutes",
    "stuck for minutes",
)


def text_of(board: Board, lesson: str = "") -> str:
    """Say one lesson as a table, by default the one that most are at."""
    shown = board.lesson(lesson)
    exercises = [slug for slug, _ in shown.exercises]
    head = ["Learner", "Hand", "At", "Hints", *exercises]
    rows = [
        [
            row.name,
            _hand(row),
            _place(row),
            str(row.hints),
            *(_cell(row.cell(shown.slug, each)) for each in exercises),
        ]
        for row in board.rows
    ]
    totals = [f"{each[PASSED]} ✓ {each[TRYING]} ◐ {each[OPEN]} ○" for each in board.totals(shown)]
    lines = [head, *rows, ["All", "", "", "", *totals]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([f"{shown.title}: {board.summary}", *table])


def csv_of(board: Board) -> str:
    """Write all lessons: one line for each learner and exercise."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEAD)
    for row in board.rows:
        hand, stuck = ("" if each is None else each for each in (row.hand, row.stuck))
        for lesson in board.lessons:
            for exercise, _ in lesson.exercises:
                cell = row.cell(lesson.slug, exercise)
                begun = ("", "") if cell.standing == OPEN else (cell.minutes, cell.hints)
                is_at = (lesson.slug, exercise) == (row.lesson, row.exercise)
                writer.writerow(
                    [
                        _plain(row.name),
                        lesson.slug,
                        exercise,
                        cell.standing,
                        *begun,
                        hand,
                        stuck if is_at else "",
                    ]
                )
    return file.getvalue()


def _plain(name: str) -> str:
    """Answer a name that a spreadsheet takes for text."""
    return f"'{name}" if name.startswith(FORMULA) else name


def _hand(row: Row) -> str:
    return "" if row.hand is None else f"raised {row.hand} min"


def _place(row: Row) -> str:
    if row.trouble:
        return row.trouble
    if row.quiet is None:
        return "not heard of yet"
    where = f"{row.lesson}: {row.exercise}" if row.exercise else "nothing yet"
    return where if row.stuck is None else f"{where}, stuck {row.stuck} min"


def _cell(cell: Cell) -> str:
    if cell.standing == OPEN:
        return f"{SIGNS[OPEN]} open"
    hints = f", {cell.hints} hint{'' if cell.hints == 1 else 's'}" if cell.hints else ""
    return f"{SIGNS[cell.standing]} {cell.standing} {cell.minutes} min{hints}"
