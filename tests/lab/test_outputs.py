"""Only outputs that are compared stay in a lesson's notebook."""

import copy

import nbformat

from kubetutor.lab import outputs
from kubetutor.lab.run import Run


def test_checked_cells_keep_their_output_and_others_are_cleared(tmp_path):
    cells = [nbformat.v4.new_code_cell(source) for source in ("stable()", "changing()")]
    for cell, tag in zip(cells, (outputs.CHECKED, outputs.IGNORED), strict=True):
        cell.metadata["tags"] = [tag]
    path = tmp_path / "01-shop.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    ran = copy.deepcopy(nbformat.read(path, as_version=4))
    for number, cell in enumerate(ran.cells, 1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "3"}, execution_count=number)]
    assert outputs.write(path, Run("01-shop", 2, 1.0, ran)) == 1
    stable, changing = nbformat.read(path, as_version=4).cells
    assert stable.outputs[0].data == {"text/plain": "3"}
    assert stable.outputs[0].execution_count == stable.execution_count == 1
    assert changing.outputs == []
    assert changing.execution_count is None


def test_what_a_stream_brings_in_parts_is_one_output():
    parts = [("stdout", "a\n"), ("stdout", "b\n"), ("stderr", "!\n"), ("stdout", "c\n")]
    joined = outputs.merged([nbformat.v4.new_output("stream", name=name, text=text) for name, text in parts])
    assert [(output.name, output.text) for output in joined] == [
        ("stdout", "a\nb\n"),
        ("stderr", "!\n"),
        ("stdout", "c\n"),
    ]
