"""The decision aid in a notebook: buttons, reasons that follow them, and a text twin. `answer` takes answers from code."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from kubetutor.course import decision
from kubetutor.errors import LessonError
from kubetutor.exercises import display

if TYPE_CHECKING:
    from kubetutor.course.decision import Point

TITLE = "Do you need Kubernetes?"


class DecisionAid:
    """Answers so far, and what they speak for."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self._said = ipywidgets.HTML()
        self._controls: dict[str, Any] = {}

    def answer(self, **answers: str) -> DecisionAid:
        """Give answers by name: `answer(servers="one", updates="no")`. Raise LessonError for what is no answer."""
        for slug, words in answers.items():
            self._check(slug, words)
        self.answers |= answers
        for slug, words in answers.items():
            if slug in self._controls:
                self._controls[slug].value = words
        self._said.value = self._advice_html()
        return self

    def widget(self) -> Any:
        """Build the buttons, and the reasons below them."""
        rows = [row for point in decision.POINTS for row in self._row(point)]
        self._said.value = self._advice_html()
        return ipywidgets.VBox([*rows, self._said])

    def _row(self, point: Point) -> tuple[Any, Any]:
        widest = f"{max(len(choice.answer) for choice in point.choices) + 4}ch"
        control = ipywidgets.ToggleButtons(
            options=[choice.answer for choice in point.choices],
            value=self.answers.get(point.slug),
            style={"button_width": widest},
        )
        control.observe(lambda change: self._clicked(point.slug, change["new"]), names="value")
        self._controls[point.slug] = control
        return ipywidgets.HTML(f"<strong>{escape(point.question)}</strong>"), control

    def _clicked(self, slug: str, words: str | None) -> None:
        if words is not None:
            self.answers[slug] = words
            self._said.value = self._advice_html()

    def _check(self, slug: str, words: str) -> None:
        known = decision.points()
        if slug not in known:
            raise LessonError(f"There is no question {slug!r}. There are: {', '.join(known)}.")
        answers = [choice.answer for choice in known[slug].choices]
        if words not in answers:
            raise LessonError(f"{words!r} is no answer to {slug!r}. There are: {', '.join(answers)}.")

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Answer the rows of the advice."""
        advice = decision.advise(self.answers)
        rows = [("Speaks for it", reason) for reason in advice.speaks_for]
        rows += [("Speaks against it", reason) for reason in advice.speaks_against]
        rows += [("Open", reason) for reason in advice.open]
        rows.append(("Look first at", advice.first))
        if advice.missing:
            rows.append(("Not answered", f"{advice.missing} of {len(decision.POINTS)} questions"))
        return rows

    def __str__(self) -> str:
        asked = [(point.question, self._given(point)) for point in decision.POINTS]
        return "\n".join(
            [display.text_card(TITLE, asked), display.text_card("What your answers say", self.facts)]
        )

    def __repr__(self) -> str:
        return str(self)

    def _given(self, point: Point) -> str:
        choices = " / ".join(choice.answer for choice in point.choices)
        return self.answers.get(point.slug) or f"not answered: {point.slug} = {choices}"

    def _advice_html(self) -> str:
        return f'<div role="status">{display.html_card("What your answers say", self.facts)}</div>'

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = self.widget()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        asked = [(point.question, self._given(point)) for point in decision.POINTS]
        page = display.html_card(TITLE, asked) + display.html_card("What your answers say", self.facts)
        return {**data, "text/plain": str(self), "text/html": page}, metadata
