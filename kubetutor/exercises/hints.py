"""Hints that come from the state of the cluster and escalate: where to look, what is missing, nearly the answer.

A hint belongs to the rule that does not hold. So every hint fits some real state, and none is unreachable.
The text of a hint never holds the command.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kubetutor.exercises import display

STEPS = ("Where to look", "What is missing", "Nearly the answer")


@dataclass(frozen=True, slots=True)
class Hint:
    """Three sentences for one state, each saying more than the one before."""

    slug: str
    look: str
    missing: str
    nearly: str

    @property
    def texts(self) -> tuple[str, str, str]:
        return self.look, self.missing, self.nearly


@dataclass(frozen=True, slots=True)
class HintStep:
    """One of a hint's three sentences."""

    hint: Hint
    step: int

    def __str__(self) -> str:
        return display.text_card("Hint", self._facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return display.html_card("Hint", self._facts)

    @property
    def _facts(self) -> list[tuple[str, str]]:
        return [(f"{STEPS[self.step]} ({self.step + 1} of {len(STEPS)})", self.hint.texts[self.step])]


@dataclass(slots=True)
class HintLadder:
    """How far each hint has been climbed. Another state starts with its own first step."""

    climbed: dict[str, int] = field(default_factory=dict)

    @property
    def shown(self) -> int:
        """How many sentences were shown; one that is shown again counts once."""
        return sum(self.climbed.values())

    def next(self, hint: Hint) -> HintStep:
        step = min(self.climbed.get(hint.slug, 0), len(STEPS) - 1)
        self.climbed[hint.slug] = step + 1
        return HintStep(hint, step)
