"""The same facts in words and in plain HTML: for print, screen readers, saved notebooks and exports."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.widgets.cluster_map.snapshot import DeploymentView, NodeView, PodView, Snapshot

SIGNS = {
    "ready": "●", "running": "◐", "starting": "◌", "waiting": "?",
    "failing": "✕", "ending": "↓", "done": "✓", "lost": "!",
}  # fmt: skip

COLUMNS = ("", "POD", "STATUS", "READY", "RESTARTS", "VERSION", "REVISION", "OWNER")


def text_of(snapshot: Snapshot) -> str:
    """Say all that the view shows, one line a fact."""
    lines = [headline_of(snapshot)]
    lines += [f"  {deployment_line(deployment)}" for deployment in snapshot.deployments]
    for node in snapshot.nodes:
        lines += ["", node_line(node), *_table(node.pods)]
    if snapshot.unplaced:
        lines += ["", "No node yet", *_table(snapshot.unplaced)]
    lines += ["", *(f"Note: {note}" for note in snapshot.notes)] if snapshot.notes else []
    return "\n".join(lines)


def headline_of(snapshot: Snapshot) -> str:
    """Say the whole picture in one sentence."""
    return f"Namespace {snapshot.namespace}: {summary_of(snapshot)}"


def summary_of(snapshot: Snapshot) -> str:
    if not snapshot.loaded and not snapshot.nodes:
        return "no answer from the cluster yet."
    if not snapshot.pods:
        return "no pods yet."
    return f"{_count(len(snapshot.pods), 'pod')}, {snapshot.ready} ready."


def deployment_line(view: DeploymentView) -> str:
    revision = f"revision {view.revision}, " if view.revision else ""
    return f"Deployment {view.name}: {view.ready} of {view.wanted} ready, {revision}{view.image}, {view.progress}"


def node_line(node: NodeView) -> str:
    room = f", {_count(len(node.pods), 'pod')} here" + (
        f" of {node.capacity} at most" if node.capacity else ""
    )
    closed = "" if node.takes_pods else ", takes no new pods"
    return f"{node.name} ({node.role}, {node.state}{closed}{room})"


def pod_sentence(pod: PodView) -> str:
    """Say one pod in one sentence, as the view's buttons are named."""
    where = f" on {pod.node}" if pod.node else ", no node yet"
    revision = f", revision {pod.revision}" if pod.revision else ""
    restarts = f", restarted {_count(pod.restarts, 'time')}" if pod.restarts else ""
    return f"{pod.name}: {pod.status}, {pod.ready} containers ready{where}, version {pod.version}{revision}{restarts}"


def html_of(snapshot: Snapshot) -> str:
    """Draw tables that read well without any script or style sheet."""
    parts = [f"<p><strong>{escape(headline_of(snapshot))}</strong></p>"]
    if snapshot.deployments:
        items = "".join(f"<li>{escape(deployment_line(view))}</li>" for view in snapshot.deployments)
        parts.append(f"<ul>{items}</ul>")
    parts += [_html_table(node_line(node), node.pods) for node in snapshot.nodes]
    parts += [_html_table("No node yet", snapshot.unplaced)] if snapshot.unplaced else []
    parts += [f"<p>Note: {escape(note)}</p>" for note in snapshot.notes]
    return f'<div class="kubetutor-cluster-map-static">{"".join(parts)}</div>'


def _html_table(caption: str, pods: tuple[PodView, ...]) -> str:
    if not pods:
        return f"<p>{escape(caption)}</p>"
    head = "".join(f'<th scope="col">{column or "&nbsp;"}</th>' for column in COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(pod)) + "</tr>" for pod in pods
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(pod: PodView) -> tuple[str, ...]:
    return (
        SIGNS[pod.mood],
        pod.name,
        pod.status,
        pod.ready,
        str(pod.restarts),
        pod.version,
        pod.revision,
        pod.owner,
    )


def _table(pods: tuple[PodView, ...]) -> list[str]:
    if not pods:
        return []
    rows = [COLUMNS, *map(_cells, pods)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    whys = [f"    {pod.name}: {pod.why}" for pod in pods if pod.why]
    return lines + whys


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
