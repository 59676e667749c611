"""Lesson `nodes`: what a node holds, where a pod lands and why, and what happens when a node is emptied or lost.

The exercises stand in `node_repair.py` and `node_loss.py`, what is changed on nodes in `node_marks.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.cluster.backend import Capability
from kubetutor.course.node_loss import ONE_NODE_LOST
from kubetutor.course.node_marks import restore
from kubetutor.course.node_repair import FOR_REPAIR, SILENCE_ALLOWED
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question
from kubetutor.exercises.waiting import eventually

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import LessonSession

SETTLED = 3.0  # seconds in which a cluster would take a pod from its node
LOOK = 20.0  # seconds: requests to a node without power take some until they are given up
GOES_ON, WAITS, IS_GONE = "it goes on there", "it waits for a node", "it is deleted"
NONE_LOST, SOME_LOST, NO_ANSWER = "none is lost", "some are lost", "for a while nobody answers"


def after_label_gone(session: LessonSession) -> str:
    """Say what became of the pod report, whose node has lost the label that it asked for."""

    def pod() -> object:
        return session.cluster.api.find("pods", "report", namespace=session.namespace)

    if eventually(lambda: pod() is None, seconds=SETTLED):
        return IS_GONE
    found = session.cluster.api.find("pods", "report", namespace=session.namespace)
    return GOES_ON if found and found["spec"].get("nodeName") else WAITS


def after_power_cut(session: LessonSession) -> str | None:
    """Say what became of the requests; None where no node can be stopped."""
    if Capability.STOP_NODES not in session.cluster.capabilities:
        return None
    requests = session.requests
    if eventually(lambda: requests.tally.longest_silence > SILENCE_ALLOWED, seconds=LOOK):
        return NO_ANSWER
    return SOME_LOST if requests.tally.lost else NONE_LOST


LESSON = Lesson(
    slug="nodes",
    title="Nodes: where a pod lands, and why",
    needs=(
        "two workers that take pods, and the right to change them",
        "the image my-app:1.0",
        "a node that can be stopped, for one part",
    ),
    namespace="lesson-nodes",
    manifests="manifests/02-nodes",
    questions=(
        Question(
            "label-gone",
            "The pod report asked for rack b, and runs there. You take the label from the node. What happens to the pod?",
            measure=after_label_gone,
            choices=(GOES_ON, WAITS, IS_GONE),
        ),
        Question(
            "fewest",
            "You empty a worker that has some of the four pods. How few of them are Ready at the worst moment?",
            measure=lambda session: str(session.fewest_ready()),
            choices=("0", "1", "2", "3", "4"),
        ),
        Question(
            "power-cut",
            "All four pods are on one node. You cut its power. What becomes of the requests?",
            measure=after_power_cut,
            choices=(NONE_LOST, SOME_LOST, NO_ANSWER),
        ),
    ),
    exercises=(FOR_REPAIR, ONE_NODE_LOST),
    teaches=(
        "label", "taint", "cordon", "drain", "lease", "describe", "event", "resource request", "affinity", "daemonset",
    ),
    clean_up=restore,
    changes_nodes=True,
)  # fmt: skip
