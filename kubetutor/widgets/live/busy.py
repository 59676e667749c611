"""Buttons that are heard while a cell runs.

JupyterLab 4.4 sends what a widget says to a subshell of the kernel, a thread beside the one that runs cells, if the kernel
has them: ipykernel from 7 on. But ipykernel 7.4 answers in the shell that spoke last for the widget, which is the one of
the cell that made it: so a button would wait for the cell that runs now. For our own widgets the page decides.
Source: ipykernel/comm/comm.py, `_reply_subshell_for`; https://jupyter.org/enhancement-proposals/91-kernel-subshells
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ipywidgets


def hear_while_busy(widget: ipywidgets.Widget) -> None:
    """Let what the page says to this widget, and to those in it, go to the shell that the page names."""
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = _as_the_page_says  # noqa: SLF001  # there is no public way yet
    for child in getattr(widget, "children", ()):
        hear_while_busy(child)


def _as_the_page_says(_data: Any, subshell: str | None) -> str | None:
    return subshell
