import nbformat
import pytest

from kubetutor.errors import StateError
from kubetutor.lab import page


def notebook_of(data, states=None):
    notebook = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output("display_data", data)
    notebook.cells = [nbformat.v4.new_code_cell("show()", outputs=[output])]
    notebook.metadata["widgets"] = {page.STATE: {"state": states or {}}}
    return notebook


VIEW = {page.WIDGET: {"model_id": "m"}, "text/plain": "three pods"}


def shown(notebook):
    return page.with_stills(notebook).cells[0].outputs[0].data


def test_a_live_view_gives_way_to_its_picture():
    assert shown(notebook_of({**VIEW, "text/html": "<b>3</b>"})) == {
        "text/plain": "three pods",
        "text/html": "<b>3</b>",
    }


def test_a_view_without_a_picture_shows_what_its_state_holds():
    states = {"m": {"state": {"children": ["IPY_MODEL_c"]}}, "c": {"state": {"value": "<b>3</b>"}}}
    assert shown(notebook_of(VIEW, states))["text/html"] == "<b>3</b>"


def test_else_it_shows_its_text():
    assert shown(notebook_of(VIEW)) == {"text/plain": "three pods"}


def test_boxes_that_hold_themselves_do_not_hang_it():
    assert page.still_of("m", {"m": {"state": {"children": ["IPY_MODEL_m"]}}}) == ""


def test_the_page_needs_no_network_and_no_script(tmp_path):
    path = tmp_path / "page.html"
    page.write(notebook_of({**VIEW, "text/html": "<b>three of them</b>"}), path)
    text = path.read_text()
    assert "three of them" in text
    assert "<script" not in text
    assert 'src="http' not in text


def test_the_page_is_called_what_the_lesson_is_called(tmp_path):
    notebook = notebook_of(VIEW)
    heading = "<!-- -->\n# Deployments & pods\n\n## Prepare"
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(heading))
    page.write(notebook, tmp_path / "page.html")
    assert "<title>Deployments &amp; pods</title>" in (tmp_path / "page.html").read_text()


def test_the_notebook_itself_stays_as_it_is():
    notebook = notebook_of(VIEW)
    page.with_stills(notebook)
    assert page.WIDGET in notebook.cells[0].outputs[0].data


def test_a_page_goes_into_the_file_that_is_named_or_into_a_folder(tmp_path):
    notebook = notebook_of(VIEW)
    assert page.leave(notebook, "01-shop", tmp_path / "mine.html") == tmp_path / "mine.html"
    made = page.leave(notebook, "01-shop", tmp_path / "pages" / "today")
    assert made == tmp_path / "pages" / "today" / "01-shop.html"
    assert "<title>A lesson</title>" in made.read_text()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "pages").write_text("")
    with pytest.raises(StateError, match="cannot be made"):
        page.leave(notebook_of(VIEW), "01-shop", tmp_path / "pages" / "today")
