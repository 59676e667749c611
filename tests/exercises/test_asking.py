"""The load pods of one exercise: whom they ask, what their start waits for, and what is not counted."""

import dataclasses

import pytest

from kubetutor.cluster.load.pod import RATE_VARIABLE
from kubetutor.cluster.load.tally import Tally
from kubetutor.errors import LessonError, LoadError
from kubetutor.exercises.asking import ALSO_RATE, Asking
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

HINT = Hint("begin", "look", "missing", "nearly")
TWO = Exercise(
    slug="two",
    task="Let both answer.",
    service="front",
    also=("pay",),
    observe=lambda evidence: evidence,
    untouched=Rule("a change", lambda _: True, lambda _: "none", "the pods", HINT),
    rules=(),
    passed=lambda _: "",
    solution=Attempt("none", ()),
)


class StandInLoad:
    """A load pod that writes down what it is asked to do."""

    rate, address, trouble, runs = 0.0, "", "", ("first",)

    def __init__(self, name):
        self.name, self.said, self.silence = name, [], ""

    def start(self, service, *, rate):
        self.rate, self.address = rate, f"{service}:80"
        self.said.append("start")

    def wait_for_answer(self, *, timeout):
        assert timeout
        if self.silence:
            raise LoadError(self.silence)
        self.said.append("answer")

    def wait_for_report(self, *, timeout):
        assert timeout
        self.said.append("report")

    def wait_for_news(self, *, timeout):
        self.said.append(f"news in {timeout:g}")

    def tally(self):
        return Tally(sent=len(self.name), runs=self.runs)

    def stop(self):
        self.said.append("stop")


@pytest.fixture
def loads():
    return {}


@pytest.fixture
def make(loads):
    return lambda name: loads.setdefault(name, StandInLoad(name))


def test_who_shares_a_server_asks_less_often_unless_the_number_matters(make, loads, monkeypatch):
    monkeypatch.setenv(RATE_VARIABLE, "5")
    Asking(TWO, make).start()
    assert (loads["load"].rate, loads["load-pay"].rate) == (5, 5)
    Asking(dataclasses.replace(TWO, rate=50.0), make).start()
    assert (loads["load"].rate, loads["load-pay"].rate) == (50, ALSO_RATE)


@pytest.mark.parametrize("said", ["often", "0", "-1", "nan", "400"])
def test_how_often_must_be_a_number_that_makes_sense(make, monkeypatch, said):
    monkeypatch.setenv(RATE_VARIABLE, said)
    with pytest.raises(LessonError, match=f"{RATE_VARIABLE} is '{said}'. A number up to 50 is wanted"):
        Asking(TWO, make).start()


def test_each_service_has_a_pod_of_its_own_and_the_first_is_asked_most(make, loads):
    asking = Asking(TWO, make)
    asking.start()
    assert {name: load.said for name, load in loads.items()} == {
        "load": ["start", "answer"], "load-pay": ["start", "answer"],
    }  # fmt: skip
    assert (loads["load"].rate, loads["load-pay"].rate) == (50, ALSO_RATE)
    assert (
        str(asking)
        == "the pod load asks front 50 times a second; the pod load-pay asks pay 10 times a second"
    )
    assert {service: tally.sent for service, tally in asking.tallies().items()} == {"front": 4, "pay": 8}
    assert (asking.address_of("pay"), asking.address_of("other")) == ("pay:80", "")


def test_where_nobody_answers_at_the_start_it_waits_for_the_first_question_only(make, loads):
    Asking(dataclasses.replace(TWO, also=(), answers_at_start=False), make).start()
    assert loads["load"].said == ["start", "report"]


def test_an_exercise_without_a_service_asks_nobody(make, loads):
    asking = Asking(dataclasses.replace(TWO, service="", also=()), make)
    asking.start()
    assert (loads, str(asking), asking.tallies()) == ({}, "", {})


def test_if_one_of_them_is_silent_all_stop_and_it_is_said(make, loads):
    asking = Asking(TWO, make)
    loads["load-pay"].silence = "Nobody answers at pay:80."
    with pytest.raises(LessonError, match=r"Nobody answers at pay:80\. So the exercise cannot start"):
        asking.start()
    assert [load.said[-1] for load in loads.values()] == ["stop", "stop"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trouble": "The pod load-pay is gone."}, "is gone"),
        ({"runs": ("a", "b")}, "load-pay had to begin anew"),
    ],
)
def test_what_one_of_them_did_not_count_is_not_judged(make, loads, change, words):
    asking = Asking(TWO, make)
    vars(loads["load-pay"]).update(change)
    with pytest.raises(LessonError, match=words):
        asking.tallies()


def test_news_are_awaited_from_all(make, loads):
    asking = Asking(TWO, make)
    asking.wait_for_news(timeout=4)
    assert [load.said for load in loads.values()] == [["news in 4"], ["news in 4"]]
