"""The cluster map: nodes with their pods on them, moving as the cluster does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.widgets.cluster_map import text
from kubetutor.widgets.cluster_map.snapshot import Snapshot, rank_of, snapshot_of
from kubetutor.widgets.live.view import LiveView, look

if TYPE_CHECKING:
    from kubetutor.widgets.live.feed import Objects
    from kubetutor.widgets.live.frames import Frame


class ClusterMap(LiveView):
    """Nodes and pods of one namespace."""

    _esm, _css = look(__file__)

    def snapshot(self) -> Snapshot:
        """Answer what is there now, as data."""
        return snapshot_of(self.objects(), self.namespace)

    def frame_of(self, objects: Objects) -> Frame:
        return frame_of(snapshot_of(objects, self.namespace))

    def text_of(self, objects: Objects) -> str:
        return text.text_of(snapshot_of(objects, self.namespace))

    def html_of(self, objects: Objects) -> str:
        return text.html_of(snapshot_of(objects, self.namespace))


def frame_of(snapshot: Snapshot) -> Frame:
    """Answer what the browser draws: the snapshot, with its sentences. Pods are a table by uid, nodes one by name."""
    frame: dict[str, Any] = snapshot.as_dict()
    pods = {
        pod.uid: {**row, "sentence": text.pod_sentence(pod), "rank": rank_of(pod)}
        for pod, row in zip(snapshot.pods, _rows(frame), strict=True)
    }
    nodes = {
        node["name"]: {**node, "pods": len(node["pods"]), "rank": f"{node['role']} {node['name']}"}
        for node in frame["nodes"]
    }
    summary = text.summary_of(snapshot)
    return {
        **{name: frame[name] for name in ("namespace", "deployments", "notes", "loaded", "moods")},
        "nodes": nodes,
        "pods": pods,
        "label": f"Cluster map of namespace {snapshot.namespace}",
        "title": f"Namespace {snapshot.namespace}",
        "summary": summary[:1].upper() + summary[1:],
        "spoken": text.headline_of(snapshot),
    }


def cluster_map(namespace: str = "default") -> ClusterMap:
    """Show the nodes and the pods of `namespace`, live."""
    return ClusterMap(namespace)


def _rows(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer the pods of a snapshot's dictionary in the order of `Snapshot.pods`."""
    return [*(pod for node in frame["nodes"] for pod in node["pods"]), *frame["unplaced"]]
