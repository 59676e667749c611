"""Lesson `your-lesson`: what the notebook does not say. What its exercise measures, what each hint is for, right and wrong answers.

`kubetutor check-course your-lesson` reads the lesson, and proves all of this on a cluster. Change it piece by piece, and check.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubetutor.exercises.exercise import Attempt, Evidence, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson, LessonSession
from kubetutor.exercises.predict import Question

MANIFEST = "manifests/your-lesson/shop.yaml"
WANTED = 3  # copies of the shop
SILENCE_ALLOWED = 1.0  # seconds without a single answer

# A prediction. The learner chooses an answer, runs a cell, and sees what was measured: `measure` returns one of the choices.
ONE, SEVERAL = "the pod that was there first", "several pods"


def who_answers(session: LessonSession) -> str | None:
    """Ask the shop twelve times, and say how many pods answered. None: nobody did, so there is nothing to compare."""
    pods = {answer.pod for answer in session.ask("shop", 12).answers if answer.pod}
    if not pods:
        return None
    return SEVERAL if len(pods) > 1 else ONE


# An exercise. `observe` reads the cluster, and what was measured since its start, into plain facts. Rules judge those.
@dataclass(frozen=True)
class ShopFacts:
    """What the exercise is judged by."""

    replicas: int = 0  # that the Deployment asks for; 0 without one
    exists: bool = False
    ready: int = 0
    fewest_ready: int = 0  # at any moment since the start
    sent: int = 0  # requests, since the start
    lost: int = 0
    silence: float = 0.0  # seconds, the longest time without an answer


def observe(evidence: Evidence) -> ShopFacts:
    """Read the Deployment, and what the requests met."""
    deployments = evidence.cluster.api.list("deployments.apps", namespace=evidence.namespace)
    shop = next((each for each in deployments if each["metadata"]["name"] == "shop"), None)
    tally = evidence.tally
    return ShopFacts(
        replicas=shop["spec"]["replicas"] if shop else 0,
        exists=shop is not None,
        ready=shop.get("status", {}).get("readyReplicas", 0) if shop else 0,
        fewest_ready=evidence.fewest_ready,
        sent=tally.sent,
        lost=tally.lost,
        silence=tally.longest_silence,
    )


# The rule that holds once the learner has done something. Until then the exercise is not started.
UNTOUCHED = Rule[ShopFacts](
    expected="A change of the Deployment shop.",
    holds=lambda facts: not (facts.exists and facts.replicas == 1),
    seen=lambda _facts: "The Deployment shop still asks for one copy.",
    look_at="the number of replicas that the Deployment asks for",
    hint=Hint(
        "begin",
        look="Look at the Deployment: how many copies does it ask for?",
        missing="You say how many copies there should be, and Kubernetes makes them. Nothing has asked for more yet.",
        nearly="One command sets the number of replicas of a Deployment. You used it in this lesson.",
    ),
)

# Each rule is one thing that must hold, in the order in which a learner should hear of them. Each has a hint of its own, and for
# each hint there is a wrong answer below that gets it. Hints name no command. `may_mend`: waiting can help, so the check waits.
RULES = (
    Rule[ShopFacts](
        expected="A Deployment shop that looks after the pods.",
        holds=lambda facts: facts.exists,
        seen=lambda _facts: "There is no Deployment shop in this namespace.",
        look_at="the Deployments of this namespace",
        hint=Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment is deleted, and its pods went with it. Nobody answers.",
            nearly="Run the start() cell again: it brings the shop back. Then change it, and delete nothing.",
        ),
    ),
    Rule[ShopFacts](
        expected=f"The Deployment asks for {WANTED} replicas or more.",
        holds=lambda facts: facts.replicas >= WANTED,
        seen=lambda facts: f"The Deployment asks for {facts.replicas} replicas.",
        look_at="the number of replicas that the Deployment asks for",
        hint=Hint(
            "replicas",
            look="Look at the number of replicas that the Deployment asks for.",
            missing=f"It is not one any more, and it is less than {WANTED}.",
            nearly=f"Set the number of replicas to {WANTED}.",
        ),
    ),
    Rule[ShopFacts](
        expected=f"{WANTED} Ready pods or more.",
        holds=lambda facts: facts.ready >= WANTED,
        seen=lambda facts: f"{facts.ready} of {facts.replicas} pods are Ready.",
        look_at="the status of the pods that are not Ready",
        may_mend=lambda _facts: True,
        hint=Hint(
            "not-ready",
            look="List the pods, and read the status of those that are not Ready.",
            missing="The number is right, but the pods cannot run: something about them is not what it was at the start.",
            nearly="Read their image. At the start it was my-app with the tag 1.0.",
        ),
    ),
    Rule[ShopFacts](
        expected="The shop answers all the time: always at least one Ready pod, never a second of silence.",
        holds=lambda facts: facts.fewest_ready >= 1 and facts.silence <= SILENCE_ALLOWED,
        seen=lambda facts: (
            f"At one moment {facts.fewest_ready} pods were Ready. {facts.lost} of {facts.sent} requests were lost, and for "
            f"{facts.silence:.1f} s nobody answered."
        ),
        look_at="the number of Ready pods over time, in the live view",
        hint=Hint(
            "closed",
            look="Look at how many pods were Ready at each moment, in the live view.",
            missing="There was a moment without a Ready pod. A customer who came then went away.",
            nearly="Run the start() cell again. Go up from one, and never to zero.",
        ),
    ),
)


def passed(facts: ShopFacts) -> str:
    """Say with measured numbers what the learner has reached."""
    return (
        f"{facts.ready} copies of the shop are Ready. {facts.lost} of {facts.sent} requests were lost meanwhile; the longest "
        f"time without an answer was {facts.silence:.2f} s."
    )


# Answers are commands, without `kubectl` before them. They are tried on a cluster, in the lesson's namespace, by whoever checks the
# lesson: right ones must pass, wrong ones must get the hint that they name.
MORE_COPIES = Exercise(
    slug="more-copies",
    task=f"Bring the shop from one copy to {WANTED} Ready copies, while it answers all the time.",
    service="shop",  # is asked 50 times a second from the start
    setup=(  # brings any state to the start
        ("delete", "deployment", "shop", "--ignore-not-found", "--wait", "--timeout=60s"),
        ("apply", "-f", MANIFEST),
        ("rollout", "status", "deployment/shop", "--timeout=60s"),
    ),
    observe=observe,
    measured=(
        "fewest_ready",
        "silence",
    ),  # the facts that come from measuring, not from how things stand at the end
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("scale", (("scale", "deployment/shop", f"--replicas={WANTED}"),)),
    other_right=(
        Attempt("patch", (("patch", "deployment", "shop", "--patch", '{"spec":{"replicas":3}}'),)),
        Attempt(
            "one after the other",
            (("scale", "deployment/shop", "--replicas=2"), ("scale", "deployment/shop", "--replicas=3")),
        ),
        Attempt("more than asked", (("scale", "deployment/shop", "--replicas=5"),)),
    ),
    typical_wrong=(
        Attempt("the pod is deleted", (("delete", "pod", "--selector=app=shop"),), hint="begin"),
        Attempt("the Deployment is deleted", (("delete", "deployment", "shop", "--wait"),), hint="gone"),
        Attempt("two copies", (("scale", "deployment/shop", "--replicas=2"),), hint="replicas"),
        Attempt(
            "made anew, with a version that does not exist",
            (
                ("delete", "deployment", "shop", "--wait"),
                ("create", "deployment", "shop", "--image=my-app:9.9", "--replicas=3"),
            ),
            hint="not-ready",
        ),
        Attempt(
            "closed, and opened with three",
            (
                ("scale", "deployment/shop", "--replicas=0"),
                ("wait", "--for=delete", "pod", "--selector=app=shop", "--timeout=60s"),
                ("scale", "deployment/shop", "--replicas=3"),
            ),
            hint="closed",
        ),
    ),
    minutes=3.0,  # that a learner is given to try it
)

LESSON = Lesson(
    slug="your-lesson",
    title="Your lesson: one copy, or three",
    needs=("a node that takes pods", "the image my-app:1.0", "a service that can be asked from this machine"),
    namespace="lesson-your-lesson",
    manifests="manifests/your-lesson",
    questions=(
        Question(
            "who-answers",
            "Three copies of the shop are Ready. You ask it twelve times. Who answers?",
            measure=who_answers,
            choices=(ONE, SEVERAL),
        ),
    ),
    exercises=(MORE_COPIES,),
    teaches=("scale",),  # concepts that the course has words for; this lesson explains them
    after=("start-here",),  # the lessons that come before: what they teach may be used here
)
