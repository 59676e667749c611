"""Who has joined and what they told, in a private database. What was acknowledged is on the disk.

Of a token only its SHA-256 is kept: who reads the file can report for nobody.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.classroom.board.seen import Seen, seen
from kubetutor.cluster.home import explained, make_private
from kubetutor.errors import ClassroomError, StateError
from kubetutor.exercises.report import join_code
from kubetutor.exercises.report.report import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kubetutor.exercises.report.report import Report

MOST_LEARNERS = 500
TABLES = """
CREATE TABLE IF NOT EXISTS learners (id INTEGER PRIMARY KEY, name TEXT UNIQUE, token TEXT UNIQUE, report TEXT, heard REAL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""
FILE = "class.db"


class Roster:
    """The learners of one class. `clock` answers seconds since 1970. Raises StateError where the database cannot be used."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        make_private(folder)
        self._clock = clock
        with explained(folder):
            (folder / FILE).touch(mode=0o600)
        try:
            self._db = sqlite3.connect(folder / FILE, isolation_level=None, timeout=5)
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {TABLES}")
        except sqlite3.Error as error:
            raise StateError(
                f"The class in {folder} cannot be read: {error}. `kubetutor class close` removes it; then open it again."
            ) from error

    def close(self) -> None:
        self._db.close()

    def code(self) -> tuple[str, float]:
        """Answer the secret of the join code, and until when it is valid. Nothing before `new_code`: '' and 0."""
        return self.fact("secret"), float(self.fact("until") or 0)

    def new_code(self, hours: float) -> None:
        """Make a new join code; the one before is no longer valid."""
        with self._changes():
            self.keep_fact("secret", join_code.new_secret())
            self.keep_fact("until", str(self._clock() + hours * 3600))

    def has_valid_code(self) -> bool:
        return self._clock() < self.code()[1]

    def join(self, name: str, token: str = "") -> tuple[str, str]:
        """Seat a learner; answer the name, which is told apart from others, and the token. Who brings a known token keeps the seat."""
        with self._changes():
            seat = self.learner(token)
            if (
                seat is None
                and self._db.execute("SELECT count(*) FROM learners").fetchone()[0] >= MOST_LEARNERS
            ):
                raise ClassroomError(f"The class is full: it has {MOST_LEARNERS} learners.")
            name = self._apart(name, seat)
            if seat is None:
                token = secrets.token_urlsafe(32)
                row = (name, _hashed(token), self._clock())
                self._db.execute("INSERT INTO learners (name, token, heard) VALUES (?, ?, ?)", row)
            else:
                self._db.execute("UPDATE learners SET name = ? WHERE id = ?", (name, seat))
            return name, token

    def learner(self, token: str) -> int | None:
        """Answer whose token this is."""
        row = self._db.execute("SELECT id FROM learners WHERE token = ?", (_hashed(token),)).fetchone()
        return None if row is None or not token else int(row[0])

    def keep(self, learner: int, report: Report) -> None:
        """Keep the learner's latest report. It is on the disk when this returns."""
        with self._changes():
            row = (report.as_json(), self._clock(), learner)
            self._db.execute("UPDATE learners SET report = ?, heard = ? WHERE id = ?", row)

    def forget(self, learner: int) -> None:
        with self._changes():
            self._db.execute("DELETE FROM learners WHERE id = ?", (learner,))

    def forget_name(self, name: str) -> bool:
        """Forget the learner of this name; answer whether there was one."""
        with self._changes():
            return self._db.execute("DELETE FROM learners WHERE name = ?", (name,)).rowcount > 0

    def fact(self, name: str) -> str:
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def keep_fact(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _apart(self, name: str, seat: int | None) -> str:
        """Answer the name, with a number where another learner has it."""
        taken = {row[0] for row in self._db.execute("SELECT name FROM learners WHERE id IS NOT ?", (seat,))}
        number, found = 1, name
        while found in taken:
            number += 1
            ending = f" ({number})"
            found = name[: LONGEST_NAME - len(ending)] + ending
        return found

    @contextmanager
    def _changes(self) -> Iterator[None]:
        """All of it or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:
                yield
        except sqlite3.Error as error:
            raise StateError(f"The receiver cannot write its database: {error}.") from error


@dataclass(frozen=True, slots=True)
class Joined:
    """All learners of the class in this folder with what they told last. It may be read while a receiver writes, in any thread."""

    folder: Path

    def seen(self) -> tuple[Seen, ...]:
        if not (self.folder / FILE).exists():
            raise ClassroomError("No class is open on this machine. Open one: `kubetutor class open`.")
        try:
            with closing(
                sqlite3.connect(f"{(self.folder / FILE).as_uri()}?mode=ro", uri=True, timeout=5)
            ) as db:
                rows = db.execute("SELECT name, heard, report FROM learners ORDER BY name").fetchall()
        except sqlite3.Error as error:
            raise StateError(f"The class in {self.folder} cannot be read: {error}.") from error
        return tuple(seen(*row) for row in rows)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
