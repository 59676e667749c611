"""A lesson's notebook, as the checks read it: cells in sections, prose apart from code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.errors import LessonError

if TYPE_CHECKING:
    from pathlib import Path

HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:href|src)=\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `section` counts the headings of the second level before it, from 0."""

    id: str
    section: int
    is_code: bool
    source: str
    tags: frozenset[str]
    has_outputs: bool
    has_count: bool


@dataclass(frozen=True, slots=True)
class Notebook:
    path: Path
    cells: tuple[Cell, ...]
    titles: tuple[str, ...]  # of the sections; the first is the lesson's own
    metadata: dict[str, Any]

    @property
    def code(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.is_code)

    @property
    def prose(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if not cell.is_code)


def read(path: Path) -> Notebook:
    import nbformat  # noqa: PLC0415  # slow to import, and only the commands for lessons need it

    try:
        document = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # its types are half there
    except (OSError, ValueError) as error:
        raise LessonError(f"The lesson {path} cannot be read: {error}") from error
    cells, titles = [], [""]
    for raw in document.cells:
        if raw.cell_type == "markdown" and (second := re.search(r"^## (.*)$", raw.source, re.MULTILINE)):
            titles.append(second[1].strip())
        cells.append(_cell(raw, len(titles) - 1))
    return Notebook(path, tuple(cells), tuple(titles), dict(document.metadata))


def _cell(raw: Any, section: int) -> Cell:
    is_code = raw.cell_type == "code"
    return Cell(
        id=raw.id,
        section=section,
        is_code=is_code,
        source=raw.source,
        tags=frozenset(raw.metadata.get("tags", ())),
        has_outputs=is_code and bool(raw.outputs),
        has_count=is_code and raw.execution_count is not None,
    )


def headings(notebook: Notebook) -> tuple[str, ...]:
    return tuple(title for cell in notebook.prose for title in HEADING.findall(FENCE.sub("", cell.source)))


def links(notebook: Notebook) -> tuple[str, ...]:
    """Answer where the prose links to, in order, each once."""
    found = (
        first or second
        for cell in notebook.prose
        for first, second in LINK.findall(FENCE.sub("", cell.source))
    )
    return tuple(dict.fromkeys(found))
