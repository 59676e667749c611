"""How far the learner is, over all lessons."""

import pytest

from kubetutor.course import catalogue, overview
from kubetutor.course.deployments import LESSON, NO_OUTAGE
from kubetutor.errors import LessonError
from kubetutor.exercises.progress import Progress, Standing
from kubetutor.exercises.report import membership
from kubetutor.exercises.report.membership import Membership


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path))


def row_of(shown):
    return next(row for row in shown.rows if row.name == "04")


def test_it_shows_every_lesson_with_what_is_passed_tried_and_open():
    exercises = sum(len(lesson.exercises) for lesson in catalogue.lessons())
    assert overview.progress().line == f"0 of {exercises} exercises passed, 0 tried"
    kept = Progress("deployments")
    kept.keep("passed", NO_OUTAGE.slug, "now")
    kept.keep("predictions", LESSON.questions[0].slug, "2")
    shown = overview.progress()
    assert [row.name for row in shown.rows] == [f"{catalogue.number(slug):02}" for slug in catalogue.slugs()]
    assert row_of(shown).exercises == ((NO_OUTAGE.slug, Standing.PASSED),)
    for text in (str(shown), shown._repr_html_()):
        assert f"1 of {exercises} exercises passed" in text
        assert "✓ no-outage passed" in text
        assert f"1 of {len(LESSON.questions)}" in text


def test_each_exercise_has_a_line_of_its_own():
    shown = overview.progress()._repr_html_()
    assert "○ for-repair open<br>○ one-node-lost open" in shown


def test_it_says_how_many_hints_were_shown():
    kept = Progress("deployments")
    kept.keep("tried", NO_OUTAGE.slug, "now")
    kept.keep("hints", NO_OUTAGE.slug, {"look": 2, "more": 1})
    assert "◐ no-outage tried (3 hints)" in str(overview.progress())


def test_who_has_joined_a_class_sees_what_became_of_the_report_and_has_a_button():
    assert "Class" not in str(overview.progress())
    assert set(overview.progress()._repr_mimebundle_()[0]) == {"text/plain", "text/html"}
    nobody = Membership("Ana <b>", address="127.0.0.1:1", trouble="Nobody answers.")
    membership.keep(nobody)
    shown = overview.progress()
    assert "Class: Joined as Ana <b> at 127.0.0.1:1. Not sent since: Nobody answers. Nothing is lost" in str(
        shown
    )
    assert "Ana &lt;b&gt;" in shown._repr_html_()
    assert "application/vnd.jupyter.widget-view+json" in shown._repr_mimebundle_()[0]


def test_the_button_raises_the_hand_and_lowers_it():
    membership.path().parent.mkdir(exist_ok=True)
    membership.keep(Membership("Ana", address="127.0.0.1:1"))
    card, button = overview._with_hand(overview.progress()).children
    assert button.description == "Raise your hand"
    button.value = True
    assert membership.read().hand
    assert "Lower it" in button.description
    assert "Your hand is raised." in card.value
    button.value = False
    assert membership.read().hand == ""
    membership.path().unlink()  # so that nothing is tried again


def test_one_exercise_one_lesson_or_all_are_forgotten():
    def passed():
        Progress("deployments").keep("passed", NO_OUTAGE.slug, "now")

    for words, said in [
        (("04", "no-outage"), "deployments, the exercise no-outage"),
        (("deployments",), "deployments, with its predictions"),
        ((), "the whole course"),
    ]:
        passed()
        assert overview.reset(*words) == said
        assert row_of(overview.progress()).exercises == ((NO_OUTAGE.slug, Standing.OPEN),)


def test_what_is_not_there_is_told_and_nothing_is_forgotten():
    Progress("deployments").keep("passed", NO_OUTAGE.slug, "now")
    with pytest.raises(LessonError, match=r"no exercise called 'nonsense'\. It has: no-outage"):
        overview.reset("deployments", "nonsense")
    assert row_of(overview.progress()).exercises == ((NO_OUTAGE.slug, Standing.PASSED),)
