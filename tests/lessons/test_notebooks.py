"""Every lesson's notebook keeps the shape that lessons have."""

import pathlib
import re

import nbformat
import pytest

from kubetutor.course import catalogue

LESSONS = pathlib.Path(__file__).parents[2] / "lessons"
NOTEBOOKS = sorted(LESSONS.glob("*.ipynb"))
IDIOMS = r"\b(piece of cake|under the hood|out of the box|silver bullet|magic|simply|just works|blazing)\b"


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose_of(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_every_notebook_is_a_lesson_and_every_lesson_has_one():
    assert [path.stem for path in NOTEBOOKS] == [catalogue.stem(slug) for slug in catalogue.slugs()]


def test_it_is_a_valid_python_notebook(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


def test_cells_hold_no_logic_over_five_lines(notebook):
    for cell in code_of(notebook):
        assert len(cell.source.splitlines()) <= 5, cell.id


def test_it_arrives_as_if_never_run(notebook):
    """A learner should see an output only after running its cell; but what nbval is to compare must be there."""
    for cell in code_of(notebook):
        tags = {"nbval-check-output", "nbval-ignore-output"} & set(cell.metadata.get("tags", []))
        assert len(tags) == 1, cell.id
        assert bool(cell.outputs) == (tags == {"nbval-check-output"}), cell.id
        assert (cell.execution_count is not None) == bool(cell.outputs), cell.id


def test_the_header_says_question_goals_minutes_and_needs(path, notebook):
    lesson = catalogue.find(path.stem)
    header = notebook.cells[0].source
    assert header.startswith(f"# {lesson.title}\n")
    for part in (
        "**The question:**",
        "**Afterwards you can**",
        "| **Time** |",
        "cluster needs",
    ):
        assert part in header


def test_it_has_all_parts_in_order(notebook):
    prose = prose_of(notebook)
    parts = (
        "## Prepare",
        "## See it",
        "deliberate error",
        "## Exercise",
        "## Debrief",
        "**A real incident.**",
    )
    later = ("**Break it further**", "## Clean up", "## Where to go next")
    places = [prose.index(part) for part in (*parts, *later)]
    assert places == sorted(places)


def test_every_prediction_comes_before_what_it_predicts(path, notebook):
    order = [cell.source for cell in code_of(notebook)]
    for question in catalogue.find(path.stem).questions:
        predicts = order.index(f'lesson.predict("{question.slug}")')
        compares = f'lesson.compare("{question.slug}"'
        assert predicts < min(order.index(each) for each in order if each.startswith(compares))


def test_links_lead_somewhere(notebook):
    for target in re.findall(r"\]\(([^)]+)\)", prose_of(notebook)):
        assert target.startswith("https://") or (LESSONS / target).exists(), target


def test_its_end_leads_to_the_next_lesson(path, notebook):
    end = notebook.cells[-1].source
    for following in NOTEBOOKS[NOTEBOOKS.index(path) + 1 :][:1]:
        assert f"[`{catalogue.find(following.stem).slug}`]({following.name})" in end


def test_words_are_plain(notebook):
    found = re.findall(IDIOMS, prose_of(notebook), flags=re.IGNORECASE)
    assert not found
