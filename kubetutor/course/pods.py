"""Lesson `pods`: what a pod says of itself, when its containers start again, and what a pod alone cannot do.

The exercises stand in `pods_till.py` and `pods_kitchen.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import Object, is_pod_ready
from kubetutor.course.pod_reading import restarts_of
from kubetutor.course.pods_kitchen import TWO_IN_ONE
from kubetutor.course.pods_till import COMES_BACK
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question
from kubetutor.exercises.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.exercises.lesson import LessonSession

LOOK = 20.0  # seconds: a container of a real cluster takes some to start
SAME_POD, NEW_POD, NO_POD = (
    "the same pod starts its container again",
    "a new pod takes its place",
    "it is gone, and stays gone",
)
RUNS_ON, STARTS_AGAIN, IS_DELETED = (
    "it runs on, and is not Ready",
    "its container starts again",
    "the pod is deleted",
)


def after_crash(session: LessonSession) -> str | None:
    """Say what became of the pod web after its program has ended; None as long as nothing is to be seen."""
    pod = looked_at(session, "web", lambda pod: pod is None or restarts_of(pod) > 0)
    if pod is None:
        return others(session)
    return SAME_POD if restarts_of(pod) else None


def after_delete(session: LessonSession) -> str | None:
    """Say what became of the pod web after it was deleted."""
    pod = looked_at(session, "web", lambda pod: pod is None)
    return others(session) if pod is None else None


def while_closed(session: LessonSession) -> str | None:
    """Say what a failing readiness probe does to the pod guest."""
    pod = looked_at(
        session, "guest", lambda pod: pod is None or restarts_of(pod) > 0 or not is_pod_ready(pod)
    )
    if pod is None:
        return IS_DELETED
    if restarts_of(pod):
        return STARTS_AGAIN
    return None if is_pod_ready(pod) else RUNS_ON


def looked_at(session: LessonSession, name: str, holds: Callable[[Object | None], bool]) -> Object | None:
    """Look at a pod until this holds, or for some seconds. Answer the pod, None if there is none."""

    def pod() -> Object | None:
        found: Object | None = session.cluster.api.find("pods", name, namespace=session.namespace)
        return found

    eventually(lambda: holds(pod()), seconds=LOOK)
    return pod()


def others(session: LessonSession) -> str:
    """Say whether a pod that is called otherwise runs the same image."""
    pods = session.cluster.api.list("pods", namespace=session.namespace, label_selector="app=web")
    return NEW_POD if pods else NO_POD


LESSON = Lesson(
    slug="pods",
    title="Pods: the smallest thing that runs",
    needs=("a node that takes pods", "the images my-app:1.0 and broken, and busybox:1.36"),
    namespace="lesson-pods",
    manifests="manifests/03-pods",
    questions=(
        Question(
            "after-crash",
            "The program in the pod web ends with an error. What happens?",
            measure=after_crash,
            choices=(SAME_POD, NEW_POD, NO_POD),
        ),
        Question(
            "while-closed",
            "The readiness probe of the pod guest fails. What happens to the pod?",
            measure=while_closed,
            choices=(RUNS_ON, STARTS_AGAIN, IS_DELETED),
        ),
        Question(
            "after-delete",
            "You delete the pod web. What is there a few seconds later?",
            measure=after_delete,
            choices=(NEW_POD, NO_POD),
        ),
    ),
    exercises=(COMES_BACK, TWO_IN_ONE),
    teaches=(
        "bare pod", "wait", "log", "exec", "port-forward", "readiness probe", "liveness probe", "startup probe",
        "init container", "restart policy", "grace period", "volume", "environment variable", "explain",
    ),
)  # fmt: skip
