"""The live view: nodes with their pods on them, moving as the cluster does.

It draws snapshots and fetches nothing. A notebook that is saved, exported or read on GitHub shows the same
facts as tables, from the moment when the view was displayed; `print(view)` says them in words at any time.
"""

from __future__ import annotations

import pathlib
import threading
import weakref
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from kubetutor.widgets.feed import Objects, kernel_feed
from kubetutor.widgets.snapshot import Snapshot, snapshot_of
from kubetutor.widgets.text import headline_of, html_of, pod_sentence, summary_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.widgets.feed import Feed, Following

HERE = pathlib.Path(__file__).parent
FIRST_LOOK_SECONDS = 3.0


class ClusterMap(anywidget.AnyWidget):
    """A view of one namespace, drawn anew at most 20 times a second.

    It follows the cluster while it is shown somewhere. When its last output is cleared it lets go of the
    feed, and takes hold again when it is shown again.
    """

    _esm = HERE / "cluster_map.js"
    _css = HERE / "cluster_map.css"
    frame = traitlets.Dict().tag(sync=True)

    def __init__(self, namespace: str, *, feed: Feed | None = None) -> None:
        super().__init__()
        self.namespace = namespace
        self._feed = feed or kernel_feed()
        self._shown: set[str] = set()
        self._first = threading.Event()
        self._following: Following | None = None
        self.on_msg(self._heard)
        self.follow()

    def follow(self) -> None:
        """Take hold of the feed, unless it has."""
        if self._following is None:
            self._first.clear()
            self._following = self._feed.follow(self.namespace, _weakly(self))
            weakref.finalize(self, self._following.close)

    def let_go(self) -> None:
        """Leave the feed. The last picture stays."""
        if self._following is not None:
            self._following.close()
            self._following = None

    def close(self) -> None:
        self.let_go()
        super().close()

    def snapshot(self) -> Snapshot:
        """Answer what is there now, as data."""
        self.follow()
        self._first.wait(FIRST_LOOK_SECONDS)
        return snapshot_of(self._feed.objects(self.namespace), self.namespace)

    def draw(self, objects: Objects) -> None:
        """Send one frame. Runs in the feed's thread."""
        self.frame = frame_of(snapshot_of(objects, self.namespace))
        if objects.loaded:
            self._first.set()

    def _heard(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        """Hear from the browser that this view was opened or closed somewhere."""
        if content.get("is") == "open":
            self._shown.add(content["view"])
            self.follow()
        elif content.get("is") == "closed":
            self._shown.discard(content["view"])
            if not self._shown:
                self.let_go()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        now = self.snapshot()
        return {**data, "text/plain": text_of(now), "text/html": html_of(now)}, metadata

    def __str__(self) -> str:
        return text_of(self.snapshot())


def frame_of(snapshot: Snapshot) -> dict[str, Any]:
    """Answer what the browser draws: the snapshot, with its sentences."""
    frame = snapshot.as_dict()
    sentences = {pod.uid: pod_sentence(pod) for pod in snapshot.pods}
    for pod in [*(pod for node in frame["nodes"] for pod in node["pods"]), *frame["unplaced"]]:
        pod["sentence"] = sentences[pod["uid"]]
    return {
        **frame,
        "headline": headline_of(snapshot),
        "summary": _capital(summary_of(snapshot)),
        "text": text_of(snapshot),
    }


def cluster_map(namespace: str = "default") -> ClusterMap:
    """Show the nodes and the pods of `namespace`, live."""
    return ClusterMap(namespace)


def _weakly(view: ClusterMap) -> Callable[[Objects], None]:
    """Draw on the view as long as somebody holds it: the feed must not keep it alive."""
    reference = weakref.ref(view)

    def draw(objects: Objects) -> None:
        held = reference()
        if held is not None and held.comm is not None:
            held.draw(objects)

    return draw


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
