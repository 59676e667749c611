"""The rules of the capstone, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses
from types import SimpleNamespace

import pytest

from kubetutor.cluster.load.tally import Tally
from kubetutor.course.capstone_bad_day import SURVIVE, break_things
from kubetutor.course.capstone_exercises import CHANGE, OPEN
from kubetutor.course.capstone_shop import BROKEN, NAMES, NEW, OLD, Part, ShopFacts, grade, parts_of, record
from kubetutor.exercises.exercise import Evidence
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED


def shop(image, *, replicas=2, fronts=None, **each):
    parts = [
        Part(
            name,
            exists=True,
            has_service=True,
            image=image,
            replicas=replicas,
            ready=replicas,
            sent=100,
            **each,
        )
        for name in NAMES
    ]
    if fronts:
        parts[0] = dataclasses.replace(parts[0], replicas=fronts, ready=fronts)
    return ShopFacts(tuple(parts), answered=tuple((name, (f"{name}-1",)) for name in NAMES))


def with_part(facts, name, **change):
    """Answer the shop with one part changed; `answered` is who answers in its name."""
    answered = change.pop("answered", None)
    parts = tuple(dataclasses.replace(part, **change) if part.name == name else part for part in facts.parts)
    if answered is not None:
        facts = dataclasses.replace(facts, answered=((name, answered),))
    return dataclasses.replace(facts, parts=parts)


OPENED, CHANGED, SURVIVED = shop(OLD), shop(NEW, fronts=4), shop(OLD)
ABSENT = ShopFacts(tuple(Part(name) for name in NAMES))


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed)


@pytest.mark.parametrize(
    ("exercise", "right", "start"),
    [
        (OPEN, OPENED, ABSENT),
        (CHANGE, CHANGED, shop(OLD, is_new=False)),
        (SURVIVE, SURVIVED, shop(OLD, replicas=1, is_new=False)),
    ],
)
def test_what_is_asked_for_passes_and_untouched_is_not_started(exercise, right, start):
    assert judged(exercise, right).result.verdict == PASSED
    assert judged(exercise, start).result.verdict == NOT_STARTED


@pytest.mark.parametrize(
    ("exercise", "facts", "slug"),
    [
        (OPEN, with_part(OPENED, "cart", exists=False), "deploy"),
        (OPEN, with_part(OPENED, "cart", has_service=False), "expose"),
        (OPEN, with_part(OPENED, "cart", ready=1), "few"),
        (OPEN, with_part(OPENED, "cart", answered=("cart-1", "")), "silent"),
        (OPEN, with_part(OPENED, "cart", answered=("cart-1", "pay-1")), "strangers"),
        (CHANGE, with_part(CHANGED, "pay", exists=False), "gone"),
        (CHANGE, with_part(CHANGED, "pay", image=BROKEN, failing=("CrashLoopBackOff",)), "stuck"),
        (CHANGE, with_part(CHANGED, "pay", silence=2.1), "lost"),
        (CHANGE, with_part(CHANGED, "pay", lost=21), "lost"),
        (CHANGE, with_part(CHANGED, "pay", image=OLD), "version"),
        (CHANGE, with_part(CHANGED, "front", replicas=2), "size"),
        (CHANGE, with_part(CHANGED, "pay", unlike=1), "under-way"),
        (SURVIVE, with_part(SURVIVED, "pay", exists=False), "gone"),
        (SURVIVE, with_part(SURVIVED, "pay", silence=2.1), "lost"),
        (SURVIVE, with_part(SURVIVED, "pay", ready=1), "alone"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(exercise, facts, slug):
    result = judged(exercise, facts).result
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.seen


def test_a_check_waits_for_pods_that_are_asked_for_and_not_for_those_that_are_not():
    assert judged(SURVIVE, with_part(SURVIVED, "pay", ready=1)).may_mend
    assert not judged(SURVIVE, with_part(SURVIVED, "pay", ready=1, replicas=1)).may_mend


@pytest.mark.parametrize(("lost", "word"), [(0, "A"), (4, "B"), (5, "C")])
def test_the_grade_is_for_the_requests_lost_of_all(lost, word):
    facts = with_part(CHANGED, "cart", lost=lost, silence=0.3)
    assert grade(facts).startswith(word)
    assert record(facts) == f"{lost} of 400 requests were lost; the longest silence was 0.30 s (cart)"


class Api:
    """Answers lists of objects by kind."""

    def __init__(self, **lists):
        self.lists = lists

    def list(self, kind, *, namespace):
        assert namespace == "shop"
        return self.lists.get(kind.partition(".")[0], [])


def pod(name, part, image=OLD, *, is_ready=True, **metadata):
    owner = [{"kind": "ReplicaSet", "name": "h", "uid": "h", "controller": True}]
    return {
        "metadata": {
            "name": name,
            "uid": name,
            "labels": {"app": part},
            "ownerReferences": owner,
            **metadata,
        },
        "spec": {"containers": [{"image": image}]},
        "status": {"conditions": [{"type": "Ready", "status": str(is_ready)}]},
    }


def evidence(pods, *, tallies=None, at_start=()):
    template = {"spec": {"containers": [{"image": NEW}]}}
    pay = {
        "metadata": {"name": "pay"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "pay"}}, "template": template},
    }
    api = Api(pods=pods, deployments=[pay], services=[{"metadata": {"name": "pay"}}])
    return Evidence(SimpleNamespace(api=api), "shop", Tally(), 0, frozenset(at_start), tallies=tallies or {})


def test_a_part_is_read_from_its_deployment_its_pods_and_the_requests_to_it():
    pods = [
        pod("pay-a", "pay"), pod("pay-b", "pay", NEW, is_ready=False), pod("cart-a", "cart"),
        pod("pay-gone", "pay", deletionTimestamp="2026-01-01T00:00:00Z"),
    ]  # fmt: skip
    tallies = {"pay": Tally(sent=50, lost=2, longest_silence=0.2)}
    parts = {part.name: part for part in parts_of(evidence(pods, tallies=tallies, at_start=("pay-a",)))}
    assert parts["pay"] == Part(
        "pay", exists=True, has_service=True, image=NEW, replicas=2, ready=1, unlike=1, is_new=True,
        lost=2, sent=50, silence=0.2,
    )  # fmt: skip
    assert not parts["cart"].exists


def test_the_check_breaks_a_ready_pod_of_three_parts_and_the_version_of_the_fourth():
    pods = [
        pod("cart-a", "cart", is_ready=False), pod("cart-b", "cart"), pod("front-b", "front"), pod("front-a", "front"),
        pod("pay-a", "pay"), pod("stock-a", "stock", deletionTimestamp="2026-01-01T00:00:00Z"), pod("stock-b", "stock"),
    ]  # fmt: skip
    deletion, new_version = break_things(evidence(pods))
    assert deletion == ("delete", "pod", "front-a", "stock-b", "cart-b", "--wait=false")
    assert new_version == ("set", "image", "deployment/pay", f"*={BROKEN}")
