"""The cluster map: nodes with their pods on them, moving as the cluster does."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from kubetutor.widgets.cluster_map import text
from kubetutor.widgets.cluster_map.filter import Filter, filter_of
from kubetutor.widgets.cluster_map.snapshot import (
    MOODS,
    NodeView,
    PodReader,
    PodView,
    Snapshot,
    rank_of,
    snapshot_of,
)
from kubetutor.widgets.live.view import LiveView, look

if TYPE_CHECKING:
    from kubetutor.widgets.live.feed import Objects
    from kubetutor.widgets.live.frames import Frame

EVERYTHING = Filter()
POD_FIELDS = tuple(entry.name for entry in fields(PodView))
NODE_FIELDS = tuple(entry.name for entry in fields(NodeView) if entry.name != "pods")


class ClusterMap(LiveView):
    """Nodes and pods of one namespace."""

    _esm, _css = look(__file__, "tile.js", "detail.js", "filter.js")

    def __init__(self, namespace: str, **more: Any) -> None:
        self._reader, self._rows, self._chosen = PodReader(), Rows(), EVERYTHING
        super().__init__(namespace, **more)

    def snapshot(self) -> Snapshot:
        """Answer what is there now, as data."""
        return snapshot_of(self.objects(), self.namespace)

    def filter(
        self, *, owner: str = "", revision: str = "", version: str = "", node: str = "", mood: str = ""
    ) -> None:
        """Show only pods that match; without arguments all. `mood` is one of `snapshot.MOODS`, such as `failing`."""
        self._chosen = Filter(owner, str(revision), version, node, mood)
        self.redraw()

    def heard(self, message: dict[str, Any]) -> None:
        if message.get("is") == "filter":
            self._chosen = filter_of(message)
            self.redraw()

    def frame_of(self, objects: Objects) -> Frame:
        snapshot = snapshot_of(objects, self.namespace, self._reader)
        return frame_of(snapshot, self._chosen, self._rows)

    def text_of(self, objects: Objects) -> str:
        return text.text_of(snapshot_of(objects, self.namespace), self._chosen)

    def html_of(self, objects: Objects) -> str:
        return text.html_of(snapshot_of(objects, self.namespace), self._chosen)


class Rows:
    """Writes pods as rows of a frame, and remembers them: a row that is the same object is not compared again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[PodView, dict[str, Any]]] = {}

    def write(self, pods: tuple[PodView, ...]) -> dict[str, dict[str, Any]]:
        known = {pod.uid: self._known_of(pod) for pod in pods}
        self._known = known
        return {uid: row for uid, (_pod, row) in known.items()}

    def _known_of(self, pod: PodView) -> tuple[PodView, dict[str, Any]]:
        old = self._known.get(pod.uid)
        if old is not None and old[0] is pod:
            return old
        row = {name: getattr(pod, name) for name in POD_FIELDS}
        return pod, {**row, "sentence": text.pod_sentence(pod), "rank": rank_of(pod)}


def frame_of(snapshot: Snapshot, chosen: Filter = EVERYTHING, rows: Rows | None = None) -> Frame:
    """Answer what the browser draws: the snapshot, with its sentences. Pods are a table by uid, nodes one by name."""
    summary = text.summary_of(snapshot)
    filtered = chosen.sentence(snapshot)
    return {
        "namespace": snapshot.namespace,
        "deployments": [asdict(deployment) for deployment in snapshot.deployments],
        "owners": [asdict(owner) for owner in snapshot.owners],
        "notes": list(snapshot.notes),
        "loaded": snapshot.loaded,
        "moods": MOODS,
        "tally": tally_of(snapshot),
        "nodes": {node.name: _node_row(node) for node in snapshot.nodes},
        "pods": (rows or Rows()).write((*snapshot.pods, *snapshot.helpers)),
        "filter": chosen.as_dict(),
        "filtered": filtered,
        "label": f"Cluster map of namespace {snapshot.namespace}",
        "title": f"Namespace {snapshot.namespace}",
        "summary": summary[:1].upper() + summary[1:],
        "spoken": f"{text.headline_of(snapshot)} {filtered}".rstrip(),
    }


def tally_of(snapshot: Snapshot) -> dict[str, int]:
    """Count the pods in each mood."""
    moods = [pod.mood for pod in snapshot.pods]
    return {mood: moods.count(mood) for mood in MOODS}


def cluster_map(namespace: str = "default") -> ClusterMap:
    """Show the nodes and the pods of `namespace`, live."""
    return ClusterMap(namespace)


def _node_row(node: NodeView) -> dict[str, Any]:
    row = {name: getattr(node, name) for name in NODE_FIELDS}
    return {**row, "pods": len(node.pods), "rank": f"{node.role} {node.name}"}
