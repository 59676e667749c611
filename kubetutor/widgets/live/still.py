"""What stays of a view in a saved notebook, an exported page and on GitHub: the HTML twin, as an output of its own.

1. A front end that finds no live widget shows no other form of the same output, but an error. So the twin is the next
   output, and the two take turns: the view's script hides its twin as long as it draws, and the twin's style hides
   what JupyterLab says in place of a view whose kernel is gone.
2. The twin is brought up to date while the view lives, at most every two seconds, so that whoever saves the notebook
   saves what the view showed. It says of what time it is.
3. The text twin goes to the page with it: it is there to be read when the kernel no longer answers.
"""

from __future__ import annotations

import threading
import uuid
import weakref
from datetime import datetime
from typing import TYPE_CHECKING

from IPython.display import display, update_display

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE = 2.0  # seconds
VIEW = "application/vnd.jupyter.widget-view+json"
# JupyterLab's line instead of a view stands in the output before ours. pandas marks its style `scoped` too: what cleans
# pages that others wrote, as GitHub does, takes such a style away without a trace.
STYLE = (
    "<style scoped>.jp-OutputArea-child:has(> .jupyter-widgets):not(:has(.ktv))"
    ":has(+ .jp-OutputArea-child .kubetutor-still) { display: none; }</style>"
)


class Still:
    """The twin of one view. `twins` answers its HTML and its text as things are now, or None when nothing is known.

    `told` gets what the page is to know: `id`, `text`, `time`.
    """

    def __init__(
        self, twins: Callable[[], tuple[str, str] | None], told: Callable[[dict[str, str]], None]
    ) -> None:
        self.id = uuid.uuid4().hex
        self._twins, self._told = twins, told
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._shown: str | None = None

    def show(self) -> None:
        """Display it below the view."""
        self._shown = None
        bundle = self._renewed()
        if bundle is not None:
            display(bundle, raw=True, display_id=self.id)  # type: ignore[no-untyped-call]  # IPython publishes no type for it

    def change(self) -> None:
        """Bring it up to date soon, once it is displayed. Safe in any thread."""
        with self._lock:
            if self._shown is not None and self._timer is None:
                self._timer = threading.Timer(PAUSE, _update, [weakref.ref(self)])
                self._timer.daemon = True
                self._timer.start()

    def stop(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def update(self) -> None:
        """Bring it up to date now, if it differs."""
        with self._lock:
            self._timer = None
        bundle = self._renewed()
        if bundle is not None:
            update_display(bundle, raw=True, display_id=self.id)  # type: ignore[no-untyped-call]  # IPython publishes no type for it

    def _renewed(self) -> dict[str, str] | None:
        """Answer what is to be shown from now on; None if nothing differs."""
        twins = self._twins()
        if twins is None or twins[0] == self._shown:
            return None
        self._shown, text = twins
        now = datetime.now().astimezone()
        self._told({"id": self.id, "text": text, "time": f"{now:%H:%M:%S}"})
        seen = f"This is how it was at {now:%H:%M:%S} on {now:%Y-%m-%d}. Run the cell to see it live."
        return {"text/html": html_of(self.id, self._shown, seen), "text/plain": f"{text}\n{seen}"}


def html_of(identity: str, twin: str, seen: str) -> str:
    mark = f'class="kubetutor-still" data-kubetutor-still="{identity}"'
    return f"<div {mark}>{STYLE}{twin}<p><small>{seen}</small></p></div>"


def _update(reference: weakref.ref[Still]) -> None:
    still = reference()
    if still is not None:
        still.update()
