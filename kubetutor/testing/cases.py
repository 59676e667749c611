"""Cases of exercises as tests: which there are, and what one does.

1. Every case of every exercise is a test: untouched, the solution, every other right answer, every typical wrong answer.
2. Then the solution again, on the same cluster, after all that learners may have done.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from kubetutor.course import catalogue
from kubetutor.errors import LessonError
from kubetutor.exercises import proving
from kubetutor.exercises.lesson import LessonSession
from kubetutor.exercises.progress import Progress
from kubetutor.exercises.proving import Way
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.exercises.lesson import Lesson
    from kubetutor.exercises.proving import Case

AGAIN = (Way.SOLUTION,)  # `kubetutor check-course` repeats all


@dataclass(frozen=True, slots=True)
class ExerciseCase:
    """One case of one exercise, on a lesson that is prepared."""

    session: LessonSession
    case: Case

    def prove(self) -> None:
        """Try it. Fail with what was expected and seen where it is not judged as it should be."""
        if trouble := proving.prove(self.session, self.case):
            pytest.fail(f"{self.case}: {trouble}", pytrace=False)


class Sessions(contextlib.ExitStack):
    """The sessions of lessons on one cluster, with progress in a folder of their own: the author's own is left alone."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        super().__init__()
        self._cluster, self._folder = cluster, folder
        self._sessions: dict[str, LessonSession] = {}

    def of(self, lesson: Lesson) -> LessonSession:
        """Answer the session of a lesson, prepared once for all of its cases."""
        if lesson.slug not in self._sessions:
            progress = Progress(lesson.slug, path=self._folder / "progress.json")
            session = LessonSession(lesson, self._cluster, feed=Feed(ApiSource()), progress=progress)
            session.prepare()
            self.callback(session.clean_up)
            self._sessions[lesson.slug] = session
        return self._sessions[lesson.slug]


def named_cases(lesson: Lesson) -> Iterator[tuple[str, Case]]:
    """Yield each case with its name, in the order in which they are tried."""
    for suffix, ways in (("", tuple(Way)), (", again", AGAIN)):
        for exercise in lesson.exercises:
            for case in proving.cases(exercise):
                if case.way in ways:
                    yield f"{catalogue.stem(lesson.slug)}: {case}{suffix}", case


def parameters(folders: Sequence[Path]) -> list[Any]:
    """Answer a `pytest.param` for each case of the lessons in these folders. What is wrong with a lesson's module is said by pytest."""
    try:
        lessons = [lesson for folder in folders for lesson in catalogue.in_folder(folder.resolve())]
    except LessonError as error:
        raise pytest.Collector.CollectError(str(error)) from error
    return [pytest.param((lesson, case), id=name) for lesson in lessons for name, case in named_cases(lesson)]
