"""Proves a lesson's exercises on a live cluster: every case, then every case again in reverse order, on the same cluster."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.course import own
from kubetutor.errors import KubetutorError
from kubetutor.exercises import proving
from kubetutor.exercises.lesson import LessonSession
from kubetutor.exercises.progress import Progress
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from kubetutor.exercises.exercise import Cluster
    from kubetutor.exercises.lesson import Lesson
    from kubetutor.exercises.proving import Case

    Show: TypeAlias = Callable[[int, int, str], None]  # cases done, cases in all, what is tried now
    Tell: TypeAlias = Callable[[str], None]  # what is wrong


@dataclass(frozen=True, slots=True)
class Proof:
    """How many cases were tried in how many seconds."""

    cases: int
    seconds: float


def prove_lesson(lesson: Lesson, cluster: Cluster, *, twice: bool, show: Show, tell: Tell) -> Proof:
    """Try all cases of a lesson, and tell what is wrong at once. The environment's KUBECONFIG must name the cluster."""
    cases = [case for exercise in lesson.exercises for case in proving.cases(exercise)]
    cases += cases[::-1] if twice else []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kubetutor-check-") as folder:
        progress = Progress(lesson.slug, path=Path(folder, "progress.json"))
        session = LessonSession(lesson, cluster, feed=Feed(ApiSource()), progress=progress)
        for trouble in _troubles(session, cases, show):
            tell(trouble)
    return Proof(len(cases), time.monotonic() - started)


def _trouble_of(session: LessonSession, case: Case) -> str:
    try:
        return proving.prove(session, case)
    except Exception as error:
        folder = session.lesson.folder
        path = folder and own.module_path(session.lesson.slug, folder)
        if path is None:
            raise
        return f"the lesson's module fails:\n{own.where_it_failed(error, path)}"


def _troubles(session: LessonSession, cases: list[Case], show: Show) -> Iterator[str]:
    try:
        session.prepare()
        for place, case in enumerate(cases):
            show(place, len(cases), str(case))
            if trouble := _trouble_of(session, case):
                yield f"{case}: {trouble}"
        show(len(cases), len(cases), "")
        session.clean_up()
    except KubetutorError as error:
        yield f"the lesson cannot be proven: {error}"
