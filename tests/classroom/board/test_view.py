"""The board in a notebook: what the kernel answers, and the same in words."""

import pytest

from kubetutor.classroom.board.seen import Seen, seen
from kubetutor.classroom.board.view import ClassView, class_view
from kubetutor.classroom.receiver.roster import Roster
from kubetutor.cluster.home import find_home
from kubetutor.errors import ClassroomError
from tests.classroom.opened_class import report


class Class:
    """A source that a test fills."""

    def __init__(self):
        self.learners, self.trouble = (Seen("Ana", 1_800_000_000.0, report()),), ""

    def seen(self):
        if self.trouble:
            raise ClassroomError(self.trouble)
        return self.learners


@pytest.fixture
def view():
    made = ClassView(Class())
    made.said = []
    made.send = made.said.append
    yield made
    made.close()


def test_it_answers_a_page_that_looks(view):
    view._heard(view, {"is": "look"}, [])
    view._source.trouble = "The cluster does not answer."
    view._heard(view, {"is": "look"}, [])
    first, second = (each["frame"] for each in view.said)
    assert first["rows"][0]["name"] == "Ana"
    assert second == {"trouble": "The cluster does not answer."}
    view._source.trouble = ""
    view._heard(view, {"is": "csv"}, [])
    assert view.said[-1]["text"].startswith("learner,lesson,exercise")


def test_it_says_the_same_in_words(view):
    view._source.learners += (Seen("<b>Eve</b>"),)
    assert "Ana" in str(view)
    shown = view._repr_mimebundle_()[0]
    assert "not heard of yet" in shown["text/plain"]
    assert "&lt;b&gt;Eve" in shown["text/html"]
    assert view.frame["rows"]


def test_it_shows_the_class_of_this_machine_or_says_that_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path))
    with pytest.raises(ClassroomError, match="No class is open"):
        str(class_view())
    roster = Roster(find_home().opened_class)
    name, token = roster.join("Ana")
    roster.keep(roster.learner(token), report())
    assert name in str(class_view())
    roster.close()


def test_what_cannot_be_read_is_said_of_that_learner_alone():
    assert "cannot be read" in seen("Ana", 1.0, "{").trouble
    assert seen("Ana", 1.0, None) == Seen("Ana")
