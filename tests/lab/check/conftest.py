import nbformat
import pytest


@pytest.fixture
def write_lesson(tmp_path):
    """Write a notebook of these cells, prose as text, code after `>`; answer where it is."""

    def write(*sources, name="04-deployments.ipynb", outputs=(), tags=("nbval-ignore-output",)):
        notebook = nbformat.v4.new_notebook()
        for place, source in enumerate(sources):
            if source.startswith(">"):
                cell = nbformat.v4.new_code_cell(source.removeprefix(">"), outputs=list(outputs))
                cell.metadata["tags"] = list(tags)
                cell.execution_count = 1 if outputs else None
            else:
                cell = nbformat.v4.new_markdown_cell(source)
            cell.id = f"cell-{place}"
            notebook.cells.append(cell)
        nbformat.write(notebook, tmp_path / name)
        return tmp_path / name

    return write
