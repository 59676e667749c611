"""The class that the learner has joined: one private file beside the progress. No file: no class, and nothing is sent.

Whoever changes it, or sends, holds its lock: several notebooks and the command line may do so at once.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from kubetutor.cluster.home import make_private, write_private
from kubetutor.cluster.lock import held
from kubetutor.exercises.progress import progress_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_SECONDS = 30.0  # longer than one sending takes


@dataclass(frozen=True, slots=True)
class Membership:
    """A class that was joined: `address` of a receiver, with the token for it, or a `namespace` of a shared cluster.

    `pin` is the SHA-256 of the receiver's certificate. `hand`: when it was raised; `delivered`: when the instructor last
    got a report; `trouble`: why not since then. Times are those of the progress file; empty: none.
    """

    name: str
    address: str = ""
    token: str = ""
    pin: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    hand: str = ""
    delivered: str = ""
    trouble: str = ""

    @property
    def place(self) -> str:
        return self.address or f"the namespace {self.namespace}"

    def __str__(self) -> str:
        """Say how it is, in one or two sentences."""
        parts = [f"Joined as {self.name} at {self.place}."]
        if self.hand:
            parts.append("Your hand is raised.")
        if self.delivered:
            parts.append(f"The instructor got your progress at {_clock(self.delivered)}.")
        if self.trouble:
            parts.append(
                f"Not sent since: {self.trouble} Nothing is lost; it is sent with your next check or hint."
            )
        return " ".join(parts)


def path() -> Path:
    """Answer where it is kept."""
    return progress_file().with_name("class.json")


def read(file: Path | None = None) -> Membership | None:
    """Answer the class that was joined. What cannot be read is none: nothing may be sent on a guess."""
    try:
        document = json.loads((file or path()).read_text(encoding="utf-8"))
        known = {each.name for each in fields(Membership)}
        return Membership(**{name: str(value) for name, value in document.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def keep(member: Membership | None, file: Path | None = None) -> None:
    """Write it down, or, with None, forget it. Call it with the lock held."""
    file = file or path()
    if member is None:
        file.unlink(missing_ok=True)
    else:
        write_private(file, json.dumps(asdict(member), indent=1))


@contextlib.contextmanager
def alone(file: Path | None = None) -> Iterator[None]:
    """Be the only one who changes it or sends. Raises ClusterBusyError when another takes too long."""
    file = file or path()
    with held(file.with_suffix(".lock"), prepare=lambda: make_private(file.parent), timeout=LOCK_SECONDS):
        yield


def _clock(moment: str) -> str:
    return f"{moment.partition('T')[2].removesuffix('Z')} UTC"
