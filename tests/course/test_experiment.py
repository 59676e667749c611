"""What the experiment makes of intervals; that it measures both sides is seen when the lesson runs."""

import dataclasses
import queue

import pytest

from kubetutor.cluster.load.interval import Interval
from kubetutor.course.experiment import CLUSTER, CRASH, SERVER, Loss, Recording, SideBySide
from kubetutor.errors import LessonError

GOOD = Interval(run="1", number=0, start=0.0, end=0.5, rate=50, sent=25, answered=25, lost=0, waiting=0)
BAD = dataclasses.replace(GOOD, answered=15, lost=10, silence=0.2)


def reported(*intervals):
    """Answer a recording of a program that reports these, and then goes on without a word."""
    lines = queue.SimpleQueue()
    for interval in intervals:
        lines.put(interval)
    return Recording(iter(lines.get, None))


def test_it_is_calm_when_the_newest_of_two_intervals_lost_nothing():
    recording = reported(BAD, GOOD)
    recording.wait_until_calm(since=0)
    tally = recording.since(0)
    assert (tally.sent, tally.lost, tally.longest_silence) == (50, 10, 0.2)


def test_what_came_before_a_mark_does_not_count():
    recording = reported(BAD, GOOD, GOOD)
    recording.wait_until_calm(since=1)
    assert recording.since(1).lost == 0


def test_who_is_asked_no_more_is_not_measured():
    recording = Recording(iter((BAD,)))
    with pytest.raises(LessonError, match="Nobody asks any more"):
        recording.wait_until_calm(since=0)


def test_both_sides_stand_beside_each_other_in_words():
    shown = SideBySide((Loss(CRASH, SERVER, 90, 9, 0.21), Loss(CRASH, CLUSTER, 90, 1, 0.02)))
    for text in (str(shown), shown._repr_html_()):
        assert "9 of 90 requests lost, longest silence 0.21 s" in text
        assert "a crash, cluster, three pods" in text
