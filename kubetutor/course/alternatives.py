"""Lesson `alternatives`: one application in six tools, and a Compose file brought to Kubernetes.

Its exercises are in `same_app.py` and `keep_the_count.py`, the table of the six files in `side_by_side.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.course.keep_the_count import KEEP_THE_COUNT
from kubetutor.course.same_app import SAME_APP, heard_in
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question
from kubetutor.exercises.waiting import eventually

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import LessonSession

ALL, SOME, NONE = "all its answers", "some answers", "no answer at all"
ENOUGH = 5  # requests, before one can say what the visitor hears
SECONDS = 10.0  # for the visitor to send them


def what_the_visitor_hears(session: LessonSession) -> str | None:
    """Say how the visitor's newest requests fared."""

    def has_asked() -> bool:
        return heard_in(session.cluster.api, session.namespace).sent >= ENOUGH

    if not eventually(has_asked, seconds=SECONDS):
        return None
    heard = heard_in(session.cluster.api, session.namespace)
    return NONE if heard.lost == heard.sent else SOME if heard.lost else ALL


LESSON = Lesson(
    slug="alternatives",
    title="Alternatives: one application, six tools",
    needs=(
        "the images my-app:1.0, 2.0 and busybox:1.36",
        "names of services that pods can look up",
        "storage that a claim can ask for",
    ),
    namespace="lesson-alternatives",
    manifests="manifests/11-alternatives",
    questions=(
        Question(
            "visitor",
            "The visitor asks http://web:3000, as in the Compose file. The Service web has port 80. What does the visitor get?",
            measure=what_the_visitor_hears,
            choices=(ALL, SOME, NONE),
        ),
    ),
    exercises=(SAME_APP, KEEP_THE_COUNT),
    teaches=("configmap", "secret", "job", "cronjob", "claim"),
)
