"""The same facts in words and in plain HTML: for print, screen readers, saved notebooks and exports."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kubetutor.widgets.cluster_map.text import SIGNS

if TYPE_CHECKING:
    from kubetutor.widgets.object_tree.snapshot import Box, Snapshot, Tie

LEGEND = {
    "owns": "owns: the other names it in its ownerReferences",
    "selects": "selects: the labels of the pod match",
    "lists": "lists: the address of the pod is in the EndpointSlice",
}


def text_of(snapshot: Snapshot) -> str:
    """Draw an indented tree: what stands deeper is owned; whom a label selects stands behind an arrow."""
    lines = [f"Namespace {snapshot.namespace}: {summary_of(snapshot)}"]
    lines += [f"  ! {problem}" for problem in snapshot.problems]
    lines += [""] if snapshot.boxes else []
    for box in snapshot.under(""):
        lines += _branch(snapshot, box, "  ")
    lines += ["", *(f"Note: {note}" for note in snapshot.notes)] if snapshot.notes else []
    return "\n".join(lines)


def summary_of(snapshot: Snapshot) -> str:
    if not snapshot.loaded and not snapshot.boxes:
        return "no answer from the cluster yet."
    if not snapshot.counts:
        return "no objects yet."
    return ", ".join(_count(kind, number) for kind, number in snapshot.counts) + "."


def html_of(snapshot: Snapshot) -> str:
    """Draw nested lists, which read well without any script or style sheet."""
    parts = [
        f"<p><strong>Namespace {escape(snapshot.namespace)}: {escape(summary_of(snapshot))}</strong></p>"
    ]
    parts += [f"<p>! {escape(problem)}</p>" for problem in snapshot.problems]
    parts.append(_html_list(snapshot, snapshot.under("")))
    parts += [f"<p>Note: {escape(note)}</p>" for note in snapshot.notes]
    return f'<div class="kubetutor-object-tree-static">{"".join(parts)}</div>'


def sentence_of(box: Box) -> str:
    """Name one object in one sentence, as the tree's items are named."""
    if box.more:
        return f"{box.name}{f', {box.state}' if box.state else ''}"
    return f"{box.kind} {box.name}, {box.state}{', orphan' if box.is_orphan else ''}"


def _branch(snapshot: Snapshot, box: Box, indent: str) -> list[str]:
    lines = [f"{indent}{line_of(box)}", *(f"{indent}    → {tie}" for tie in ties_in_words(snapshot, box))]
    for child in snapshot.under(box.key):
        lines += _branch(snapshot, child, f"{indent}  ")
    return lines


def line_of(box: Box) -> str:
    selector = f"  selects {', '.join(box.selects)}" if box.selects else ""
    labels = f"  labels {', '.join(box.labels)}" if box.labels and box.kind == "Pod" else ""
    return f"{SIGNS[box.mood]} {sentence_of(box)}{selector}{labels}"


def ties_in_words(snapshot: Snapshot, box: Box) -> list[str]:
    """Say the ties that indentation does not show: a Service's pods, a slice's addresses, pods of nobody's own."""
    names = {other.key: other for other in snapshot.boxes}
    if box.kind == "Service":
        found = [names[tie.target].name for tie in _ties(snapshot, box, "selects")]
        return [f"selects {', '.join(found)}"] if found else []
    if box.kind == "EndpointSlice":
        return [
            f"lists {names[tie.target].name}, {'ready' if tie.is_ready else 'not ready'}"
            for tie in _ties(snapshot, box, "lists")
        ]
    return [box.why] if box.is_orphan else []


def _ties(snapshot: Snapshot, box: Box, kind: str) -> list[Tie]:
    order = {other.key: place for place, other in enumerate(snapshot.boxes)}
    found = [tie for tie in snapshot.ties if tie.source == box.key and tie.kind == kind]
    return sorted(found, key=lambda tie: order[tie.target])


def _html_list(snapshot: Snapshot, boxes: tuple[Box, ...]) -> str:
    if not boxes:
        return ""
    items = []
    for box in boxes:
        ties = "".join(f"<br>→ {escape(tie)}" for tie in ties_in_words(snapshot, box))
        items.append(f"<li>{escape(line_of(box))}{ties}{_html_list(snapshot, snapshot.under(box.key))}</li>")
    return f"<ul>{''.join(items)}</ul>"


def _count(kind: str, number: int) -> str:
    noun = "pod" if kind == "Pod" else kind
    return f"{number} {noun}{'' if number == 1 else 's'}"
