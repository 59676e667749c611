"""What a kernel hears of its pages while it runs a cell.

JupyterLab 4.4 and ipykernel 7 and later: everything, for pages talk to a subshell, a thread of its own. Elsewhere: nothing
before the cell ends. Frames go to the pages in any case.
"""

from __future__ import annotations

from functools import cache
from typing import Any


class Cells:
    """Follows the cells of one IPython shell. The first view is made by a cell, so one runs at first."""

    def __init__(self, shell: Any) -> None:
        self.run = shell is not None
        if shell is not None:
            shell.events.register("pre_run_cell", self._begin)
            shell.events.register("post_run_cell", self._end)

    def _begin(self, _info: Any) -> None:
        self.run = True

    def _end(self, _result: Any) -> None:
        self.run = False


@cache
def kernel_cells() -> Cells:
    """Answer the cells of this kernel; outside of a notebook none ever runs."""
    from IPython import get_ipython  # noqa: PLC0415  # slow to import, and a notebook has it already

    return Cells(get_ipython())
