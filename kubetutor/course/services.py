"""Lesson `services`: one address for pods that come and go, who is behind it, its kinds, its names, and fair shares.

The exercises are in `service_exercises.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.course.service_exercises import NAME, NOBODY_ANSWERS, SELECTOR, SWITCH
from kubetutor.course.service_facts import SERVICE, endpoints_of
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import LessonSession
    from kubetutor.exercises.shares import Shares

REFUSED, NOBODY, GOES_ON = (
    "kubectl is told no",
    "it is accepted, and nobody answers",
    "the old pods go on answering",
)
SHORT, LONG, BOTH, NEITHER = "kubernetes", "kubernetes.default", "both", "neither"
LOOK_UP = """
import socket
for name in ("kubernetes", "kubernetes.default"):
    try:
        print(name, socket.gethostbyname(name))
    except OSError:
        pass
"""


def after_typo(session: LessonSession) -> str:
    """Say what became of a selector that matches no pod."""
    api, namespace = session.cluster.api, session.namespace
    if api.get("services", SERVICE, namespace=namespace)["spec"]["selector"] == SELECTOR:
        return REFUSED
    return GOES_ON if endpoints_of(api, namespace, SERVICE) else NOBODY


def names_found(session: LessonSession) -> str:
    """Say under which names a pod of this namespace finds the service `kubernetes` of the namespace `default`."""
    command = ("exec", "deployment/customer", "--", "python3", "-c", LOOK_UP)
    said = session.cluster.kubectl("--namespace", session.namespace, *command)
    found = {line.split()[0] for line in said.splitlines()}
    if len(found) == 2:
        return BOTH
    return found.pop() if found else NEITHER


def busiest(session: LessonSession) -> float | None:
    shares: Shares | None = session.found.get("shares")
    return shares.busiest if shares else None


LESSON = Lesson(
    slug="services",
    title="Services: an address that stays",
    needs=("two nodes that take pods", "the images my-app:1.0 and 2.0", "names that pods can look up"),
    namespace="lesson-services",
    manifests="manifests/05-services",
    questions=(
        Question(
            "busiest",
            f"{NAME} has three Ready pods, and a customer sends at least 300 requests. Which share does the busiest pod get?",
            measure=busiest,
            unit="%",
            most=100.0,
            step=1.0,
        ),
        Question(
            "typo",
            "Somebody sets a selector that matches no pod. What happens?",
            measure=after_typo,
            choices=(REFUSED, NOBODY, GOES_ON),
        ),
        Question(
            "names",
            "The service kubernetes is in the namespace default. Under which name does the customer find it?",
            measure=names_found,
            choices=(SHORT, LONG, BOTH, NEITHER),
        ),
    ),
    exercises=(NOBODY_ANSWERS, SWITCH),
    teaches=("expose", "endpoints", "headless service", "statefulset", "ingress", "network policy"),
)
