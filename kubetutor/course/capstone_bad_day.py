"""The third day of the shop: things break, and customers should not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_pod_ready, name_of
from kubetutor.course.capstone_rules import KEPT_UP, READY, REMOVE, WAITS, all_there, bring, few, names, scale
from kubetutor.course.capstone_shop import (
    BROKEN,
    MANIFEST,
    NAMES,
    NEW,
    ShopFacts,
    grade,
    is_of,
    observe,
    record,
)
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence


def break_things(evidence: Evidence) -> tuple[Command, ...]:
    """Delete one Ready pod of three parts, and ship a version that crashes to the fourth."""
    pods = evidence.cluster.api.list("pods", namespace=evidence.namespace)
    found = sorted(name_of(pod) for pod in pods if is_pod_ready(pod) and not is_being_deleted(pod))
    first = [name for part in NAMES[:3] for name in [each for each in found if is_of(each, part)][:1]]
    return (("delete", "pod", *first, "--wait=false"), ("set", "image", "deployment/pay", f"*={BROKEN}"))


RECREATE = '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}'

SURVIVE = Exercise(
    slug="survive",
    task="Each part has one pod. Make the shop ready for a bad day: the check deletes pods, ships a broken version to pay, and counts.",
    also=NAMES,
    setup=(REMOVE, ("apply", "-f", MANIFEST), scale(1), READY),
    trouble=break_things,
    observe=observe,
    measured=("silence", "lost", "sent"),
    minutes=3.0,
    untouched=Rule[ShopFacts](
        expected="A shop that is made ready.",
        holds=lambda facts: any(part.replicas != 1 or part.is_new or not part.exists for part in facts.parts),
        seen=lambda _facts: "Each part still has one pod, the one of the start.",
        look_at="the number of pods of each part",
        hint=Hint(
            "begin",
            look="Count the pods of each part.",
            missing="When the only pod of a part goes, nobody answers until the next one is Ready.",
            nearly="More than one copy of each: when one goes, the others answer meanwhile.",
        ),
    ),
    rules=(
        all_there("gone"),
        KEPT_UP,
        Rule[ShopFacts](
            expected="At least two Ready pods of each part.",
            holds=lambda facts: not few(facts),
            seen=lambda facts: f"Fewer than two Ready pods: {names(few(facts))}.",
            look_at="the number of Ready pods of each part",
            may_mend=lambda facts: all(part.replicas >= 2 for part in facts.parts),
            hint=Hint(
                "alone",
                look="Find the part with the fewest Ready pods.",
                missing="A part with one pod is silent when that pod is lost. The check waits with breaking until each has two.",
                nearly="Scale every part to two or more, not only the one that customers see.",
            ),
        ),
    ),
    passed=lambda facts: (
        f"Grade {grade(facts)}. The check deleted a pod of front, stock and cart, and shipped my-app:broken to pay: {record(facts)}. "
        "pay still asks for the broken version: to take it back is up to you."
    ),
    solution=Attempt("two of each", (scale(2), *WAITS)),
    other_right=(
        Attempt("three of each", (scale(3), *WAITS)),
        Attempt("the manifest again", (("apply", "-f", MANIFEST), *WAITS)),
        Attempt("a new version on the way", (scale(2), *bring(NEW), *WAITS)),
    ),
    typical_wrong=(
        Attempt("only what customers see", (scale(3, "front"), *WAITS), hint="alone"),
        Attempt("a part is deleted", (("delete", "deployment", "stock", "--wait"),), hint="gone"),
        Attempt(
            "two of each, but all are replaced at once",
            (("patch", "deployment", "pay", "--patch", RECREATE), scale(2), *WAITS),
            hint="lost",
        ),
        Attempt(
            "off and on again",
            (scale(0), ("wait", "--for=delete", "pod", "--selector=app in (front, stock, cart, pay)", "--timeout=60s"), scale(2), *WAITS),
            hint="lost",
        ),
    ),
)  # fmt: skip
