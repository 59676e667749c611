"""The minutes in a lesson's header are those that a run has measured, and still fit the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.course import catalogue
from kubetutor.lab import minutes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.check.notebook import Notebook

NEEDED = "embedded"  # runs everywhere, so it must have been measured; kind where it can run
SLACK = 1  # minutes by which an edited text may be off before it must be measured again


def kept_in(notebook: Notebook) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = notebook.metadata.get("kubetutor", {}).get("minutes", {})
    return kept


def troubles(lesson: Lesson, notebook: Notebook) -> Iterator[str]:
    name = catalogue.stem(lesson.slug) if lesson.folder is None else notebook.path
    kept, again = kept_in(notebook), f"kubetutor run {name} --write-minutes"
    if NEEDED not in kept:
        yield f"nobody has measured how long it takes: {again}"
        return
    for backend, each in kept.items():
        words = minutes.words_of(list(notebook.cells)) + each["printed"]
        now = minutes.total(lesson, waiting=each["waiting"], words=words)
        if abs(now - each["minutes"]) > SLACK:
            yield (
                f"it says {each['minutes']} minutes on {backend}, and its text and exercises make {now} now: {again}"
            )
        if each["minutes"] > minutes.MOST:
            yield f"it takes {each['minutes']} minutes on {backend}: {minutes.MOST} at most"
    if minutes.row_of(lesson, kept) not in notebook.cells[0].source.splitlines():
        yield f"its header does not say the minutes that were measured: {again}"


def in_words(notebook: Notebook) -> str:
    return ", ".join(f"{each['minutes']} min on {backend}" for backend, each in kept_in(notebook).items())
