"""The learners of a workshop: read from a CSV file, each with a name for the cluster.

1. The first line names the columns; `name` is the one that counts. A file with one column needs no such line.
2. What a cluster calls a learner is made of the name: `Ana López` is `ana-lopez`. What has no letters that a cluster
   takes is numbered by its place in the file, and so is the second of two that would be called alike.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from pathlib import Path

COLUMN = "name"
LONGEST = 30  # characters of a slug: with the workshop's name before it, it stays below the 63 of a namespace
MOST = 500


@dataclass(frozen=True, slots=True)
class Learner:
    """A person: `name` as written in the file, `slug` as a part of names in the cluster."""

    name: str
    slug: str


def read(path: Path) -> tuple[Learner, ...]:
    """Read the file. Raise ClassroomError with what is wrong and in which line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ClassroomError(
            f"The list of learners {path} cannot be read: {error}. It must be CSV in UTF-8, one learner a line."
        ) from error
    names = _names(rows, path)
    if not names:
        raise ClassroomError(f"The list of learners {path} names nobody. Write one name a line.")
    if len(names) > MOST:
        raise ClassroomError(f"The list of learners {path} has {len(names)} names; a workshop takes {MOST}.")
    return named(names)


def named(names: list[str]) -> tuple[Learner, ...]:
    """Give each name a slug of its own."""
    taken: set[str] = set()
    learners = []
    for place, name in enumerate(names, 1):
        slug = slug_of(name) or f"learner-{place}"
        if slug in taken:
            slug = f"{slug}-{place}"
        taken.add(slug)
        learners.append(Learner(name, slug))
    return tuple(learners)


def slug_of(name: str) -> str:
    """Answer the name in the letters that a cluster takes, empty where there are none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")


def _names(rows: list[list[str]], path: Path) -> list[str]:
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if COLUMN in header:
        place, rows = header.index(COLUMN), rows[1:]
    elif len(header) > 1:
        raise ClassroomError(
            f"The list of learners {path} has the columns {', '.join(rows[0])}, and none is called {COLUMN!r}."
        )
    else:
        place = 0
    names = [row[place].strip() if place < len(row) else "" for row in rows]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise ClassroomError(
            f"The list of learners {path} has {', '.join(twice)} more than once. Tell them apart."
        )
    return [name for name in names if name]
