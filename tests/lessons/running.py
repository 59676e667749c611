"""Running a lesson from top to bottom, and what its cells then say."""

import nbformat
from nbclient import NotebookClient

CELL_SECONDS = 180


def run(notebook_path, *, turns=None):
    """Run a lesson headless, with these sources in the learner's cells; answer the text of each code cell by its id."""
    notebook = nbformat.read(notebook_path, as_version=4)
    turns = dict(turns or {})
    for cell in notebook.cells:
        if cell.id in turns:
            cell.source = turns.pop(cell.id)
    assert not turns, f"there are no such cells: {', '.join(turns)}"
    folder = str(notebook_path.parent)
    NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}}
    ).execute()
    return {cell.id: text_in(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}


def text_in(outputs):
    parts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return "".join(parts)
