"""Lesson `namespaces`: the same names apart, how much a namespace may hold, and who may do what in it.

Its two more namespaces are called `lesson-staging` and `lesson-production`, and carry kubetutor's label: a learner's own
cluster may have a `staging` and a `production` already, and nothing of those may be touched. The exercises are in
`namespace_room.py` and `namespace_access.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted
from kubetutor.course.namespace_access import ACCESS, unbind_everywhere
from kubetutor.course.namespace_room import NAME, ROOM
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import LessonSession

STAGING, PRODUCTION = "lesson-staging", "lesson-production"
BOTH, CHANGED, REFUSED = (
    "there are two of each name",
    "the first ones are changed",
    "the second apply is refused",
)
YES, NO = "yes", "no"
ASK = f"import urllib.request as web; web.urlopen('http://web-service.{PRODUCTION}:8080', timeout=5)"


def after_second_apply(session: LessonSession) -> str:
    """Say what became of the same manifest, applied in two namespaces."""
    found = session.cluster.api.list("deployments.apps")
    places = {item["metadata"]["namespace"] for item in found if item["metadata"]["name"] == NAME}
    if {STAGING, PRODUCTION} <= places:
        return BOTH
    return CHANGED if PRODUCTION in places else REFUSED


def can_reach(session: LessonSession) -> str:
    """Say whether a pod of staging gets an answer from the service of production."""
    script = f"try:\n    {ASK}\n    print('{YES}')\nexcept OSError:\n    print('{NO}')"
    command = ("exec", f"deployment/{NAME}", "--", "python3", "-c", script)
    return str(session.cluster.kubectl("--namespace", STAGING, *command)).strip()


def pods_in_staging(session: LessonSession) -> float:
    pods = session.cluster.api.list("pods", namespace=STAGING)
    return float(sum(not is_being_deleted(pod) for pod in pods))


LESSON = Lesson(
    slug="namespaces",
    title="Namespaces: the same names apart, and who may have what",
    needs=("a node that takes pods", "the image my-app:1.0", "the rights of an administrator"),
    namespace="lesson-namespaces",
    manifests="manifests/06-namespaces",
    also=(STAGING, PRODUCTION),
    questions=(
        Question(
            "same-names",
            "You apply the same file in a second namespace. What happens?",
            measure=after_second_apply,
            choices=(BOTH, CHANGED, REFUSED),
        ),
        Question(
            "reach",
            "Does a pod of staging get an answer from the service of production?",
            measure=can_reach,
            choices=(YES, NO),
        ),
        Question(
            "over-quota",
            "A quota allows 3 pods, and one is there. You ask for 5 replicas. How many pods will there be?",
            measure=pods_in_staging,
            unit="pods",
            most=10.0,
            step=1.0,
        ),
    ),
    exercises=(ROOM, ACCESS),
    clean_up=unbind_everywhere,
    teaches=("quota", "limit range", "resource limit", "role", "service account"),
)
