"""Requests that a lesson counts between two of its cells, on a stand-in for the load pod."""

import pytest

from kubetutor.cluster.load.tally import Tally
from kubetutor.errors import LoadError
from kubetutor.exercises.counting import NOBODY, Counting


class StandInLoad:
    """A load pod that has counted what a test says."""

    def __init__(self):
        self.counted, self.trouble, self.said, self.silent = Tally(), "", [], ""
        self.is_asking = False

    def start(self, service, *, rate):
        self.said.append(f"start {service}" if rate is None else f"start {service} {rate:g}/s")
        self.is_asking = True

    def wait_for_answer(self):
        if self.silent:
            raise LoadError(self.silent)
        self.said.append("answered")

    def wait_for_reports(self, reports, **_limits):
        self.said.append(f"reports {reports}")

    def wait_until_calm(self, *, reports=1):
        self.said.append(f"calm {reports}")

    def forget(self):
        self.said.append("forget")
        self.counted = Tally()

    def stop(self):
        self.said.append("stop")
        self.is_asking = False

    def tally(self):
        return self.counted


@pytest.fixture
def load():
    return StandInLoad()


def test_before_the_start_it_says_that_nobody_asks(load):
    assert str(Counting(load)).strip() == NOBODY
    assert NOBODY in Counting(load)._repr_html_()


def test_counting_begins_with_the_first_answer_and_what_is_counted_stays_after_the_end(load):
    counting = Counting(load).start("web")
    load.counted = Tally(sent=1200, lost=3, longest_silence=0.25, versions=(("1.0", 1000), ("2.0", 197)),
                         errors=(("HTTP 503", 2), ("TimeoutError", 1)))  # fmt: skip
    assert counting.end() is counting
    assert load.said == ["start web", "answered", "reports 2", "stop"]
    assert str(counting).splitlines() == [
        "3 of 1,200 requests to web were lost",
        "  Longest time without an answer  0.25 s",
        "  Answers                         1,000 from version 1.0, 197 from version 2.0",
        "  Why lost                        HTTP 503 (2), TimeoutError (1)",
    ]
    assert counting.tally.lost == 3


def test_a_service_without_an_answer_is_said_and_nothing_counts_as_begun(load):
    load.silent = "Nobody answers at 10.96.0.7:80."
    counting = Counting(load)
    with pytest.raises(LoadError, match="Nobody answers"):
        counting.start("web")
    assert counting.began == 0
    assert NOBODY in str(counting)


def test_it_can_begin_anew_while_the_pod_goes_on(load):
    counting = Counting(load).start("web")
    first = counting.began
    load.counted = Tally(sent=50, lost=50)
    assert counting.again() is counting
    assert load.said == ["start web", "answered", "calm 1", "forget"]
    assert str(counting).startswith("Requests to web are counted from now on")
    assert 0 < first < counting.began


def test_how_often_may_be_said(load):
    Counting(load).start("web", rate=20)
    assert load.said == ["start web 20/s", "answered"]


def test_what_it_shows_has_all_that_was_asked_so_far(load):
    counting = Counting(load)
    assert counting.so_far() is counting
    assert load.said == [], "nobody asks"
    counting.start("web").so_far()
    assert load.said == ["start web", "answered", "reports 2"]


def test_settled_it_has_counted_all_that_was_asked(load):
    counting = Counting(load)
    counting.settle()
    assert load.said == [], "nobody asks"
    counting.start("web").settle()
    assert load.said == ["start web", "answered", "calm 2"]


def test_its_two_moments_are_in_order(load):
    counting = Counting(load).start("web").end()
    assert 0 < counting.began < counting.ended


def test_lost_requests_and_trouble_show_in_the_card(load):
    counting = Counting(load).start("web")
    good = counting._repr_html_()
    load.counted, load.trouble = Tally(sent=9, lost=9), "The pod load that asks the service is gone."
    assert "is gone" in str(counting)
    assert "9 of 9 requests" in counting._repr_html_()
    style = good.partition(">")[0]
    assert counting._repr_html_().partition(">")[0] != style, "another tone than without a loss"
