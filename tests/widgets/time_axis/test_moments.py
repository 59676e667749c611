"""Named moments, and what was expected beside what was measured."""

import pytest

from kubetutor.errors import LessonError
from kubetutor.widgets.time_axis.moments import (
    comparisons,
    find_mark,
    laid_out,
    marked,
    ready_again,
    sentence_of,
)
from tests.widgets.time_axis.recorded import Told, rollout


def test_a_mark_is_found_by_its_name_or_is_the_newest():
    marks = [marked("scaled to 5", 3.0), marked("deleted a pod", 9.0)]
    assert find_mark(marks, "scaled to 5").at == 3.0
    assert find_mark(marks, None).at == 9.0


def test_a_name_that_nobody_gave_is_refused_with_those_that_are_there():
    with pytest.raises(LessonError, match=r"No moment is named 'scaled to 6'.*Named so far: 'scaled to 5'"):
        find_mark([marked("scaled to 5", 3.0)], "scaled to 6")
    with pytest.raises(LessonError, match="No moment has a name yet"):
        find_mark([], None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4.2, "1.2 s later than expected"), (2.5, "0.5 s sooner than expected"), (3.0, "just as expected")],
)
def test_the_difference_is_said_and_nothing_is_graded(seconds, words):
    mark = marked("scaled to 5", 3.0)
    said = comparisons([mark, laid_out("expected", "your prediction", 3.0, mark), laid_out("measured", "measured", seconds, mark)])  # fmt: skip
    assert said == [f"After “scaled to 5”: your prediction 3.0 s, measured {seconds:.1f} s: {words}"]


def test_what_was_only_expected_is_compared_with_nothing():
    mark = marked("scaled to 5", 3.0)
    expected = laid_out("expected", "your prediction", 3.0, mark)
    assert comparisons([mark, expected]) == []
    assert sentence_of(expected) == "your prediction: expected 3.0 s after “scaled to 5”"


def test_ready_again_is_when_as_many_are_ready_as_wanted_after_too_few_were():
    lines = rollout().history.lines.values()
    assert ready_again(lines, 7.9) == 26.0
    assert ready_again(lines, 30.0) == 38.5
    assert ready_again(lines, 39.0) is None


def test_it_is_not_ready_again_while_one_of_two_workloads_is_short():
    told = Told()
    told.deployment(wanted=2, ready=2).deployment("shop", wanted=1, ready=1)
    told.at(2.0).deployment(wanted=2, ready=1).at(3.0).deployment("shop", wanted=1, ready=0)
    told.at(4.0).deployment(wanted=2, ready=2)
    assert ready_again(told.history.lines.values(), 1.0) is None
    told.at(6.0).deployment("shop", wanted=1, ready=1)
    assert ready_again(told.history.lines.values(), 1.0) == 6.0
