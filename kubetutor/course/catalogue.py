"""Finds lessons by slug, and opens them on the cluster that is up. A new lesson costs one line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from kubetutor.errors import LessonError

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import Lesson, LessonSession

MODULES = {"deployments": "kubetutor.course.deployments"}


def find(slug: str) -> Lesson:
    if slug not in MODULES:
        raise LessonError(f"There is no lesson called {slug!r}. There are: {', '.join(MODULES)}.")
    found: Lesson = import_module(MODULES[slug]).LESSON
    return found


def open_lesson(slug: str) -> LessonSession:
    """Open a lesson on the cluster that the environment names."""
    from kubetutor.cluster.cluster import connect  # noqa: PLC0415  # looks for a cluster only when one is wanted
    from kubetutor.exercises.lesson import LessonSession  # noqa: PLC0415  # brings the widgets, which are slow to import

    return LessonSession(find(slug), connect())
