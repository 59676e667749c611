"""The rules of the lesson on services, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.cluster.load.tally import Newest, Tally
from kubetutor.course.service_exercises import NOBODY_ANSWERS, SWITCH
from kubetutor.course.service_facts import ServiceFacts, facts_of
from kubetutor.exercises.exercise import Evidence
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED

MENDED = ServiceFacts(
    exists=True, address_kept=True, endpoints=("a", "b", "c"), answering=3, smallest_share=0.3, answers=120,
    newest=("1.0",), sent=200, lost=80,
)  # fmt: skip
SWITCHED = dataclasses.replace(MENDED, newest=("2.0",), lost=0, silence=0.1)


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


@pytest.mark.parametrize(("exercise", "facts"), [(NOBODY_ANSWERS, MENDED), (SWITCH, SWITCHED)])
def test_what_is_asked_for_passes_and_untouched_is_not_started(exercise, facts):
    assert judged(exercise, facts).verdict == PASSED
    assert judged(exercise, dataclasses.replace(facts, unchanged=True)).verdict == NOT_STARTED


@pytest.mark.parametrize(
    ("exercise", "change", "slug"),
    [
        (NOBODY_ANSWERS, {"exists": False}, "gone"),
        (NOBODY_ANSWERS, {"address_kept": False}, "moved"),
        (NOBODY_ANSWERS, {"strays": 3}, "strays"),
        (NOBODY_ANSWERS, {"endpoints": ()}, "no-endpoints"),
        (NOBODY_ANSWERS, {"newest": ("1.0", "no answer")}, "wrong-port"),
        (NOBODY_ANSWERS, {"answering": 2}, "three"),
        (NOBODY_ANSWERS, {"smallest_share": 0.1}, "three"),
        (SWITCH, {"endpoints": ()}, "nobody"),
        (SWITCH, {"silence": 0.9}, "silence"),
        (SWITCH, {"not_green": 1}, "not-green"),
        (SWITCH, {"newest": ("1.0", "2.0")}, "not-green"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(exercise, change, slug):
    facts = MENDED if exercise is NOBODY_ANSWERS else SWITCHED
    result = judged(exercise, dataclasses.replace(facts, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.seen


def pod(name, **labels):
    owner = [{"kind": "ReplicaSet", "name": "h", "uid": "h", "controller": True}]
    return {
        "metadata": {"name": name, "uid": name, "labels": labels, "ownerReferences": owner},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }


def test_facts_are_read_from_the_service_its_pods_and_the_requests():
    service = {
        "spec": {
            "selector": {"app": "web"},
            "clusterIP": "10.0.0.1",
            "ports": [{"port": 8080, "targetPort": 3000}],
        }
    }
    pods = {"a": pod("a", colour="green"), "b": pod("b", colour="blue"), "other": pod("other")}
    tally = Tally(100, 40, 0.2, ((Newest("2.0", 60),),), pods=(("a", 45), ("b", 15), ("gone", 9)))
    evidence = Evidence(None, "shop", tally, 2, frozenset(pods), asked="10.0.0.1:8080")
    facts = facts_of(service, pods, ("a", "b"), evidence, start=({"app": "web"}, 3000, True))
    assert facts.unchanged
    assert facts.address_kept
    assert (facts.answering, facts.answers, facts.smallest_share, facts.not_green) == (2, 60, 0.25, 1)
    assert facts.newest == ("2.0",)
