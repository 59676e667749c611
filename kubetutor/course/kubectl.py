"""Lesson `kubectl`: the commands of every day, and three drills against the learner's own clock.

A drill is judged by what the cluster shows, so any command that leads there counts. The marks of the first drill are here;
the two that change a running application are in `kubectl_drills.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, labels_of
from kubetutor.course.kubectl_drills import ANEW, GROW, MEND, MORE, ORDERS, ORDERS_FILE, STEM
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question
from kubetutor.exercises.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.exercises.exercise import Command, Evidence
    from kubetutor.exercises.lesson import LessonSession
    from kubetutor.exercises.timeline import Moment

CAUSE, CODE = "cause", "code"  # the keys of the two marks
WORD, NUMBER = "database", "1"  # what they must say: the log's last word, and the exit code


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """Which pods carry a mark, and what those of the pod say that does not run."""

    cause: str = ""
    code: str = ""
    others: int = 0  # pods that run well and have a mark
    sick_pods: int = 0
    on_deployment: bool = False


def observe(evidence: Evidence) -> MarkFacts:
    """Read the labels of pods and of the Deployments."""
    api, namespace = evidence.cluster.api, evidence.namespace
    pods = [pod for pod in api.list("pods", namespace=namespace) if not is_being_deleted(pod)]
    sick = [labels_of(pod) for pod in pods if labels_of(pod).get("app") == ORDERS]
    well = [labels_of(pod) for pod in pods if labels_of(pod).get("app") != ORDERS]
    deployments = api.list("deployments.apps", namespace=namespace)
    return MarkFacts(
        cause=next((labels[CAUSE] for labels in sick if CAUSE in labels), ""),
        code=next((labels[CODE] for labels in sick if CODE in labels), ""),
        others=sum(is_marked(labels) for labels in well),
        sick_pods=len(sick),
        on_deployment=any(is_marked(labels_of(each)) for each in deployments),
    )


def is_marked(labels: dict[str, str]) -> bool:
    return not labels.keys().isdisjoint({CAUSE, CODE})


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
            nearly="Run the start() cell again, and change nothing but labels of one pod.",
        ),
    ),
    Rule[MarkFacts](
        expected=f"The pod that does not run has the labels {CAUSE} and {CODE}.",
        holds=lambda facts: bool(facts.cause or facts.code),
        seen=lambda _facts: "Something else is marked, and the pod that does not run is not.",
        look_at="the labels of the pods, and their status",
        hint=Hint(
            "wrong-place",
            look="List the pods with their labels. Which pod is not Running, or has many restarts?",
            missing="The marks belong on the pod itself, not on another pod and not on its Deployment.",
            nearly="The name of the pod begins with orders.",
        ),
    ),
    Rule[MarkFacts](
        expected="No other pod is marked.",
        holds=lambda facts: facts.others == 0,
        seen=lambda facts: f"Marked too, and well: {number_of(facts.others, 'pod')}.",
        look_at="the labels of the pods",
        hint=Hint(
            "too-many",
            look="List the pods with their labels.",
            missing="Pods that run well are marked too.",
            nearly="A label is removed by its name with a minus sign behind it.",
        ),
    ),
    Rule[MarkFacts](
        expected=f"{CAUSE} is what the log complains about: {WORD}.",
        holds=lambda facts: facts.cause == WORD,
        seen=lambda facts: f"{CAUSE} is {facts.cause or 'not there'}.",
        look_at="the last line of the pod's log",
        hint=Hint(
            "word",
            look="Read the log of the pod.",
            missing=f"The label {CAUSE} does not name what could not be opened.",
            nearly="It is the last word of the log. To change a label that is there, you must say that it may be overwritten.",
        ),
    ),
    Rule[MarkFacts](
        expected=f"{CODE} is the exit code of the pod's program: {NUMBER}.",
        holds=lambda facts: facts.code == NUMBER,
        seen=lambda facts: f"{CODE} is {facts.code or 'not there'}.",
        look_at="the last state of the pod's container",
        hint=Hint(
            "number",
            look="Describe the pod, and read the last state of its container.",
            missing=f"The label {CODE} does not have the number with which the program ended.",
            nearly="The line begins with Exit Code.",
        ),
    ),
)

UNTOUCHED = Rule[MarkFacts](
    expected="Marks on the pod that does not run.",
    holds=lambda facts: (
        bool(facts.cause or facts.code or facts.others or facts.on_deployment) or not facts.sick_pods
    ),
    seen=lambda _facts: f"Nothing has a label {CAUSE} or {CODE}.",
    look_at="the status of the pods",
    hint=Hint(
        "begin",
        look="List the pods, and look at the column STATUS.",
        missing="One pod does not run. Its log says why, and its description with which exit code.",
        nearly=f"Label that pod: {CAUSE} is the last word of the log, {CODE} the exit code.",
    ),
)


def label(what: str, selector: str, *values: str) -> Command:
    return ("label", what, f"--selector={selector}", *values)


THEIRS = f"app={ORDERS}"
RIGHT = (f"{CAUSE}={WORD}", f"{CODE}={NUMBER}")
ENDED = "{.status.containerStatuses[0].lastState.terminated.exitCode}"

FIND = Exercise(
    slug="find",
    task=f"Find the pod that does not run. Give it the labels {CAUSE}=<the last word of its log> and {CODE}=<its exit code>.",
    setup=(
        *ANEW,
        ("apply", "-f", ORDERS_FILE),
        ("wait", f"deployment/{ORDERS}", "--for=jsonpath={.status.replicas}=1", "--timeout=60s"),
        ("wait", "pod", f"--selector={THEIRS}", f"--for=jsonpath={ENDED}={NUMBER}", "--timeout=60s"),
    ),
    observe=observe,
    untouched=UNTOUCHED,
    rules=RULES,
    passed=lambda facts: f"The pod is marked with {CAUSE}={facts.cause} and {CODE}={facts.code}, and no other pod is.",
    solution=Attempt("read and label", (
        ("get", "pods"), ("logs", f"--selector={THEIRS}"),
        ("get", "pods", f"--selector={THEIRS}", f"--output=jsonpath={{.items[0]{ENDED[1:]}"),
        label("pods", THEIRS, *RIGHT),
    )),
    other_right=(
        Attempt("by what it is not", (label("pods", "app!=web", *RIGHT),)),
        Attempt("all, and then not the others", (("label", "pods", "--all", *RIGHT), label("pods", "app=web", f"{CAUSE}-", f"{CODE}-"))),
        Attempt("one by one, a wrong word corrected", (
            label("pods", THEIRS, f"{CODE}={NUMBER}"), label("pods", THEIRS, f"{CAUSE}=disk"), label("pods", THEIRS, RIGHT[0], "--overwrite"),
        )),
    ),
    typical_wrong=(
        Attempt("the Deployment is deleted", (("delete", "deployment", ORDERS, "--wait"), ("wait", "--for=delete", "pod", f"--selector={THEIRS}", "--timeout=60s")), hint="gone"),
        Attempt("the Deployment is marked", (("label", "deployment", ORDERS, *RIGHT),), hint="wrong-place"),
        Attempt("the others are marked", (label("pods", "app=web", *RIGHT),), hint="wrong-place"),
        Attempt("all are marked", (("label", "pods", "--all", *RIGHT),), hint="too-many"),
        Attempt("another word", (label("pods", THEIRS, f"{CAUSE}=crash", RIGHT[1]),), hint="word"),
        Attempt("the exit code only", (label("pods", THEIRS, RIGHT[1]),), hint="word"),
        Attempt("the word only", (label("pods", THEIRS, RIGHT[0]),), hint="number"),
        Attempt("the number of restarts", (label("pods", THEIRS, RIGHT[0], f"{CODE}=4"),), hint="number"),
    ),
    minutes=2.0,
    timed=True,
)  # fmt: skip

REFUSED, IGNORED = "it refuses, and nothing is made", "it ignores the line, and makes the rest"


def after_typo(session: LessonSession) -> str:
    """Say whether the manifest with the mistake made anything."""
    made = session.cluster.api.find("deployments.apps", "typo", namespace=session.namespace)
    return IGNORED if made else REFUSED


def growth(moments: Sequence[Moment], *, pods: int) -> float | None:
    """Answer the seconds from the moment when so many pods were there until so many were Ready; None if not yet."""
    there = next((moment.time for moment in moments if moment.pods >= pods), None)
    ready = next((moment.time for moment in moments if moment.ready >= pods), None)
    return None if there is None or ready is None else ready - there


def after_scale(session: LessonSession) -> float | None:
    """Answer how long the cluster went on working after `kubectl scale` had ended."""
    eventually(lambda: growth(session.moments(), pods=MORE) is not None)
    return growth(session.moments(), pods=MORE)


LESSON = Lesson(
    slug="kubectl",
    title="kubectl: find, read and change, against your own clock",
    needs=("the images my-app:1.0, 2.0, 3.0 and broken", "measured CPU use, for one cell"),
    namespace="lesson-kubectl",
    manifests=STEM,
    questions=(
        Question("after-scale", "kubectl has printed its line. How many seconds later are five pods Ready?", measure=after_scale, unit="s"),
        Question("typo", "A manifest says replica: 5, with one letter missing. What does the cluster do?", measure=after_typo, choices=(REFUSED, IGNORED)),
        Question("first-drill", "How many seconds will the first drill take you?", measure=lambda session: session.exercise(FIND.slug).best, unit="s", most=600.0),
    ),
    exercises=(FIND, GROW, MEND),
    teaches=(
        "edit", "patch", "replace", "diff", "annotation", "copy", "attach", "debug", "proxy", "kustomize", "kubectl's own settings",
    ),
)  # fmt: skip
