"""Finds lessons by slug, and opens them on the cluster that is up. A new lesson costs one line here."""

from __future__ import annotations

import os
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
    """Open a lesson on the cluster that is up, and let `!kubectl` and the views of this kernel find it too."""
    from kubetutor.cluster.cluster import connect  # noqa: PLC0415  # looks for a cluster only when one is wanted
    from kubetutor.exercises.lesson import LessonSession  # noqa: PLC0415  # brings the widgets, slow to import

    cluster = connect()
    os.environ.update(cluster.environment)
    return LessonSession(find(slug), cluster)
