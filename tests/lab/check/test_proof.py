"""The order in which a lesson is proven, on a stand-in for its session."""

from types import SimpleNamespace

import pytest

from kubetutor.cluster.load.tally import Tally
from kubetutor.course import catalogue
from kubetutor.course.deployments import LESSON
from kubetutor.errors import LessonError
from kubetutor.exercises import proving
from kubetutor.lab import new_lesson
from kubetutor.lab.check import proof


class Session:
    """Writes down what it is told to do."""

    told: tuple[str, ...] = ()

    def __init__(self, lesson, *_, feed, progress):
        self.lesson = lesson
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


def prove(monkeypatch, trouble, *, twice, lesson=LESSON):
    """Answer the proof, what was tried in its order, and what was told after how many cases."""
    tried, told = [], []

    def stand_in(session, case):
        assert isinstance(session, Session)
        tried.append(str(case))
        return trouble(case)

    monkeypatch.setattr(proving, "prove", stand_in)
    proven = proof.prove_lesson(
        lesson,
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


def test_a_module_of_ones_own_that_fails_is_told_with_its_line_and_the_rest_is_tried(monkeypatch, tmp_path):
    new_lesson.write("tea", tmp_path)
    path = tmp_path / "lesson_tea.py"
    path.write_text(path.read_text().replace("sent=tally.sent,", "sent=tally.sented,"))
    lesson = catalogue.find_in(tmp_path, "tea")
    evidence = SimpleNamespace(
        cluster=SimpleNamespace(api=SimpleNamespace(list=lambda *_, **__: [])),
        namespace="shop",
        tally=Tally(),
        fewest_ready=1,
    )

    def look(_case):
        return lesson.exercises[0].observe(evidence)

    proven, tried, told = prove(monkeypatch, look, twice=False, lesson=lesson)
    assert len(tried) == len(told) == proven.cases
    assert "the lesson's module fails:" in told[0][1]
    assert "lesson_tea.py, line 56:\n    sent=tally.sented,\nAttributeError" in told[0][1]


def test_a_module_of_the_course_that_fails_is_a_defect_of_the_kit(monkeypatch):
    def look(_case):
        raise AttributeError("sented")

    with pytest.raises(AttributeError):
        prove(monkeypatch, look, twice=False)
