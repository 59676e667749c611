"""Headless runs of small notebooks, in a true kernel; no cluster is needed."""

import io
import os

import nbformat
import pytest

from kubetutor.errors import LessonError
from kubetutor.lab import page, progress, run, summary

pytestmark = pytest.mark.lesson


@pytest.fixture
def lesson(tmp_path):
    """Write a lesson of these cells, and its manifests."""

    def write(*sources):
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_markdown_cell("# A shop")]
        notebook.cells += [nbformat.v4.new_code_cell(source) for source in sources]
        (tmp_path / "manifests" / "01-shop").mkdir(parents=True)
        (tmp_path / "manifests" / "01-shop" / "till.yaml").write_text("kind: Till")
        path = tmp_path / "01-shop.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


def test_cells_run_in_order_in_a_copy_with_its_manifests_and_the_environment(lesson):
    path = lesson("# look\nopen('manifests/01-shop/till.yaml').read()", "import os; os.environ['KUBECONFIG']")
    before, steps = path.read_bytes(), []
    done = run.run(path, {**os.environ, "KUBECONFIG": "/shop"}, lambda *step: steps.append(step))
    outputs = [cell.outputs[0].data["text/plain"] for cell in done.notebook.cells[1:]]
    assert outputs == ["'kind: Till'", "'/shop'"]
    assert (done.trouble, done.cells) == ("", 2)
    assert steps == [(0, 2, "# look"), (1, 2, "import os; os.environ['KUBECONFIG']"), (2, 2, "")]
    assert path.read_bytes() == before
    assert [cell for cell, _seconds in done.cell_seconds] == [cell.id for cell in done.notebook.cells[1:]]


def test_the_cell_that_failed_is_shown_with_its_error_and_what_ran_is_kept(lesson, tmp_path):
    path = lesson("print('open')", "price = 1\nprice / 0", "print('never')")
    done = run.run(path, os.environ, lambda *_: None)
    cell = done.notebook.cells[2].id
    assert done.trouble == (
        f"Cell 2 of 3, {cell}, failed:\n    price = 1\n    price / 0\nZeroDivisionError: division by zero"
    )
    page.write(done.notebook, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "open" in text
    assert "ZeroDivisionError" in text


def test_each_cell_has_its_seconds_also_the_one_that_failed(lesson):
    wait = "import threading\nthreading.Event().wait({})"
    done = run.run(
        lesson(wait.format(0.4), wait.format(0.1) + "\n1 / 0", "never"), os.environ, lambda *_: None
    )
    seconds = [seconds for _cell, seconds in done.cell_seconds]
    assert len(seconds) == 2
    assert 0.4 <= seconds[0] <= done.seconds
    assert seconds[1] >= 0.1
    assert done.slowest == done.cell_seconds[seconds.index(max(seconds))]


def test_a_cell_that_does_not_end_is_stopped(lesson):
    done = run.run(
        lesson("import threading; threading.Event().wait()"), os.environ, lambda *_: None, timeout=1
    )
    assert "It was still running after 1 s." in done.trouble


def test_a_kernel_that_dies_is_told(lesson):
    assert (
        "The kernel died." in run.run(lesson("import os; os._exit(1)"), os.environ, lambda *_: None).trouble
    )


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "lesson.ipynb"
    path.write_text("no notebook")
    with pytest.raises(LessonError, match="cannot be read"):
        run.run(path, os.environ, lambda *_: None)


def test_without_a_terminal_progress_is_a_line_per_cell():
    out = io.StringIO()
    with progress.shown("01-shop", out) as show:
        show(0, 2, "# look")
        show(2, 2, "")
    assert out.getvalue() == "01-shop: cell 1 of 2: # look\n"


def test_several_runs_are_summed_up_in_a_table():
    good = run.Run("01-shop", 3, 4.2, None, "", (("open", 0.5), ("sell", 2.5), ("close", 0.1)))
    bad = run.Run("02-till", 3, 1.0, None, "Cell 2 of 3, count, failed:\n    x\nKeyError", (("open", 0.5),))
    lines = summary.table([good, bad]).splitlines()
    assert lines[0].split() == ["LESSON", "CELLS", "SECONDS", "SLOWEST", "CELL"]
    assert lines[1].split() == ["01-shop", "3", "of", "3", "4.2", "sell", "2.5", "s", "ok"]
    assert lines[2].endswith("FAILED: Cell 2 of 3, count, failed")
    assert lines[3] == "1 of 2 lessons failed, in 5.2 s."
    assert summary.table([good, good]).endswith("All 2 lessons ran, in 8.4 s.")
