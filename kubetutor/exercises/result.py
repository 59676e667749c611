"""What a check answers: a verdict with what was expected, what was seen, and where to look. Never only "wrong"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kubetutor.exercises import display

if TYPE_CHECKING:
    from kubetutor.exercises.hints import Hint


class Verdict(StrEnum):
    PASSED = "PASSED"
    NOT_YET = "NOT_YET"
    NOT_STARTED = "NOT_STARTED"


PASSED, NOT_YET, NOT_STARTED = Verdict.PASSED, Verdict.NOT_YET, Verdict.NOT_STARTED

TITLES = {PASSED: "✓ Passed", NOT_YET: "◐ Not yet", NOT_STARTED: "○ Not started"}
TONES = {PASSED: "good", NOT_YET: "warn", NOT_STARTED: "calm"}


@dataclass(frozen=True, slots=True)
class Result:
    """One verdict. `look_at` names a place, not a command; `hint` is the one that fits this state; `progress` says how far the learner is."""

    verdict: Verdict
    expected: str
    seen: str
    look_at: str = ""
    hint: Hint | None = None
    progress: str = ""

    @property
    def passed(self) -> bool:
        return self.verdict is PASSED

    @property
    def facts(self) -> list[tuple[str, str]]:
        rows = [
            ("Expected", self.expected),
            ("Seen", self.seen),
            ("Look at", self.look_at),
            ("Progress", self.progress),
        ]
        return [(term, text) for term, text in rows if text]

    def __str__(self) -> str:
        return display.text_card(TITLES[self.verdict], self.facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return display.html_card(TITLES[self.verdict], self.facts, tone=TONES[self.verdict])
