"""The rules of the lesson on alternatives, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.course.keep_the_count import KEEP_THE_COUNT, CountFacts, storage_of, why_it_waits
from kubetutor.course.same_app import SAME_APP, SameAppFacts, hear
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED

ANSWERED = SameAppFacts(
    ready=3, has_service=True, behind=3, ports=("3000 to 3000",), sent=30, versions=("2.0",), answered_by=3
)
COUNTED = CountFacts(exists=True, storage="persistentVolumeClaim", began_at=17)


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


@pytest.mark.parametrize(("exercise", "facts"), [(SAME_APP, ANSWERED), (KEEP_THE_COUNT, COUNTED)])
def test_what_is_asked_for_passes(exercise, facts):
    assert judged(exercise, facts).verdict == PASSED


@pytest.mark.parametrize(
    ("exercise", "facts"),
    [
        (SAME_APP, SameAppFacts()),
        (KEEP_THE_COUNT, CountFacts(exists=True, storage="emptyDir", same_pod=True)),
    ],
)
def test_untouched_is_not_started(exercise, facts):
    result = judged(exercise, facts)
    assert (result.verdict, result.hint.slug) == (NOT_STARTED, "begin")


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"asks": "http://web:8080/?json"}, "visitor"),
        ({"ready": 0, "behind": 0}, "no-pods"),
        ({"has_service": False}, "name"),
        ({"behind": 0}, "nobody-behind"),
        ({"lost": 1}, "port"),
        ({"sent": 0}, "port"),
        ({"versions": ("1.0", "2.0")}, "version"),
        ({"answered_by": 2}, "copies"),
    ],
)
def test_each_state_of_the_shop_gets_the_hint_meant_for_it(change, slug):
    result = judged(SAME_APP, dataclasses.replace(ANSWERED, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"exists": False}, "gone"),
        ({"waits": "persistentvolumeclaim not found"}, "waits"),
        ({"storage": "hostPath"}, "own-folder"),
        ({"began_at": 0}, "from-zero"),
        ({"began_at": None}, "from-zero"),
    ],
)
def test_each_state_of_the_counter_gets_the_hint_meant_for_it(change, slug):
    result = judged(KEEP_THE_COUNT, dataclasses.replace(COUNTED, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)


def test_what_the_visitor_hears_is_read_from_its_log():
    heard = hear("answered 2.0 web-a\nno answer: refused\nanswered 1.0 web-b\nanswered\n")
    assert (heard.sent, heard.lost, heard.versions, heard.pods) == (3, 1, ("1.0", "2.0"), ("web-a", "web-b"))


def test_storage_and_waiting_are_read_from_objects():
    assert storage_of({"volumes": [{"name": "data", "hostPath": {"path": "/x"}}]}) == "hostPath"
    assert storage_of({}) == ""
    waiting = {"status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no claim"}]}}
    assert why_it_waits(waiting) == "no claim"
    assert why_it_waits({"status": {}}) == ""
