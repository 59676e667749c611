"""What the instructor's side knows of one learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.errors import ClassroomError
from kubetutor.exercises.report.report import parse

if TYPE_CHECKING:
    from kubetutor.exercises.report.report import Report


@dataclass(frozen=True, slots=True)
class Seen:
    """A learner: the name, when a report last came (seconds since 1970), and the report; None: there is none yet.

    `trouble` says what is wrong with what came.
    """

    name: str
    heard: float = 0.0
    report: Report | None = None
    trouble: str = ""


def seen(name: str, heard: float, text: str | None) -> Seen:
    """Read what came of this learner; None: nothing yet."""
    if text is None:
        return Seen(name)
    try:
        return Seen(name, heard, parse(text))
    except ClassroomError as error:
        return Seen(name, heard, trouble=f"cannot be read: {error}")
