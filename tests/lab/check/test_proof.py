"""The order in which a lesson is proven, on a stand-in for its session."""

import pytest

from kubetutor.course.deployments import LESSON
from kubetutor.errors import LessonError
from kubetutor.exercises import proving
from kubetutor.lab.check import proof


class Session:
    """Writes down what it is told to do."""

    told: tuple[str, ...] = ()

    def __init__(self, *_, feed, progress):
        assert feed
        assert "kubetutor-check-" in str(progress.path), "the learner's own progress is left alone"

    def prepare(self):
        Session.told += ("prepare",)

    def clean_up(self):
        Session.told += ("clean up",)


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch):
    monkeypatch.setattr(Session, "told", ())
    monkeypatch.setattr(proof, "LessonSession", Session)
    monkeypatch.setattr(proof, "ApiSource", object)
    monkeypatch.setattr(proof, "Feed", lambda source: source)


def prove(monkeypatch, trouble, *, twice):
    """Answer the proof, what was tried in its order, and what was told after how many cases."""
    tried, told = [], []

    def stand_in(session, case):
        assert isinstance(session, Session)
        tried.append(str(case))
        return trouble(case)

    monkeypatch.setattr(proving, "prove", stand_in)
    proven = proof.prove_lesson(
        LESSON,
        "a cluster",
        twice=twice,
        show=lambda *_: None,
        tell=lambda words: told.append((len(tried), words)),
    )
    return proven, tried, told


def test_all_cases_are_tried_and_then_all_again_from_the_last_to_the_first(monkeypatch):
    proven, tried, told = prove(monkeypatch, lambda _: "", twice=True)
    half = len(tried) // 2
    assert tried[:half] == tried[half:][::-1]
    assert (proven.cases, told) == (len(tried), [])
    assert tried[0] == "no-outage: untouched"
    assert Session.told == ("prepare", "clean up")


def test_what_is_wrong_is_told_with_its_case_before_the_rest_is_tried(monkeypatch):
    proven, tried, told = prove(
        monkeypatch, lambda case: "it passes" * (case.way is proving.Way.UNTOUCHED), twice=False
    )
    assert told == [(1, "no-outage: untouched: it passes")]
    assert len(tried) == proven.cases > 10


def test_a_lesson_that_cannot_begin_is_told(monkeypatch):
    def refuse(_session):
        raise LessonError("There is a namespace that is not ours.")

    monkeypatch.setattr(Session, "prepare", refuse)
    _proven, _tried, told = prove(monkeypatch, lambda _: "", twice=False)
    assert told == [(0, "the lesson cannot be proven: There is a namespace that is not ours.")]
