"""Predict, run, compare: a click or a number before the cell that matters, drawn beside the measurement after it.

Without a browser nothing is lost: `record` takes a prediction from code, and a comparison without one says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from kubetutor.exercises import display
from kubetutor.exercises.progress import PREDICTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.exercises.lesson import LessonSession
    from kubetutor.exercises.progress import Progress
    from kubetutor.widgets.time_axis.view import TimeAxis

NOTHING = "no prediction recorded"
SECONDS = "s"


@dataclass(frozen=True, slots=True)
class Question:
    """Something to predict: one of `choices`, or where there are none a number in `unit`.

    `measure` reads the true answer from the lesson that is being taken; None means: not to be seen yet.
    """

    slug: str
    text: str
    measure: Callable[[LessonSession], str | float | None]
    choices: tuple[str, ...] = ()
    unit: str = ""
    most: float = 60.0
    step: float = 0.5


class Prediction:
    """One question in a notebook: shown with buttons, kept in the learner's progress."""

    def __init__(self, question: Question, progress: Progress) -> None:
        self.question = question
        self._progress = progress
        self._said = ipywidgets.HTML()

    @property
    def value(self) -> str | float | None:
        """The recorded prediction, or None."""
        kept: str | float | None = self._progress.get(PREDICTIONS, self.question.slug)
        return kept

    def record(self, value: str | float) -> None:
        """Keep a prediction; a later one replaces it."""
        choices = self.question.choices
        if choices and value not in choices:
            raise ValueError(f"{value!r} is none of the answers: {', '.join(choices)}.")
        self._progress.keep(PREDICTIONS, self.question.slug, value if choices else float(value))
        self._said.value = self._status_html()

    def widget(self) -> Any:
        """Build the buttons or the number field."""
        label = ipywidgets.HTML(f"<strong>Predict:</strong> {escape(self.question.text)}")
        self._said.value = self._status_html()
        control = self._choice_control() if self.question.choices else self._number_control()
        return ipywidgets.VBox([label, control, self._said])

    def compare(self, measured: str | float | None) -> Comparison:
        """Lay what was measured beside what was predicted."""
        return Comparison(self.question, self.value, measured)

    def _choice_control(self) -> Any:
        choices = self.question.choices
        widest = f"{min(60, max(map(len, choices)) + 4)}ch"
        control = ipywidgets.ToggleButtons(
            options=choices,
            value=self.value if self.value in choices else None,
            style={"button_width": widest},
        )
        control.observe(lambda change: self.record(change["new"]), names="value")
        return control

    def _number_control(self) -> Any:
        kept = self.value
        number = ipywidgets.BoundedFloatText(
            value=kept if isinstance(kept, float) else 0.0, min=0.0, max=self.question.most,
            step=self.question.step, layout={"width": "90px"},
        )  # fmt: skip
        # Enter is enough, or to go on to the next cell.
        number.observe(lambda change: self.record(change["new"]), names="value")
        unit = ipywidgets.Label(self.question.unit)
        button = ipywidgets.Button(description="Record")
        button.on_click(lambda _button: self.record(number.value))
        return ipywidgets.HBox([number, unit, button])

    def _status_html(self) -> str:
        value = self.value
        text = (
            "Nothing recorded yet." if value is None else f"Recorded: {in_words(value, self.question.unit)}."
        )
        return f'<span role="status">{escape(text)}</span>'

    def __str__(self) -> str:
        choices = f" ({' / '.join(self.question.choices)})" if self.question.choices else ""
        return f"Predict: {self.question.text}{choices}\nYour prediction: {in_words(self.value, self.question.unit)}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = self.widget()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        rows = [("Answers", " / ".join(self.question.choices))] if self.question.choices else []
        rows.append(("Your prediction", in_words(self.value, self.question.unit)))
        return {
            **data,
            "text/plain": str(self),
            "text/html": display.html_card(f"Predict: {self.question.text}", rows),
        }, metadata


@dataclass(frozen=True, slots=True)
class Comparison:
    """A prediction beside a measurement. Nothing is graded: to be surprised is the point."""

    question: Question
    predicted: str | float | None
    measured: str | float | None

    def draw_on(self, axis: TimeAxis) -> None:
        """Draw what is known of both on a time axis, from its newest mark on. Raises `ValueError` where it is no time."""
        if self.question.unit != SECONDS:
            raise ValueError(f"Only seconds can be drawn on a time axis: {self.question.slug} is no time.")
        if isinstance(self.predicted, int | float):
            axis.expect(seconds=float(self.predicted))
        if isinstance(self.measured, int | float):
            axis.measured(seconds=float(self.measured))

    @property
    def facts(self) -> list[tuple[str, str]]:
        return [
            ("Predicted", in_words(self.predicted, self.question.unit)),
            (
                "Measured",
                "not measured yet" if self.measured is None else in_words(self.measured, self.question.unit),
            ),
        ]

    @property
    def title(self) -> str:
        if self.predicted is None or self.measured is None:
            return self.question.text
        if self.question.choices:
            return "You predicted it." if self.predicted == self.measured else "It went another way."
        return "Predicted and measured"

    def __str__(self) -> str:
        return display.text_card(self.title, self.facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        values = (self.predicted, self.measured)
        if self.question.choices or not all(isinstance(value, int | float) for value in values):
            return display.html_card(self.title, self.facts)
        bars = [
            (term, float(value), words)
            for (term, words), value in zip(self.facts, values, strict=True)
            if value is not None
        ]
        return display.html_card(f"{self.title}: {self.question.text}", [], below=display.html_bars(bars))


def in_words(value: str | float | None, unit: str) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    digits = 2 if abs(value) < 1 else 3  # 0.035 s and 12.5 s: no more than can be meant
    return f"{value:.{digits}g} {unit}".rstrip()
