"""The tables in kubectl's output, as cells: `get` writes a line of titles in capitals, `describe` one of dashes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TITLES = re.compile(r"[A-Z][A-Z0-9()/-]*( [A-Z0-9()/-]+)*( {2,}[A-Z][A-Z0-9()/-]*( [A-Z0-9()/-]+)*)+ *")
DASHES = re.compile(r" *-+( {2,}-+)+ *")
WORDS = re.compile(r"\S+( \S+)*")
GAP = "   "


@dataclass(frozen=True)
class Table:
    titles: list[str]
    rows: list[list[str]]
    indent: str = ""

    def mapped(self, change: Callable[[str, str], str]) -> Table:
        """Answer the table with `change(title, cell)` in place of each cell."""
        return self.with_rows(
            [[change(title, cell) for title, cell in zip(self.titles, row, strict=True)] for row in self.rows]
        )

    def with_rows(self, rows: list[list[str]]) -> Table:
        return replace(self, rows=rows)

    def lines(self) -> list[str]:
        everything = [self.titles, *self.rows]
        widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
        return [
            (
                self.indent + GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            ).rstrip()
            for row in everything
        ]


def blocks(lines: list[str]) -> Iterator[str | Table]:
    """Answer the lines in their order, those of a table as one."""
    at = 0
    while at < len(lines):
        starts = _starts(lines, at)
        if starts:
            end = at + 1
            while end < len(lines) and _is_row(lines[end], starts):
                end += 1
            titles, *rows = [_cells(line, starts) for line in lines[at:end]]
            yield Table(titles, rows, " " * starts[0])
            at = end
        else:
            yield lines[at]
            at += 1


def _starts(lines: list[str], at: int) -> list[int]:
    """Answer where the columns begin, nothing if no table begins here."""
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if DASHES.fullmatch(below):
        return [word.start() for word in WORDS.finditer(re.sub("-(?= -)", "-", below))]
    if TITLES.fullmatch(lines[at]):
        return [word.start() for word in WORDS.finditer(lines[at])]
    return []


def _is_row(line: str, starts: list[int]) -> bool:
    indent, *others = starts
    return (
        line.strip() != ""
        and not line[:indent].strip()
        and all(line[at - 1 : at] in {" ", ""} for at in others)
    )


def _cells(line: str, starts: list[int]) -> list[str]:
    return [line[at:end].strip() for at, end in zip(starts, [*starts[1:], None], strict=True)]
