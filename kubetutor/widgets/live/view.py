"""What every live view is: a widget that follows the feed while it is shown, and says the same in words.

1. `LiveView.draw` runs in the feed's thread: objects become a frame, and what differs from the last one is sent.
2. A view follows the cluster while it is shown somewhere. When its last output is cleared, or its last page is gone
   without a word, it lets go of the feed; it takes hold again when it is shown again. `audience.py` knows who looks.
   While its pages are hidden nothing is drawn, and only a view with a history goes on following.
3. The text twin is made only while somebody looks at it; `print(view)` says it at any time.
4. A notebook that is saved, exported or read on GitHub shows the same facts: `still.py` says how.

A view of its own is a subclass: `kinds`, `frame_of`, `text_of`, `html_of`, and two files drawn with `look(__file__)`.
"""

from __future__ import annotations

import logging
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import ipywidgets
import traitlets
from IPython.display import display

from kubetutor.widgets.live.audience import PATIENCE_SECONDS, Audience
from kubetutor.widgets.live.busy import hear_while_busy
from kubetutor.widgets.live.cells import kernel_cells
from kubetutor.widgets.live.feed import FOLLOWED, Objects, kernel_feed
from kubetutor.widgets.live.frames import delta_of
from kubetutor.widgets.live.still import VIEW, Still

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.widgets.live.feed import Change, Feed, Following
    from kubetutor.widgets.live.frames import Frame

HERE = Path(__file__).parent
FIRST_LOOK_SECONDS = 3.0
PAGES_SAY = {"open", "closed", "hidden", "text", "drawn", "here"}
LOG = logging.getLogger(__name__)


def look(module: str, *parts: str, chart: bool = False) -> tuple[str, str]:
    """Answer the JavaScript and the CSS of the view beside `module`: the shared part, then its own.

    There is no build step, so shared code is put in front instead of imported. A `chart` also gets what plotly needs.
    `parts` names further scripts of the view's own, which come before its `view.js`.
    """
    here = Path(module).parent
    scripts = [HERE / "view.js", *([HERE / "chart.js"] if chart else []), *(here / part for part in parts)]
    scripts.append(here / "view.js")
    styles = [HERE / "view.css", here / "view.css"]
    return "\n".join(map(Path.read_text, scripts)), "\n".join(map(Path.read_text, styles))


