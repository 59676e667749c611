"""What the learner has done, kept in KUBETUTOR_HOME/progress.json: predictions, and exercises tried and passed.

1. The file is read again each time: several notebooks are open, and `kubetutor reset` may run beside them.
2. Who writes holds a lock, reads, changes its own lesson's entries, and replaces the file as a whole.
3. Where the file cannot be read or written the lesson goes on without it: `trouble` says why nothing is kept.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.cluster.lock import held
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Callable

PASSED, TRIED = (
    "passed",
    "tried",
)  # groups of entries: exercise to the time of the first pass, or the first try
PREDICTIONS = "predictions"
BEST = "best"  # exercise to the seconds of the fastest pass, where it runs against the clock
LOCK_SECONDS = 5.0


class Standing(StrEnum):
    """How far an exercise is."""

    PASSED = "passed"
    TRIED = "tried"
    OPEN = "open"


def progress_file() -> Path:
    """Answer where progress is kept: in KUBETUTOR_HOME, or in the XDG state folder."""
    home = os.environ.get("KUBETUTOR_HOME")
    if home:
        return Path(home) / "progress.json"
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kubetutor" / "progress.json"


def lessons_kept(path: Path | None = None) -> tuple[str, ...]:
    """Answer the lessons of which something is kept, of the course or not. What cannot be read keeps nothing."""
    return tuple(Progress("", path=path).everything())


class Progress:
    """One lesson's entries."""

    def __init__(self, lesson: str, *, path: Path | None = None) -> None:
        self.path = path or progress_file()
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

    def standing(self, exercise: str) -> Standing:
        if self.get(PASSED, exercise):
            return Standing.PASSED
        return Standing.TRIED if self.get(TRIED, exercise) else Standing.OPEN

    def reset(self, exercise: str = "") -> None:
        """Forget one exercise, or without a name all of this lesson, its predictions too."""
        self._change(lambda: self._forget(exercise) if exercise else self._entries.clear())

    def _forget(self, exercise: str) -> None:
        for group in (PASSED, TRIED, BEST):
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

    def _refresh(self) -> None:
        if not self.trouble:
            self._entries = self._load().get(self._lesson, {})

    def _load(self) -> dict[str, Any]:
        try:
            entries = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self.trouble = f"Your progress in {self.path} cannot be read ({error}); a fresh one begins."
            return {}
        return entries if isinstance(entries, dict) else {}

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
