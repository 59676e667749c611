"""The decision aid: what answers speak for, and what to look at first."""

import pytest

from kubetutor.course import decision
from kubetutor.course.decision import LEARN_FIRST, MANAGED, ONE_SERVER, PLATFORM, WITHOUT_CLUSTER, advise
from kubetutor.course.decision_view import DecisionAid
from kubetutor.errors import LessonError

SMALL = {
    "services": "1 or 2", "servers": "one", "traffic": "hardly", "updates": "yes", "repair": "a crashed process",
    "team": "a small team, new to it", "platform": "no",
}  # fmt: skip
LARGE = {
    "services": "5 or more", "servers": "several", "traffic": "a lot", "updates": "no", "repair": "a lost server",
    "team": "people who know it", "platform": "no",
}  # fmt: skip


def test_every_answer_has_a_reason_and_every_question_speaks_on_both_sides():
    for point in decision.POINTS:
        assert all(choice.reason for choice in point.choices)
        assert {"for", "against"} <= {choice.side for choice in point.choices}


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        (SMALL, ONE_SERVER),
        (SMALL | {"platform": "yes"}, PLATFORM),
        (SMALL | {"servers": "several"}, WITHOUT_CLUSTER),
        (LARGE, MANAGED),
        (LARGE | {"team": "nobody has time"}, LEARN_FIRST),
        ({}, decision.UNANSWERED),
    ],
)
def test_it_names_what_to_look_at_first(answers, first):
    assert advise(answers).first == first


def test_reasons_stand_on_the_side_that_they_speak_for():
    advice = advise(SMALL)
    assert len(advice.speaks_against) == 6
    assert len(advice.speaks_for) == 1
    assert advise({"services": "3 or 4"}).missing == 6


def test_its_text_twin_says_the_answers_and_the_reasons():
    aid = DecisionAid().answer(servers="one")
    assert "not answered: team = nobody has time / " in str(aid)
    assert "Nothing has to be placed" in str(aid)
    assert "6 of 7 questions" in str(aid)


def test_a_click_changes_the_reasons_and_an_answer_from_code_the_buttons():
    aid = DecisionAid()
    aid.widget()
    aid._controls["servers"].value = "several"
    assert aid.answers == {"servers": "several"}
    assert "Work for several servers" in aid._said.value
    aid.answer(servers="one")
    assert aid._controls["servers"].value == "one"


def test_what_is_no_answer_is_told_with_those_that_are():
    with pytest.raises(LessonError, match="no question 'money'"):
        DecisionAid().answer(money="much")
    with pytest.raises(LessonError, match=r"no answer to 'servers'. There are: one, several"):
        DecisionAid().answer(servers="seven")
