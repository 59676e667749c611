"""The object tree: who owns whom, and whom labels select, moving as the cluster does."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kubetutor.widgets.live.view import LiveView, look
from kubetutor.widgets.object_tree import text
from kubetutor.widgets.object_tree.graph import RESOURCES
from kubetutor.widgets.object_tree.snapshot import COLUMNS, Snapshot, snapshot_of

if TYPE_CHECKING:
    from kubetutor.widgets.live.feed import Feed, Objects
    from kubetutor.widgets.live.frames import Frame


class ObjectTree(LiveView):
    """The objects of one namespace, or what is tied to one of them."""

    kinds = tuple(RESOURCES.values())
    _esm, _css = look(__file__, "layout.js")

    def __init__(self, namespace: str, *, root: str | None = None, feed: Feed | None = None) -> None:
        self.root = root or ""
        self._opened: set[str] = set()
        super().__init__(namespace, feed=feed)

    def snapshot(self) -> Snapshot:
        """Answer what is there now, as data."""
        return self._snapshot(self.objects())

    def frame_of(self, objects: Objects) -> Frame:
        return frame_of(self._snapshot(objects), root=self.root)

    def text_of(self, objects: Objects) -> str:
        return text.text_of(self._snapshot(objects))

    def html_of(self, objects: Objects) -> str:
        return text.html_of(self._snapshot(objects))

    def heard(self, message: dict[str, Any]) -> None:
        """Open or close a box that stands for several objects."""
        if message.get("is") in {"unfold", "fold"}:
            key = str(message.get("key", ""))
            (self._opened.add if message["is"] == "unfold" else self._opened.discard)(key)
            self.redraw()

    def _snapshot(self, objects: Objects) -> Snapshot:
        return snapshot_of(objects, self.namespace, root=self.root, opened=frozenset(self._opened))


def frame_of(snapshot: Snapshot, *, root: str = "") -> Frame:
    """Answer what the browser draws: boxes are a table by key, and so are the ties between them."""
    summary = text.summary_of(snapshot)
    where = f"namespace {snapshot.namespace}" + (f", all that is tied to {root}" if root else "")
    return {
        "label": f"Object tree of {where}",
        "title": where[:1].upper() + where[1:],
        "summary": summary[:1].upper() + summary[1:],
        "notes": [*snapshot.problems, *snapshot.notes],
        "spoken": f"{where}: {summary}",
        "loaded": snapshot.loaded,
        "headings": headings(snapshot),
        "legend": text.LEGEND,
        "boxes": {box.key: {**asdict(box), "label": text.sentence_of(box)} for box in snapshot.boxes},
        "ties": {tie.key: asdict(tie) for tie in snapshot.ties},
    }


def headings(snapshot: Snapshot) -> list[str]:
    """Name each column by the kinds that stand in it."""
    kinds = [kind for kind, _ in snapshot.counts]
    return [
        ", ".join(f"{kind}s" for kind in kinds if COLUMNS[kind] == column)
        for column in range(max(COLUMNS.values()) + 1)
    ]


def object_tree(namespace: str = "default", root: str | None = None) -> ObjectTree:
    """Show who owns whom in `namespace` and whom labels select, live.

    `root`, such as `deployment/web` or `svc/web`, shows only what is tied to that object.
    """
    return ObjectTree(namespace, root=root)
