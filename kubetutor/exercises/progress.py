"""What the learner has done, kept in KUBETUTOR_HOME/progress.json: predictions, hints, and exercises tried and passed.

1. The file is read again each time: several notebooks are open, and `kubetutor reset` may run beside them.
2. Who writes holds a lock, reads, changes its own lesson's entries, and replaces the file as a whole.
3. Who has joined a class is told of each change, after it is kept: `on_change`.
4. Where the file cannot be read or written the lesson goes on without it: `trouble` says why nothing is kept.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.cluster.lock import held
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PASSED, TRIED = (
    "passed",
    "tried",
)  # groups of entries: exercise to the time of the first pass, or the first try
STARTED, CHANGED = (
    "started",
    "changed",
)  # exercise to the time of its first start, and of the latest that was done
HINTS = "hints"  # exercise to how far each of its hints was climbed
PREDICTIONS = "predictions"
BEST = "best"  # exercise to the seconds of the fastest pass, where it runs against the clock
OF_AN_EXERCISE = (PASSED, TRIED, STARTED, CHANGED, HINTS, BEST)
LOCK_SECONDS = 5.0
FILE = "progress.json"
TIME = "%Y-%m-%dT%H:%M:%SZ"


class Standing(StrEnum):
    """How far an exercise is."""

    PASSED = "passed"
    TRIED = "tried"
    OPEN = "open"


def progress_file() -> Path:
    """Answer where progress is kept: in KUBETUTOR_HOME, or in the XDG state folder."""
    home = os.environ.get("KUBETUTOR_HOME")
    if home:
        return Path(home) / FILE
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kubetutor" / FILE


def now() -> str:
    """Answer the time as entries have it, in UTC."""
    return time.strftime(TIME, time.gmtime())


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Answer the entries of all lessons, by lesson and group. Raises OSError and ValueError; a file that is not there is empty."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return entries if isinstance(entries, dict) else {}


def lessons_kept(path: Path | None = None) -> tuple[str, ...]:
    """Answer the lessons of which something is kept, of the course or not. What cannot be read keeps nothing."""
    return tuple(Progress("", path=path).everything())


class Progress:
    """One lesson's entries. `on_change` is called after each change, and must not take long."""

    def __init__(
        self, lesson: str, *, path: Path | None = None, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self.path = path or progress_file()
        self._on_change = on_change
        self.trouble = ""
        self._lesson = lesson
        self._entries: dict[str, Any] = {}
        self._refresh()

    def get(self, group: str, name: str) -> Any:
        """Answer an entry, such as `get("predictions", "replacement")`, or None."""
        self._refresh()
        return self._entries.get(group, {}).get(name)

    def everything(self) -> dict[str, Any]:
        """Answer the entries of all lessons."""
        return {lesson: entries for lesson, entries in self._load().items() if lesson and entries}

    def keep(self, group: str, name: str, value: Any) -> None:
        """Set an entry and save. Entries of other lessons stay as they are on disk."""
        self._change(lambda: self._entries.setdefault(group, {}).update({name: value}))

    def move(self, exercise: str, entries: Mapping[str, Any] | None = None) -> None:
        """Note that something was done in an exercise: now, with these entries of it by group."""

        def change() -> None:
            for group, value in {CHANGED: now(), **(entries or {})}.items():
                self._entries.setdefault(group, {})[exercise] = value

        self._change(change)

    def standing(self, exercise: str) -> Standing:
        if self.get(PASSED, exercise):
            return Standing.PASSED
        return Standing.TRIED if self.get(TRIED, exercise) else Standing.OPEN

    def reset(self, exercise: str = "") -> None:
        """Forget one exercise, or without a name all of this lesson, its predictions too."""
        self._change(lambda: self._forget(exercise) if exercise else self._entries.clear())

    def _forget(self, exercise: str) -> None:
        for group in OF_AN_EXERCISE:
            self._entries.get(group, {}).pop(exercise, None)

    def _change(self, change: Callable[[], None]) -> None:
        """Read, change the entries, and save them, with nobody else between. What cannot be saved changes here only."""
        try:
            with held(self.path.with_suffix(".lock"), prepare=self._make_folder, timeout=LOCK_SECONDS):
                self._refresh()
                change()
                self._save()
        except (OSError, KubetutorError) as error:
            self.trouble = f"Your progress cannot be kept in {self.path}: {error}."
            change()
        self._on_change()

    def _refresh(self) -> None:
        if not self.trouble:
            self._entries = self._load().get(self._lesson, {})

    def _load(self) -> dict[str, Any]:
        try:
            return read(self.path)
        except (OSError, ValueError) as error:
            self.trouble = f"Your progress in {self.path} cannot be read ({error}); a fresh one begins."
            return {}

    def _save(self) -> None:
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps({**self._load(), self._lesson: self._entries}, indent=2) + "\n")
            fresh.chmod(0o600)
            fresh.replace(self.path)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise

    def _make_folder(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
