"""What the learner has done, kept in KUBETUTOR_HOME/progress.json: predictions and passed exercises."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any


def progress_file() -> Path:
    """Answer where progress is kept: in KUBETUTOR_HOME, or in the XDG state folder."""
    home = os.environ.get("KUBETUTOR_HOME")
    if home:
        return Path(home) / "progress.json"
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kubetutor" / "progress.json"


class Progress:
    """One lesson's entries. A lesson goes on without a file: `trouble` then says why nothing is kept."""

    def __init__(self, lesson: str, *, path: Path | None = None) -> None:
        self.path = path or progress_file()
        self.trouble = ""
        self._lesson = lesson
        self._entries: dict[str, Any] = self._load().get(lesson, {})

    def get(self, group: str, name: str) -> Any:
        """Answer an entry, such as `get("predictions", "replacement")`, or None."""
        return self._entries.get(group, {}).get(name)

    def keep(self, group: str, name: str, value: Any) -> None:
        """Set an entry and save. Entries of other lessons stay as they are on disk."""
        self._entries.setdefault(group, {})[name] = value
        self._save()

    def forget(self, group: str) -> None:
        if self._entries.pop(group, None) is not None:
            self._save()

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
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.write_text(json.dumps({**self._load(), self._lesson: self._entries}, indent=2) + "\n")
            fresh.chmod(0o600)
            fresh.replace(self.path)
        except OSError as error:
            self.trouble = f"Your progress cannot be kept in {self.path}: {error}."
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
