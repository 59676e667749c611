"""The board in a notebook: `class_view()`; the same in words: `print(class_view())`.

The page asks for news while it is seen; nothing runs in the kernel between two questions.
"""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from kubetutor.classroom.board.board import board
from kubetutor.classroom.board.page import script
from kubetutor.classroom.board.sources import Workshop, course
from kubetutor.classroom.board.text import csv_of, text_of
from kubetutor.classroom.receiver.roster import Joined
from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import find_home
from kubetutor.errors import KubetutorError
from kubetutor.widgets.live.busy import hear_while_busy

if TYPE_CHECKING:
    from kubetutor.classroom.board.board import Board
    from kubetutor.classroom.board.sources import Source


class ClassView(anywidget.AnyWidget):
    """The board of one source. `frame` is what was drawn last."""

    _esm: ClassVar[str] = script("board.js", "view.js")
    _css: ClassVar[str] = script("board.css")
    frame = traitlets.Dict().tag(sync=True)

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source, self._course = source, course()
        self.on_msg(self._heard)
        hear_while_busy(self)

    def board(self) -> Board:
        """Answer the board now. Raises KubetutorError where the source cannot be read."""
        return board(self._course, self._source.seen(), time.time())

    def _heard(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        if message.get("is") == "look":
            self.send({"is": "frame", "frame": self._look()})
        elif message.get("is") == "csv":
            self.send({"is": "csv", "text": csv_of(self.board())})

    def _look(self) -> dict[str, Any]:
        try:
            return self.board().frame()
        except KubetutorError as error:
            return {"trouble": str(error)}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        now = self.board()
        self.frame = now.frame()
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        text = text_of(now)
        return {**data, "text/plain": text, "text/html": f"<pre>{escape(text)}</pre>"}, metadata

    def __str__(self) -> str:
        return text_of(self.board())


def class_view(workshop: str = "") -> ClassView:
    """Show the class that `kubetutor class open` keeps on this machine; or a workshop on the cluster that is up, by its name."""
    if workshop:
        return ClassView(Workshop(workshop, connect().api))
    return ClassView(Joined(find_home().opened_class))
