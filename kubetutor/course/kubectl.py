"""Lesson `kubectl`: the commands of every day, and three drills against the learner's own clock.

A drill is judged by what the cluster shows, so any command that leads there counts. The marks of the first drill are here;
the two that change a running application are in `kubectl_drills.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, labels_of
from kubetutor.course.kubectl_drills import GROW, MEND, STEM
from kubetutor.errors import ApiError
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence
    from kubetutor.exercises.lesson import LessonSession

MARK, CAUSE, SICK = "cause", "database", "orders"
ORDERS = "manifests/10-kubectl/orders.yaml"


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """Which pods carry the mark. `wrong` are those that run well, or whose mark is on the Deployment only."""

    sick: str = ""  # what the mark of the sick pod says
    others: int = 0  # healthy pods with a mark
    sick_pods: int = 0
    on_deployment: bool = False


def observe(evidence: Evidence) -> MarkFacts:
    """Read the labels of pods and of the sick Deployment."""
    api, namespace = evidence.cluster.api, evidence.namespace
    pods = [pod for pod in api.list("pods", namespace=namespace) if not is_being_deleted(pod)]
    sick = [pod for pod in pods if labels_of(pod).get("app") == SICK]
    deployments = api.list("deployments.apps", namespace=namespace)
    return MarkFacts(
        sick=next((labels_of(pod)[MARK] for pod in sick if MARK in labels_of(pod)), ""),
        others=sum(MARK in labels_of(pod) for pod in pods if pod not in sick),
        sick_pods=len(sick),
        on_deployment=any(MARK in labels_of(each) for each in deployments),
    )


RULES = (
    Rule[MarkFacts](
        expected="The pod that does not run is still there.",
        holds=lambda facts: facts.sick_pods > 0,
        seen=lambda _facts: "The pod that did not run is gone.",
        look_at="the pods of this namespace",
        hint=Hint(
            "gone",
            look="List the pods. Is one missing?",
            missing="To find a cause you need the pod, and its log.",
            nearly="Run the start() cell again, and change nothing but one label of one pod.",
        ),
    ),
    Rule[MarkFacts](
        expected=f"The pod that does not run has the label {MARK}.",
        holds=lambda facts: bool(facts.sick),
        seen=lambda _facts: f"Something else has the label {MARK}, and the pod that does not run has not.",
        look_at="the labels of the pods, and their status",
        hint=Hint(
            "wrong-place",
            look="List the pods with their labels. Which pod is not Running, or has many restarts?",
            missing="The mark belongs on the pod itself, not on another pod and not on its Deployment.",
            nearly="The name of the pod begins with orders.",
        ),
    ),
    Rule[MarkFacts](
        expected=f"No other pod has the label {MARK}.",
        holds=lambda facts: facts.others == 0,
        seen=lambda facts: f"{facts.others} pods that run well have the label {MARK} too.",
        look_at="the labels of the pods",
        hint=Hint(
            "too-many",
            look="List the pods with their labels.",
            missing="Pods that run well are marked too.",
            nearly="A label is removed by its name with a minus sign behind it.",
        ),
    ),
    Rule[MarkFacts](
        expected=f"The mark says what the log complains about: {MARK}={CAUSE}.",
        holds=lambda facts: facts.sick == CAUSE,
        seen=lambda facts: f"The mark says {facts.sick}.",
        look_at="the last line of the pod's log",
        hint=Hint(
            "word",
            look="Read the log of the pod.",
            missing="The mark does not name what could not be opened.",
            nearly="It is the last word of the log. To change a label that is there, you must say that it may be overwritten.",
        ),
    ),
)

UNTOUCHED = Rule[MarkFacts](
    expected="A mark on the pod that does not run.",
    holds=lambda facts: bool(facts.sick or facts.others or facts.on_deployment or not facts.sick_pods),
    seen=lambda _facts: f"No pod has the label {MARK}.",
    look_at="the status of the pods",
    hint=Hint(
        "begin",
        look="List the pods, and look at the column STATUS.",
        missing="One pod does not run. Its log says why.",
        nearly=f"Label that pod: the key is {MARK}, the value the last word of the log.",
    ),
)


def label(what: str, selector: str, *values: str) -> Command:
    return ("label", what, f"--selector={selector}", *values)


RIGHT = f"{MARK}={CAUSE}"
PATCH = f'{{"metadata":{{"labels":{{"{MARK}":"{CAUSE}"}}}}}}'

FIND = Exercise(
    slug="find",
    task=f"Find the pod that does not run, read in its log what it could not open, and give that pod the label {MARK}=<that word>.",
    setup=(
        ("delete", "deployment", "--all", "--wait", "--timeout=60s"),
        ("wait", "--for=delete", "pod", "--selector=app", "--timeout=60s"),
        ("apply", "-f", f"{STEM}/app.yaml"),
        ("rollout", "status", "deployment/web", "--timeout=60s"),
        ("apply", "-f", ORDERS),
        ("wait", "deployment/orders", "--for=jsonpath={.status.replicas}=1", "--timeout=60s"),
    ),
    observe=observe,
    untouched=UNTOUCHED,
    rules=RULES,
    passed=lambda facts: f"The pod is marked with {MARK}={facts.sick}, and no other pod is.",
    solution=Attempt("label it", (("get", "pods"), ("logs", "--selector=app=orders"), label("pods", "app=orders", RIGHT))),
    other_right=(
        Attempt("by what it is not", (label("pods", "app!=web", RIGHT),)),
        Attempt("all, and then not the others", (("label", "pods", "--all", RIGHT), label("pods", "app=web", f"{MARK}-"))),
        Attempt("a wrong word, corrected", (
            label("pods", "app=orders", f"{MARK}=disk"), label("pods", "app=orders", RIGHT, "--overwrite"),
        )),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the Deployment is deleted", (("delete", "deployment", SICK, "--wait"), ("wait", "--for=delete", "pod", "--selector=app=orders", "--timeout=60s")), hint="gone"),
        Attempt("the Deployment is marked", (("label", "deployment", SICK, RIGHT),), hint="wrong-place"),
        Attempt("the others are marked", (label("pods", "app=web", RIGHT),), hint="wrong-place"),
        Attempt("all are marked", (("label", "pods", "--all", RIGHT),), hint="too-many"),
        Attempt("another word", (label("pods", "app=orders", f"{MARK}=crash"),), hint="word"),
    ),
    minutes=2.0,
    timed=True,
)  # fmt: skip

REFUSED, IGNORED = "it refuses, and nothing is made", "it ignores the line, and makes the rest"


def after_typo(session: LessonSession) -> str:
    """Say whether the manifest with the mistake made anything."""
    try:
        session.cluster.api.get("deployments.apps", "typo", namespace=session.namespace)
    except ApiError as error:
        if error.code != 404:
            raise
        return REFUSED
    return IGNORED


LESSON = Lesson(
    slug="kubectl",
    title="kubectl: find, read and change, against your own clock",
    needs=("the images my-app:1.0, 2.0, 3.0 and broken",),
    namespace="lesson-kubectl",
    manifests=STEM,
    questions=(
        Question("typo", "A manifest says `replica: 5`, with one letter missing. What does the cluster do?", measure=after_typo, choices=(REFUSED, IGNORED)),
        Question("first-drill", "How many seconds will the first drill take you?", measure=lambda session: session.exercise(FIND.slug).best, unit="s", most=600.0),
    ),
    exercises=(FIND, GROW, MEND),
    teaches=("edit", "patch", "diff", "annotation"),
)  # fmt: skip
