"""The rules of the drills, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.course.kubectl import FIND, MarkFacts, growth
from kubetutor.course.kubectl_drills import GROW, MEND, WebFacts
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED
from kubetutor.exercises.timeline import Moment

GOOD = {
    "find": MarkFacts(cause="database", code="1", sick_pods=1),
    "grow": WebFacts(
        exists=True, image="my-app:2.0", replicas=5, generation=3, ready=5, pods=5, fewest_ready=3
    ),
    "mend": WebFacts(
        exists=True, image="my-app:1.0", replicas=3, generation=4, ready=3, pods=3, fewest_ready=3, note="broken"
    ),
}  # fmt: skip
UNTOUCHED = {
    "find": {"cause": "", "code": ""},
    "grow": {"image": "my-app:1.0", "replicas": 3, "generation": 1},
    "mend": {"image": "my-app:broken", "generation": 3, "others": 1, "note": ""},
}


def judged(exercise, **change):
    facts = dataclasses.replace(GOOD[exercise.slug], **change)
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


@pytest.mark.parametrize("exercise", [FIND, GROW, MEND], ids=lambda exercise: exercise.slug)
def test_what_is_asked_for_passes_and_what_is_as_at_the_start_is_not_started(exercise):
    assert judged(exercise).verdict == PASSED
    untouched = judged(exercise, **UNTOUCHED[exercise.slug])
    assert (untouched.verdict, untouched.hint.slug) == (NOT_STARTED, "begin")


@pytest.mark.parametrize(
    ("exercise", "change", "slug"),
    [
        (FIND, {"sick_pods": 0}, "gone"),
        (FIND, {"cause": "", "code": "", "others": 3}, "wrong-place"),
        (FIND, {"cause": "", "code": "", "on_deployment": True}, "wrong-place"),
        (FIND, {"others": 3}, "too-many"),
        (FIND, {"cause": "crash"}, "word"),
        (FIND, {"code": ""}, "number"),
        (FIND, {"code": "137"}, "number"),
        (GROW, {"exists": False}, "gone"),
        (GROW, {"fewest_ready": 2}, "outage"),
        (GROW, {"image": "my-app:3.0"}, "version"),
        (GROW, {"replicas": 3}, "replicas"),
        (GROW, {"ready": 4}, "under-way"),
        (MEND, {"fewest_ready": 2}, "outage"),
        (MEND, {"image": "my-app:2.0"}, "version"),
        (MEND, {"replicas": 5}, "replicas"),
        (MEND, {"pods": 4}, "under-way"),
        (MEND, {"others": 1}, "leftover"),
        (MEND, {"note": ""}, "note"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(exercise, change, slug):
    result = judged(exercise, **change)
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.seen


def test_growth_is_counted_from_the_moment_when_the_pods_are_there():
    moments = [Moment(1.0, 3, 3), Moment(2.0, 3, 5), Moment(2.5, 4, 5), Moment(3.5, 5, 5)]
    assert growth(moments, pods=5) == 1.5
    assert growth(moments[:3], pods=5) is None
    assert growth([], pods=5) is None
