"""Lesson `rollouts-and-rollbacks`: bring a version without a lost request; stop a broken one; go back.

Its exercises are in `rollout_exercises.py`; here is what it asks, and what measures the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load
from kubetutor.course.deployments import ALL_STOP, GOES_BACK, NAME, OLD_GO_ON
from kubetutor.course.rollout_exercises import BROKEN, NONE_LOST, TAKE_BACK
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question
from kubetutor.exercises.waiting import eventually

if TYPE_CHECKING:
    from kubetutor.cluster.load.tally import Tally
    from kubetutor.exercises.lesson import LessonSession
    from kubetutor.widgets.cluster_map.snapshot import Snapshot

NONE, SOME, MANY = "none", "a few: fewer than 1 in 20", "many"


def silence(session: LessonSession) -> float | None:
    """Answer for how many seconds nobody answered; None when nobody asked."""
    tally = session.requests.settle()
    return tally.longest_silence if tally.sent else None


def lost_until_old_pods_have_gone(session: LessonSession) -> str | None:
    """Say what got lost, once the last old pod has ended: until then it may still lose a request."""

    def have_gone() -> bool:
        pods = session.cluster.api.list("pods", namespace=session.namespace)
        return not any(is_being_deleted(pod) for pod in pods if not is_load(pod))

    eventually(have_gone)
    return how_many_lost(session.requests.settle())


def how_many_lost(tally: Tally) -> str | None:
    """Say in words what part of the requests got lost."""
    if not tally.sent:
        return None
    if not tally.lost:
        return NONE
    return SOME if tally.lost * 20 < tally.sent else MANY


def after_broken_version(snapshot: Snapshot) -> str:
    """Say what became of a rollout to the version that crashes."""
    if not any(view.name == NAME and view.image == BROKEN for view in snapshot.deployments):
        return GOES_BACK
    is_served = any(pod.mood == "ready" and not pod.is_load for pod in snapshot.pods)
    return OLD_GO_ON if is_served else ALL_STOP


LESSON = Lesson(
    slug="rollouts-and-rollbacks",
    title="Rollouts and rollbacks: change it, and lose nothing",
    needs=(
        "two nodes that take pods",
        "the images my-app:1.0, 2.0, 3.0 and broken",
        "room for a pod more than a workload has",
    ),
    namespace="lesson-rollouts-and-rollbacks",
    manifests="manifests/08-rollouts-and-rollbacks",
    questions=(
        Question(
            "silence",
            "All pods are stopped, and then pods of the next version start. For how many seconds does nobody answer?",
            measure=silence,
            unit="s",
            step=0.1,
        ),
        Question(
            "lost",
            "Three careful pods are replaced one by one, while 50 requests a second come. How many of them get lost?",
            measure=lost_until_old_pods_have_gone,
            choices=(NONE, SOME, MANY),
        ),
        Question(
            "broken",
            "The version called broken crashes as soon as it starts. You bring it, and wait. What happens?",
            measure=lambda session: after_broken_version(session.view.snapshot()),
            choices=(ALL_STOP, OLD_GO_ON, GOES_BACK),
        ),
    ),
    exercises=(NONE_LOST, TAKE_BACK),
    teaches=("strategy", "revision", "progress deadline", "minimum ready time", "preStop hook"),
)
