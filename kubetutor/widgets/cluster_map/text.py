"""The same facts in words and in plain HTML: for print, screen readers, saved notebooks and exports."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kubetutor.widgets.cluster_map.filter import Filter, filtered

if TYPE_CHECKING:
    from kubetutor.widgets.cluster_map.snapshot import (
        DeploymentView,
        NodeView,
        OwnerView,
        PodView,
        Snapshot,
    )

SIGNS = {
    "ready": "●", "running": "◐", "starting": "◌", "waiting": "?",
    "failing": "✕", "ending": "↓", "done": "✓", "lost": "!",
}  # fmt: skip

COLUMNS = ("", "POD", "STATUS", "READY", "RESTARTS", "VERSION", "REVISION", "OWNER")


EVERYTHING = Filter()
HELPERS = "For the lesson: it sends requests, and is in no count"


def text_of(snapshot: Snapshot, chosen: Filter = EVERYTHING) -> str:
    """Say all that the view shows, one line a fact."""
    lines = [headline_of(snapshot), *_sentences(snapshot, chosen)]
    lines += [f"  {line}" for line in owner_lines(snapshot)]
    for title, pods in _parts(filtered(snapshot, chosen)):
        lines += ["", title, *_table(pods)]
    lines += ["", *(f"Note: {note}" for note in snapshot.notes)] if snapshot.notes else []
    return "\n".join(lines)


def owner_lines(snapshot: Snapshot) -> list[str]:
    """Say what makes the pods, a line each."""
    return [*map(deployment_line, snapshot.deployments), *map(owner_line, snapshot.owners)]


def _parts(snapshot: Snapshot) -> list[tuple[str, tuple[PodView, ...]]]:
    """Answer titles with the pods that stand under them."""
    parts = [(node_line(node), node.pods) for node in snapshot.nodes]
    parts += [("No node yet", snapshot.unplaced)] if snapshot.unplaced else []
    return parts + ([(HELPERS, snapshot.helpers)] if snapshot.helpers else [])


def _sentences(snapshot: Snapshot, chosen: Filter) -> list[str]:
    sentence = chosen.sentence(snapshot)
    return [sentence] if sentence else []


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


def owner_line(view: OwnerView) -> str:
    return f"{view.owner}: {_count(view.pods, 'pod')}, {view.ready} ready"


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
    version = f", version {pod.version}" if pod.version else ""
    helper = ", sends the requests of the lesson, not counted" if pod.is_load else ""
    return (
        f"{pod.name}: {pod.status}, {pod.ready} containers ready{where}{version}{revision}{restarts}{helper}"
    )


def html_of(snapshot: Snapshot, chosen: Filter = EVERYTHING) -> str:
    """Draw tables that read well without any script or style sheet."""
    parts = [f"<p><strong>{escape(headline_of(snapshot))}</strong></p>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in _sentences(snapshot, chosen)]
    if lines := owner_lines(snapshot):
        parts.append(f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>")
    parts += [_html_table(title, pods) for title, pods in _parts(filtered(snapshot, chosen))]
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
    whys = [f"    {pod.name}: {said}" for pod in pods for said in (pod.why, pod.containers) if said]
    return lines + whys


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
