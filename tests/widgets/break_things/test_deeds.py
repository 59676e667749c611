"""Deeds: in a thread, once for a double click, and every error a sentence."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from kubetutor.errors import ApiError, CommandFailedError, NotPossibleError
from kubetutor.widgets.break_things.deeds import Deeds, sentence_of
from kubetutor.widgets.break_things.plan import Step
from kubetutor.widgets.break_things.signs import Before

DELETE = Step("delete", "Delete a pod", "p1", words="deleted the pod p1")
SHIP = Step("ship", "Ship a broken version", "web-app")


class Clock:
    def __init__(self):
        self.now = datetime(2026, 1, 1, 12, 3, 7, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_seconds(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def deeds(clock):
    return Deeds(clock, lambda: None)


def test_a_deed_says_when_what_was_done(deeds):
    deeds.begin(DELETE, Before(), lambda: None).join()
    (deed,) = deeds.all()
    assert (deed.state, deed.sentence) == ("done", "12:03:07 deleted the pod p1")


def test_a_double_click_does_it_once(deeds, clock):
    done = []
    deeds.begin(DELETE, Before(), lambda: done.append(1)).join()
    clock.pass_seconds(0.3)
    assert deeds.begin(DELETE, Before(), lambda: done.append(2)) is None
    assert deeds.begin(SHIP, Before(), lambda: done.append(3)) is None, "it moved under the mouse"
    clock.pass_seconds(1)
    deeds.begin(DELETE, Before(), lambda: done.append(4)).join()
    assert done == [1, 4]


def test_what_is_not_finished_is_not_begun_again(deeds, clock):
    goes_on = threading.Event()
    thread = deeds.begin(DELETE, Before(), goes_on.wait)
    clock.pass_seconds(60)
    assert deeds.begin(DELETE, Before(), lambda: None) is None
    assert deeds.all()[0].sentence == "12:03:07 deleted the pod p1 …"
    goes_on.set()
    thread.join()


def test_what_fails_says_so_in_a_sentence(deeds):
    def refused():
        raise ApiError(403, "Forbidden", 'pods "p1" is forbidden')

    deeds.begin(DELETE, Before(), refused).join()
    (deed,) = deeds.all()
    assert deed.sentence == (
        '12:03:07 could not do it: Delete a pod. The cluster refuses: pods "p1" is forbidden'
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            CommandFailedError(
                ["kubectl"], 1, "W warning\nError from server (NotFound): pods p1 not found\n"
            ),
            "kubectl says: Error from server (NotFound): pods p1 not found",
        ),
        (NotPossibleError("The cluster cannot\nstop nodes."), "The cluster cannot stop nodes."),
    ],
)
def test_errors_are_one_line(error, sentence):
    assert sentence_of(error) == sentence


def test_a_sign_is_kept_with_its_seconds_and_told_once(deeds, clock, scene):
    gone = Before(owner="", pod=None)
    deeds.begin(Step("calm", "Stop the flood"), gone, lambda: None).join()
    clock.pass_seconds(2.5)
    deeds.look(scene)
    clock.pass_seconds(1)
    deeds.look(scene)
    assert deeds.all()[0].signs == ((2.5, "The pod that asked is gone."),)