class LiveView(anywidget.AnyWidget):
    """A view of one namespace, drawn anew at most 20 times a second."""

    kinds: ClassVar[tuple[str, ...]] = FOLLOWED
    patience_seconds: ClassVar[float] = PATIENCE_SECONDS  # how long a page may say nothing
    frame = traitlets.Dict().tag(sync=True)
    twin = traitlets.Dict().tag(sync=True)  # the text twin of some seconds ago, for a page without a kernel

    def __init__(self, namespace: str, *, feed: Feed | None = None) -> None:
        super().__init__()
        self.namespace = namespace
        self._feed = feed or kernel_feed()
        self._audience = Audience(is_deaf=lambda: kernel_cells().run)
        self._number = 0
        self._first = threading.Event()
        self._drawing = threading.Lock()
        self._following: Following | None = None
        self._box: ipywidgets.VBox | None = None
        self._still = _still_of(self)
        self.on_msg(self._heard)
        hear_while_busy(self)
        self.follow()

    # What a view of its own says.

    def frame_of(self, objects: Objects) -> Frame:
        """Answer what the browser draws. Of all frames it asks these fields.

        `label` names the view; `title` and `summary` are its two headlines; `notes` says what is missing or out of
        date; `spoken` is a sentence for screen readers.
        """
        raise NotImplementedError

    def text_of(self, objects: Objects) -> str:
        """Say all that the view shows, one line a fact."""
        raise NotImplementedError

    def html_of(self, objects: Objects) -> str:
        """Draw the same facts so that they read well without any script or style sheet."""
        raise NotImplementedError

    def record(self, changes: Sequence[Change]) -> None:
        """See every change as it comes, in the feed's threads. Only views with a history need it."""

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Answer the buttons and sliders that stand under the view."""
        return ()

    def heard(self, message: dict[str, Any]) -> None:
        """Hear what the view's own JavaScript sends."""

    # How it lives.

    def follow(self) -> None:
        """Take hold of the feed, unless it has."""
        if self._following is None:
            self._first.clear()
            draw, record, tend = _weakly(self)
            self._following = self._feed.follow(
                self.namespace, draw, kinds=self.kinds, record=record if self._records else None, tend=tend
            )
            weakref.finalize(self, self._following.close)

    def let_go(self) -> None:
        """Leave the feed. The last picture stays."""
        self._still.stop()
        if self._following is not None:
            self._following.close()
            self._following = None

    def close(self) -> None:
        self.let_go()
        super().close()

    @property
    def _records(self) -> bool:
        return type(self).record is not LiveView.record

    def tend(self) -> None:
        """Ask pages that have long said nothing whether they are there; let go of the feed when nobody looks."""
        audience, patience = self._audience, self.patience_seconds
        if audience.is_quiet(patience):
            self.send({"is": "ping"})
        nobody = audience.forget_the_silent(patience)
        is_hidden = bool(audience) and not audience.looks
        if (nobody and audience.was_opened) if self._records else (nobody or is_hidden):
            self.let_go()

    def objects(self) -> Objects:
        """Answer what is there now, after the first answer of the cluster."""
        self.follow()
        self._first.wait(FIRST_LOOK_SECONDS)
        return self._feed.objects(self.namespace, self.kinds)

    def draw(self, objects: Objects) -> None:
        """Send one frame, if somebody looks and is not too far behind. Called in the feed's thread."""
        is_first = objects.loaded and not self._first.is_set()
        if self._audience and not self._audience.looks:
            pass  # whoever comes back is sent the whole
        elif is_first or self._audience.takes_a_frame():
            self._draw(objects)
        elif self._following is not None:
            self._following.later()
        if is_first:
            self._first.set()
        self._still.change()

    def _draw(self, objects: Objects) -> None:
        with self._drawing:
            try:
                frame = self.frame_of(objects)
                if self._audience.readers:
                    frame["text"] = self.text_of(objects)
            except Exception as error:  # a picture that says so is better than one that stands still
                LOG.exception("the view %s could not be drawn", type(self).__name__)
                frame = {
                    **self.frame,
                    "notes": [f"This could not be drawn. It is a mistake of the view: {error!r}"],
                }
                frame.pop("number", None)
            self._tell(frame)

    def redraw(self) -> None:
        """Draw again what is known, at once, because something else than the cluster changed."""
        self._draw(self._feed.objects(self.namespace, self.kinds))

    def _tell(self, frame: Frame) -> None:
        """Send what differs, or all of it until a page has said that it listens. The trait holds the whole."""
        delta = delta_of({name: value for name, value in self.frame.items() if name != "number"}, frame)
        if not delta:
            return
        self._number += 1
        self.frame = {**frame, "number": self._number}
        self._audience.sent(self._number)
        if self._audience:
            self.send({"is": "delta", "number": self._number, "delta": delta})
        else:
            self.send_state("frame")

    def _should_send_property(self, key: str, value: Any) -> bool:
        return key != "frame" and bool(super()._should_send_property(key, value))

    def _heard(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        """Hear from the browser: that this view was opened or closed somewhere, or its text is read."""
        kind, page = str(message.get("is")), str(message.get("view", ""))
        if kind in PAGES_SAY and self._audience.hear(page, kind, message):
            self.follow()
            if self._first.is_set():
                self.redraw()
            self.send_state("frame")
        if kind == "closed" and not self._audience:
            self.let_go()
        elif kind == "text":
            self.redraw()
        elif kind == "whole":
            self.send_state("frame")
        elif kind not in PAGES_SAY:
            self.heard(message)

    def _ipython_display_(self) -> None:
        """Show the view, and below it what stays of it when its kernel is gone."""
        bundle = self._bundle()
        if bundle is not None and VIEW in bundle[0]:
            display({VIEW: bundle[0][VIEW], "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]  # IPython publishes no type for it
        self.objects()
        self._still.show()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = self._bundle(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        now = self.objects()
        return {**data, "text/plain": self.text_of(now), "text/html": self.html_of(now)}, metadata

    def _bundle(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        controls = tuple(self.controls()) if self._box is None else ()
        if controls:
            self._box = ipywidgets.VBox([self, ipywidgets.HBox(controls, layout={"flex_flow": "row wrap"})])
            hear_while_busy(self._box)
        if self._box is None:
            answer: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**kwargs)
            return answer
        data = self._box._repr_mimebundle_(**kwargs)  # how a notebook asks any widget
        return data if isinstance(data, tuple) else (data, {})

    def __str__(self) -> str:
        return self.text_of(self.objects())


def _still_of(view: LiveView) -> Still:
    """Make what stays of a view, which must not keep it alive."""
    reference = weakref.ref(view)

    def twins() -> tuple[str, str] | None:
        held = reference()
        if held is None or held.comm is None or held._following is None:  # noqa: SLF001  # this is the view's own
            return None
        now = held._feed.objects(held.namespace, held.kinds)  # noqa: SLF001  # as above
        return held.html_of(now), held.text_of(now)

    def told(twin: dict[str, str]) -> None:
        held = reference()
        if held is not None:
            held.twin = twin

    return Still(twins, told)


def _weakly(
    view: LiveView,
) -> tuple[Callable[[Objects], None], Callable[[Sequence[Change]], None], Callable[[], None]]:
    """Draw on the view as long as somebody holds it: the feed must not keep it alive."""
    reference = weakref.ref(view)

    def draw(objects: Objects) -> None:
        held = reference()
        if held is not None and held.comm is not None:
            held.draw(objects)

    def record(changes: Sequence[Change]) -> None:
        held = reference()
        if held is not None:
            held.record(changes)

    def tend() -> None:
        held = reference()
        if held is not None:
            held.tend()

    return draw, record, tend
