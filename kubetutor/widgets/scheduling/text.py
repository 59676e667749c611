"""The same facts in words and in plain HTML: for print, screen readers, saved notebooks and exports."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.widgets.scheduling.snapshot import NodeVerdict, Snapshot

OUTCOMES = {
    "chosen": "chosen",
    "promised": "promised, once others have left",
    "equal": "fits, as many points",
    "left": "fits, fewer points",
    "out": "ruled out",
    "unknown": "nothing seen that rules it out",
}
SIGNS = {True: "✓", False: "✗", None: "-"}
TOLD = "Told by the scheduler: which filter ruled a node out, and what each plugin gave the others."
NOT_TOLD = (
    "This cluster does not tell how it decided. Below: what its events say, and what can be inferred from taints, "
    "labels and requests as they are now."
)
FORGOTTEN = "The scheduler remembers only its newest decisions, and this one is not among them. What is below is inferred."


def headline_of(snapshot: Snapshot) -> str:
    """Say the decision in one sentence."""
    if not snapshot.pod:
        return "No pod here yet." if snapshot.loaded else "No answer from the cluster yet."
    if snapshot.node:
        return f"{snapshot.pod} went to {snapshot.node}{_because(snapshot)}."
    if snapshot.gated:
        return f"{snapshot.pod} has no node yet: scheduling gates hold it back."
    if snapshot.nominated:
        return f"{snapshot.pod} has no node yet: {snapshot.nominated} is promised to it."
    out = sum(node.outcome == "out" for node in snapshot.nodes)
    if out and out == len(snapshot.nodes):
        return f"{snapshot.pod} has no node: {'the only node is' if out == 1 else f'all {out} nodes are'} ruled out."
    return f"{snapshot.pod} has no node yet."


def sentences_of(snapshot: Snapshot) -> list[str]:
    """Say what the table does not: how it is known, equal scores, who must leave."""
    if not snapshot.pod:
        return []
    found = [TOLD if snapshot.told else FORGOTTEN if snapshot.tells else NOT_TOLD]
    if snapshot.equals:
        found.append(f"Equal scores on {_listed(snapshot.equals)}: one was chosen at random.")
    if snapshot.victims:
        found.append(
            f"Preemption on {snapshot.nominated or 'a node'}: of lower priority, and taken away to make room: "
            f"{_listed(snapshot.victims)}."
        )
    return found


def text_of(snapshot: Snapshot) -> str:
    lines = [f"Namespace {snapshot.namespace}: {headline_of(snapshot)}"]
    lines += [f"  {sentence}" for sentence in sentences_of(snapshot)]
    for node in snapshot.nodes:
        lines += ["", f"  {node_line(snapshot, node)}", *(f"      {line}" for line in details(node))]
    lines += ["", "  Events:", *(f"    {event}" for event in snapshot.events)] if snapshot.events else []
    lines += ["", *(f"Note: {note}" for note in snapshot.notes)] if snapshot.notes else []
    return "\n".join(lines)


def node_line(snapshot: Snapshot, node: NodeVerdict) -> str:
    total = f", {points(node.total)} points" if node.total is not None else ""
    inferred = " (inferred)" if not snapshot.told and node.outcome == "out" else ""
    return f"{node.name}: {outcome_of(node)}{total}{inferred}"


def outcome_of(node: NodeVerdict) -> str:
    return (
        OUTCOMES["left"].split(",")[0]
        if node.outcome == "left" and node.total is None
        else OUTCOMES[node.outcome]
    )


def details(node: NodeVerdict) -> list[str]:
    """Say each filter that was asked, the reason, and each score."""
    asked = [f"{SIGNS[passed]} {plugin}" for plugin, passed in node.passed if passed is not None]
    lines = [f"filters: {', '.join(asked)}"] if asked else []
    lines += [f"{node.plugin}: {reason_of(node)}"] if node.plugin else []
    scores = [
        f"{each.plugin} {points(each.score)} x {each.weight} = {points(each.points)}" for each in node.scores
    ]
    return lines + ([f"scores: {', '.join(scores)}"] if scores else [])


def reason_of(node: NodeVerdict) -> str:
    if not node.detail or node.detail == node.reason:
        return node.reason
    if node.detail.startswith(node.reason):
        return f"{node.detail}, as things are now"
    return f"{node.reason}. Now: {node.detail}"


def html_of(snapshot: Snapshot) -> str:
    """Draw a table that reads well without any script or style sheet."""
    parts = [
        f"<p><strong>Namespace {escape(snapshot.namespace)}: {escape(headline_of(snapshot))}</strong></p>"
    ]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in sentences_of(snapshot)]
    rows = "".join(
        f'<tr><th scope="row">{escape(node.name)}</th><td>{escape(outcome_of(node))}</td>'
        f"<td>{'' if node.total is None else points(node.total)}</td><td>{'<br>'.join(map(escape, details(node)))}</td></tr>"
        for node in snapshot.nodes
    )
    if rows:
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Node", "Outcome", "Points", "Why"))
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    if snapshot.events:
        items = "".join(f"<li>{escape(event)}</li>" for event in snapshot.events)
        parts.append(f"<p>Events:</p><ul>{items}</ul>")
    parts += [f"<p>Note: {escape(note)}</p>" for note in snapshot.notes]
    return f'<div class="kubetutor-scheduling-static">{"".join(parts)}</div>'


def points(number: float) -> str:
    """Write at most one digit after the point."""
    return f"{number:.1f}".removesuffix(".0")


def _because(snapshot: Snapshot) -> str:
    best = next((node for node in snapshot.nodes if node.outcome == "chosen"), None)
    fitting = [node for node in snapshot.nodes if node.outcome in {"chosen", "equal", "left"}]
    if best is None or not snapshot.told:
        return ""
    if len(fitting) == 1:
        return ", the only node that fits"
    most = "as many as another node" if snapshot.equals else f"the most of {len(fitting)} nodes that fit"
    return f": {points(best.total or 0)} points, {most}"


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
