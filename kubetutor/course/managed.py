"""Lesson `managed`: what a provider runs for you, what it costs in kind, and this course on any cluster that a context names.

What would be billed is read in `bill_in_kind.py`; a key for somebody else is made in `narrow_key.py`. The exercises are in
`same_for_less.py` and `key_for_a_colleague.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.course import narrow_key
from kubetutor.course.bill_in_kind import bill
from kubetutor.course.key_for_a_colleague import A_KEY, ACCOUNT, NAMESPACE
from kubetutor.course.narrow_key import home_of, key_for
from kubetutor.course.same_for_less import SAME_FOR_LESS
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Cluster
    from kubetutor.exercises.lesson import LessonSession

__all__ = ["LESSON", "bill", "home_of", "key_for"]  # what the notebook uses

DELETE, SECRETS, NODES, NOTHING = "delete a pod", "read a Secret", "list the nodes", "nothing of these"


def share_asked_for(session: LessonSession) -> float | None:
    return bill(session).share


def what_the_key_is_refused(session: LessonSession) -> str | None:
    """Ask with the student's key for three things, and say which one it may not do."""
    here = session.namespace
    questions = {
        DELETE: ("delete", "pods", here),
        SECRETS: ("get", "secrets", here),
        NODES: ("list", "nodes", ""),
    }
    refused = narrow_key.refused(session.kubeconfig, tuple(questions.values()))
    if refused is None:
        return None
    said = [words for words, question in questions.items() if question in refused]
    return ", ".join(said) or NOTHING


def take_back(cluster: Cluster) -> str:
    """Remove the keys of this lesson, and answer in words what was done."""
    narrow_key.forget(cluster)
    names = narrow_key.unbind(cluster, cluster.workspace.namespace or NAMESPACE, ACCOUNT)
    return f"the keys are gone; taken from {ACCOUNT}: {', '.join(names) or 'nothing, it had no rights'}"


LESSON = Lesson(
    slug="managed",
    title="Managed Kubernetes: what others run for you",
    needs=(
        "two nodes that take pods",
        "the images my-app:1.0, 2.0 and 3.0",
        "the right to make roles in a namespace",
    ),
    namespace=NAMESPACE,
    manifests="manifests/12-managed",
    questions=(
        Question(
            "share",
            "You pay for whole nodes. Which share of their processors do all pods together ask for?",
            measure=share_asked_for,
            unit="%",
            most=100.0,
            step=1.0,
        ),
        Question(
            "key",
            "The student has the role edit in this namespace. What is the student refused?",
            measure=what_the_key_is_refused,
            choices=(DELETE, SECRETS, NODES, NOTHING),
        ),
    ),
    exercises=(A_KEY, SAME_FOR_LESS),
    clean_up=take_back,
    teaches=("storage class", "certificate"),
)
