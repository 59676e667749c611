"""The outputs that a lesson's notebook comes with: of cells tagged `nbval-check-output`, and no others.

Most outputs differ from run to run. Those that do not are kept, so that nbval finds out when one changes.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.lab.run import Run

CHECKED, IGNORED = "nbval-check-output", "nbval-ignore-output"


def write(path: Path, run: Run) -> int:
    """Put what a run printed into the cells whose output is compared; clear all others. Answer how many are compared."""
    import nbformat  # noqa: PLC0415  # slow to import, and only the commands for lessons need it

    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # its types are half there
    ran = {cell.id: cell for cell in run.notebook.cells}
    compared = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        # nbval takes outputs of a cell without a number for an accident.
        is_checked = CHECKED in cell.metadata.get("tags", ())
        cell.outputs = merged(copy.deepcopy(ran[cell.id].outputs)) if is_checked else []
        cell.execution_count = ran[cell.id].execution_count if is_checked else None
        compared += is_checked
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]  # as above
    return compared


def merged(outputs: list[Any]) -> list[Any]:
    """Join what came through one stream: how many parts it arrives in is chance."""
    joined: list[Any] = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined
