"""Predict, run, compare; also without a browser."""

import pytest

from kubetutor.exercises.predict import NOTHING, Question
from kubetutor.exercises.predict import Prediction as Predict
from kubetutor.exercises.progress import Progress
from kubetutor.widgets.live.feed import Feed, Objects
from kubetutor.widgets.time_axis.view import TimeAxis
from tests.widgets.cluster_map.test_view import ShopSource

CHOICE = Question("after", "How many?", measure=lambda _session: "3", choices=("2", "3"))
NUMBER = Question("wait", "How long?", measure=lambda _session: 1.5, unit="s")


@pytest.fixture
def progress(tmp_path):
    return Progress("deployments", path=tmp_path / "progress.json")


def test_without_a_prediction_it_says_so(progress):
    prediction = Predict(CHOICE, progress)
    assert NOTHING in str(prediction)
    assert NOTHING in str(prediction.compare("3"))
    assert "Measured   3" in str(prediction.compare("3"))


def test_a_click_is_kept_and_compared(progress):
    prediction = Predict(CHOICE, progress)
    prediction.widget().children[1].value = "2"
    assert Predict(CHOICE, Progress("deployments", path=progress.path)).value == "2"
    assert prediction.compare("3").title == "It went another way."
    assert prediction.compare("2").title == "You predicted it."


def test_a_number_is_recorded_when_it_is_entered(progress):
    prediction = Predict(NUMBER, progress)
    number, _unit, _button = prediction.widget().children[1].children
    number.value = 2.5
    assert prediction.value == 2.5
    assert "Recorded: 2.5 s." in prediction._status_html()


def test_the_number_that_stands_there_is_recorded_by_the_button(progress):
    prediction = Predict(NUMBER, progress)
    _number, _unit, button = prediction.widget().children[1].children
    button.click()
    assert prediction.value == 0.0


def test_code_can_record_too_and_nonsense_is_refused(progress):
    prediction = Predict(CHOICE, progress)
    prediction.record("3")
    assert prediction.value == "3"
    with pytest.raises(ValueError, match="none of the answers: 2, 3"):
        prediction.record("four")


def test_numbers_are_drawn_on_one_scale(progress):
    prediction = Predict(NUMBER, progress)
    prediction.record(3)
    page = prediction.compare(1.5)._repr_html_()
    assert "width:100%" in page
    assert "width:50%" in page
    assert "3 s" in page
    assert "1.5 s" in page


def test_what_was_not_measured_is_said(progress):
    assert "not measured yet" in str(Predict(NUMBER, progress).compare(None))


def test_a_saved_notebook_shows_question_and_prediction(progress):
    prediction = Predict(CHOICE, progress)
    prediction.record("2")
    data, _ = prediction._repr_mimebundle_()
    assert "How many?" in data["text/html"]
    assert "Your prediction: 2" in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_seconds_are_drawn_on_a_time_axis_from_its_newest_mark(progress):
    axis = TimeAxis("shop", feed=Feed(ShopSource(Objects(loaded=True))))
    axis.mark("pod deleted")
    prediction = Predict(NUMBER, progress)
    prediction.record(3)
    prediction.compare(1.5).draw_on(axis)
    mark, expected, measured = axis.moments
    axis.close()
    assert (mark.label, expected.kind, measured.kind) == ("pod deleted", "expected", "measured")
    assert (expected.seconds, measured.seconds) == (3, 1.5)


def test_what_is_no_time_is_not_drawn_on_a_time_axis(progress):
    with pytest.raises(ValueError, match="Only seconds can be drawn on a time axis: after is no time"):
        Predict(CHOICE, progress).compare("3").draw_on(None)
