"""Lesson `capstone`: a shop of four services, opened, changed and kept up by the learner, graded by the requests lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.course.capstone_bad_day import SURVIVE
from kubetutor.course.capstone_exercises import CHANGE, OPEN
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import LessonSession

ASKED = 5
NOBODY, OTHERS, OWN = "nobody answers", "pods of another part answer", "the pods of pay answer"


def who_pays(session: LessonSession) -> str:
    """Ask pay, and say who answered."""
    pods = [answer.pod for answer in session.ask("pay", ASKED).answers]
    if not any(pods):
        return NOBODY
    return OWN if all(pod.startswith("pay-") for pod in pods) else OTHERS


LESSON = Lesson(
    slug="capstone",
    title="Capstone: run a shop of four services",
    needs=(
        "two nodes that take pods",
        "the images my-app:1.0, 2.0 and broken",
        "a service that can be asked from this machine",
    ),
    namespace="lesson-capstone",
    manifests="manifests/13-capstone",
    questions=(
        Question(
            "wrong-label",
            "The selector of the service pay names a label that no pod has. Eight pods are Ready. What do requests to pay meet?",
            measure=who_pays,
            choices=(NOBODY, OTHERS, OWN),
        ),
        Question(
            "recovery",
            "You delete one pod of stock. How many seconds does it take until as many pods are Ready again?",
            measure=lambda session: session.seconds_to_recover(),
            unit="s",
        ),
    ),
    exercises=(OPEN, CHANGE, SURVIVE),
)
