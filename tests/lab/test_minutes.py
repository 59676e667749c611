"""Minutes are added up from what a run measured, written into the notebook, and found out when they do not fit."""

import dataclasses

import nbformat
import pytest

from kubetutor.course.deployments import LESSON, NO_OUTAGE
from kubetutor.errors import LessonError
from kubetutor.lab import minutes
from kubetutor.lab.check import minutes as check
from kubetutor.lab.check import notebook
from kubetutor.lab.page import WIDGET
from kubetutor.lab.run import Run
from kubetutor.widgets.live.still import Still

TWO = dataclasses.replace(LESSON, exercises=(NO_OUTAGE, NO_OUTAGE))


@pytest.fixture
def path(tmp_path):
    """A lesson of 3000 words, and the place it is in."""
    header = "# Deployments\n\n| | |\n|---|---|\n| **Time** | some minutes |\n| **Before** | nothing |\n"
    cells = [
        nbformat.v4.new_markdown_cell(header + "word " * 1997),
        nbformat.v4.new_code_cell("pods " * 1000),
    ]
    path = tmp_path / "04-deployments.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def run_of(path, *, seconds=60.0, printed=200):
    done = nbformat.read(path, as_version=4)
    done.cells[1].outputs = [nbformat.v4.new_output("stream", text="Ready " * printed)]
    return Run(path.stem, 1, seconds + 2, done, "", (("a", seconds / 2), ("b", seconds / 2)))


def test_waiting_reading_predictions_and_exercises_are_added_up_and_rounded_up():
    assert len(LESSON.questions) == 3
    assert minutes.total(LESSON, waiting=60, words=2000) == 1 + 10 + 1.5 + 4 + 0.5
    assert minutes.total(TWO, waiting=0, words=0) == 10


def test_what_is_no_word_is_not_counted():
    cell = nbformat.v4.new_markdown_cell(
        "| **Time** | 19 minutes |\n|---|---|\n<div class='a b'>one</div> [two](a/b.yaml) - three-four `!kubectl get`"
    )
    assert minutes.words_of([cell]) == 5


def test_a_view_and_its_still_picture_are_looked_at_and_their_text_is_not_counted():
    text = nbformat.v4.new_output("display_data", {"text/plain": "one two", "text/html": "<b>one two</b>"})
    view = nbformat.v4.new_output("display_data", {"text/plain": "many words", WIDGET: {"model_id": "1"}})
    twins = Still(lambda: ("<p>many words</p>", "many words"), lambda _told: None)
    still = nbformat.v4.new_output("display_data", twins._renewed())
    cell = nbformat.v4.new_code_cell("view", outputs=[text, view, still])
    assert minutes.printed_words([cell]) == 2


def test_a_run_writes_them_into_the_header_and_each_backend_has_its_own(path):
    said = minutes.write(path, run_of(path), "embedded")
    assert said == "23 minutes on the embedded cluster; 4 of them for one exercise"
    minutes.write(path, run_of(path, seconds=120.0), "kind")
    document = nbformat.read(path, as_version=4)
    assert (
        "| **Time** | 23 minutes on the embedded cluster, 24 minutes on kind; 4 of"
        in document.cells[0].source
    )
    assert document.metadata["kubetutor"]["minutes"]["embedded"]["waiting"] == 60.0
    assert not document.cells[1].outputs
    assert list(check.troubles(LESSON, notebook.read(path))) == []
    assert check.in_words(notebook.read(path)) == "23 min on embedded, 24 min on kind"


def test_what_cannot_be_written_is_told(path):
    with pytest.raises(LessonError, match="On context they say nothing"):
        minutes.write(path, run_of(path), "context")
    document = nbformat.read(path, as_version=4)
    document.cells[0].source = "# Deployments"
    nbformat.write(document, path)
    with pytest.raises(LessonError, match="needs one row"):
        minutes.write(path, Run("04", 1, 2.0, document), "embedded")


def test_minutes_that_nobody_measured_or_that_do_not_fit_are_found(path):
    assert "nobody has measured" in next(check.troubles(LESSON, notebook.read(path)))
    minutes.write(path, run_of(path), "embedded")
    document = nbformat.read(path, as_version=4)
    document.cells[1].source = "pods"
    nbformat.write(document, path)
    assert "23 minutes on embedded, and its text and exercises make 18 now" in next(
        check.troubles(LESSON, notebook.read(path))
    )


def test_a_header_that_was_written_by_hand_and_too_many_minutes_are_found(path):
    minutes.write(path, run_of(path, seconds=300.0), "embedded")
    document = nbformat.read(path, as_version=4)
    document.cells[0].source = document.cells[0].source.replace("27 minutes", "20 minutes")
    nbformat.write(document, path)
    found = list(check.troubles(LESSON, notebook.read(path)))
    assert found[0] == "it takes 27 minutes on embedded: 25 at most"
    assert "header does not say the minutes that were measured" in found[1]
