"""The rules of the lesson on managed clusters, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.course import bill_in_kind
from kubetutor.course.bill_in_kind import Bill, asked_by
from kubetutor.course.key_for_a_colleague import A_KEY, KeyFacts, in_words
from kubetutor.course.narrow_key import review
from kubetutor.course.same_for_less import SAME_FOR_LESS, LessFacts
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED

LESS = LessFacts(balancers=("web-service",), asked=200, ready=2, sent=500, silence=0.1)
OPENED = KeyFacts(allowed=("list pods",), is_used=True, newest=("2.0",), sent=500, silence=0.1)


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


@pytest.mark.parametrize(("exercise", "facts"), [(SAME_FOR_LESS, LESS), (A_KEY, OPENED)])
def test_what_is_asked_for_passes(exercise, facts):
    assert judged(exercise, facts).verdict == PASSED


@pytest.mark.parametrize(
    ("exercise", "facts"), [(SAME_FOR_LESS, LessFacts(unchanged=True)), (A_KEY, KeyFacts())]
)
def test_untouched_is_not_started(exercise, facts):
    result = judged(exercise, facts)
    assert (result.verdict, result.hint.slug) == (NOT_STARTED, "begin")


@pytest.mark.parametrize(
    ("exercise", "change", "slug"),
    [
        (SAME_FOR_LESS, {"silence": 2.9}, "silent"),
        (SAME_FOR_LESS, {"lost": 51}, "silent"),
        (SAME_FOR_LESS, {"ready": 1}, "too-few"),
        (SAME_FOR_LESS, {"balancers": ()}, "no-way-in"),
        (SAME_FOR_LESS, {"says_nothing": True}, "says-nothing"),
        (SAME_FOR_LESS, {"balancers": ("trial", "web-service")}, "balancers"),
        (SAME_FOR_LESS, {"asked": 400}, "processors"),
        (A_KEY, {"is_let_in": False}, "locked-out"),
        (A_KEY, {"silence": 2.9}, "silent"),
        (A_KEY, {"exists": False}, "silent"),
        (A_KEY, {"too_much": ("list secrets",)}, "too-much"),
        (A_KEY, {"missing": ("list pods",)}, "too-little"),
        (A_KEY, {"newest": ("1.0",)}, "not-out"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(exercise, change, slug):
    facts = LESS if exercise is SAME_FOR_LESS else OPENED
    result = judged(exercise, dataclasses.replace(facts, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.seen


def pod(cpu="", **metadata):
    resources = {"requests": {"cpu": cpu}} if cpu else {}
    return {
        "metadata": {"name": "web", **metadata},
        "spec": {"containers": [{"resources": resources}, {}]},
        "status": {"phase": "Running"},
    }


def test_pods_on_their_way_out_are_not_billed():
    gone = pod("1", deletionTimestamp="2026-01-01T00:00:00Z")
    assert asked_by([pod("100m"), pod("0.2"), pod(), gone]) == 300


def test_the_bill_says_each_thing_in_its_unit():
    said = str(Bill(nodes=2, capacity=4000, asked=300, balancers=("a", "b"), disks=()))
    assert "2, with 4 processors" in said
    assert "0.3 processors, 7.5 % of what the nodes have" in said
    assert "2: a, b" in said
    assert bill_in_kind.UNSEEN in str(Bill(asked=300))
    assert Bill(asked=300).share is None


def test_a_question_is_written_as_the_api_takes_it():
    asked = review("patch", "deployments.apps/web-app", "shop")["spec"]["resourceAttributes"]
    assert asked == {
        "verb": "patch",
        "group": "apps",
        "resource": "deployments",
        "name": "web-app",
        "namespace": "shop",
    }
    assert review("create", "pods:exec", "")["spec"]["resourceAttributes"]["subresource"] == "exec"


def test_a_question_is_said_in_words():
    assert in_words("patch", "deployments.apps/web-app") == "patch deployments web-app"
    assert in_words("create", "pods:exec") == "create pods/exec"
