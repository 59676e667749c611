"""The rules of the lesson on what goes wrong, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.course import maintenance
from kubetutor.course.maintenance import MAINTENANCE, MaintenanceFacts
from kubetutor.course.when_things_go_wrong import RULES, SCENE_SET, TAKE_IT_BACK, UNTOUCHED, RecoveryFacts
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED

BACK = RecoveryFacts(
    exists=True, image="my-app:2.0", replicas=4, generation=SCENE_SET + 1, ready=4, sent=900, lost=1, silence=0.1,
    fewest_ready=3, newest_versions=("2.0",),
)  # fmt: skip
EMPTY = MaintenanceFacts(exists=True, replicas=4, ready=4, has_begun=True, emptied="worker", fewest_ready=3)


def recovered(**change):
    facts = dataclasses.replace(BACK, **change)
    return judge(RULES, facts, untouched=UNTOUCHED, passed=TAKE_IT_BACK.passed).result


def emptied(**change):
    facts = dataclasses.replace(EMPTY, **change)
    rules = maintenance.RULES
    return judge(rules, facts, untouched=maintenance.UNTOUCHED, passed=MAINTENANCE.passed).result


def test_what_is_asked_for_passes_and_says_the_numbers():
    assert recovered().verdict == PASSED
    assert "1 of 900 requests were lost" in recovered().seen
    assert emptied().verdict == PASSED
    assert "never fewer than 3 of 4" in emptied().seen


def test_untouched_is_not_started():
    untouched = recovered(image="my-app:broken", generation=SCENE_SET)
    assert (untouched.verdict, untouched.hint.slug) == (NOT_STARTED, "begin")
    assert emptied(has_begun=False).verdict == NOT_STARTED


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"exists": False}, "gone"),
        ({"fewest_ready": 2}, "outage"),
        ({"silence": 1.5}, "outage"),
        ({"image": "my-app:broken"}, "still-broken"),
        ({"image": "my-app:1.0"}, "version"),
        ({"replicas": 5}, "replicas"),
        ({"ready": 3}, "under-way"),
        ({"others": 1}, "under-way"),
        ({"newest_versions": ("1.0", "2.0")}, "under-way"),
    ],
)
def test_each_state_after_a_broken_version_gets_the_hint_meant_for_it(change, slug):
    assert (recovered(**change).verdict, recovered(**change).hint.slug) == (NOT_YET, slug)


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"exists": False}, "gone"),
        ({"fewest_ready": 2}, "outage"),
        ({"emptied": ""}, "not-empty"),
        ({"replicas": 6, "ready": 6}, "replicas"),
        ({"ready": 3}, "replicas"),
    ],
)
def test_each_state_of_the_maintenance_gets_the_hint_meant_for_it(change, slug):
    assert (emptied(**change).verdict, emptied(**change).hint.slug) == (NOT_YET, slug)
