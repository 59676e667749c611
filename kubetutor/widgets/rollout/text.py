"""The same facts in words and in plain HTML: for print, screen readers, saved notebooks and exports."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kubetutor.widgets.cluster_map.text import SIGNS
from kubetutor.widgets.rollout.rule import RECREATE, Fence, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.widgets.rollout.commands import Outcome
    from kubetutor.widgets.rollout.rule import Limit, Rule
    from kubetutor.widgets.rollout.snapshot import Deadline, Place, Revision, SetView, Snapshot

STATES = {"holds": "holds back", "open": "leaves room", "rest": "at rest"}
LEFT = "{left}"  # stands for the seconds that are left: a page counts them down
HISTORY = ("REVISION", "IMAGE", "PODS", "CHANGE-CAUSE")


def text_of(snapshot: Snapshot, outcome: Outcome | None, now: float) -> str:
    """Say all that the view shows, one line a fact. `now` is in seconds since 1970."""
    lines = [headline_of(snapshot)]
    for view in snapshot.sets:
        lines += ["", f"{set_heading(view)}: {set_counts(view)}", *map(_place_line, view.places)]
    if snapshot.rule is not None:
        lines += ["", *(f"  {line}" for line in rule_lines(snapshot, now))]
        lines += ["", "History", *_table([HISTORY, *map(history_cells, snapshot.history)])]
    lines += ["", *outcome_lines(outcome)] if outcome else []
    lines += ["", *(f"Note: {note}" for note in snapshot.notes)] if snapshot.notes else []
    return "\n".join(lines)


def html_of(snapshot: Snapshot, outcome: Outcome | None, now: float) -> str:
    """Draw the same facts so that they read well without any script or style sheet."""
    parts = [f"<p><strong>{escape(headline_of(snapshot))}</strong></p>"]
    for view in snapshot.sets:
        places = "".join(f"<li>{escape(place_words(place))}</li>" for place in view.places)
        parts.append(f"<p>{escape(set_heading(view))}: {escape(set_counts(view))}</p>")
        parts.append(f"<ul>{places}</ul>" if places else "")
    if snapshot.rule is not None:
        rules = "".join(f"<li>{escape(line)}</li>" for line in rule_lines(snapshot, now))
        parts += [f"<ul>{rules}</ul>", _html_table("History", HISTORY, map(history_cells, snapshot.history))]
    parts += [f"<p>{escape(line)}</p>" for line in (outcome_lines(outcome) if outcome else ())]
    parts += [f"<p>Note: {escape(note)}</p>" for note in snapshot.notes]
    return f'<div class="kubetutor-rollout-static">{"".join(parts)}</div>'


def headline_of(snapshot: Snapshot) -> str:
    return f"{title_of(snapshot)}: {summary_of(snapshot)}"


def title_of(snapshot: Snapshot) -> str:
    return f"Deployment {snapshot.name} in namespace {snapshot.namespace}"


def summary_of(snapshot: Snapshot) -> str:
    """Say where the rollout is, in one sentence."""
    rule = snapshot.rule
    if rule is None:
        return "no such Deployment yet." if snapshot.loaded else "no answer from the cluster yet."
    new = next((view for view in snapshot.sets if view.is_new), None)
    available = new.available if new else 0
    where = f"{available} of {rule.desired} new pods available"
    words = {
        "complete": f"revision {snapshot.revision} is rolled out, {available} of {rule.desired} pods available.",
        "paused": f"paused at revision {snapshot.revision}, {where}.",
        "stopped": f"revision {snapshot.revision} has stopped, {where}.",
        "unseen": "a new revision begins.",
    }
    return words.get(rule.state, f"rolling out revision {snapshot.revision}, {where}.")


def missing_words(snapshot: Snapshot) -> str:
    """Say what there is instead of the Deployment that is asked for."""
    others = f" Deployments here: {', '.join(snapshot.others)}." if snapshot.others else ""
    return f"There is no Deployment {snapshot.name} here. Create it, and it shows up at once.{others}"


def set_heading(view: SetView) -> str:
    role = "New" if view.is_new else "Old"
    return f"{role} ReplicaSet {view.name}, revision {view.revision}, {view.image}"


def set_counts(view: SetView) -> str:
    if not view.size and not view.places:
        return "no pods; kept, so that you can undo" if not view.is_new else "no pods yet"
    parts = [f"{count(view.size, 'replica')}, {view.available} available"]
    if view.living > view.size:
        parts.append(f"{view.living - view.size} too many")
    if view.living < view.size:
        parts.append(f"{view.size - view.living} not created yet")
    return ", ".join([*parts, *([f"{view.ending} ending"] if view.ending else [])])


def place_words(place: Place) -> str:
    counts = "available" if place.counts else "ending" if place.mood == "ending" else "not available"
    return f"{place.name}: {place.status}, {counts}" + (f": {place.why}" if place.why else "")


def limits_of(rule: Rule) -> tuple[tuple[str, str, Limit], ...]:
    """Answer the two limits: in short, how each comes about, and where it stands."""
    if rule.strategy == RECREATE:
        return (
            ("New pods", "only when no old one is left", rule.upper),
            ("Old pods", "all at once", rule.lower),
        )
    return (
        (
            f"At most {count(rule.most, 'pod')}",
            f"{rule.desired} wanted + {rule.surge.pods} maxSurge",
            rule.upper,
        ),
        (
            f"At least {rule.least} available",
            f"{rule.desired} wanted \N{MINUS SIGN} {rule.unavailable.pods} maxUnavailable",
            rule.lower,
        ),
    )


def settings_of(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """Answer the settings behind the rule, by the names that a manifest gives them."""
    rule = snapshot.rule
    if rule is None:
        return ()
    settings = [("strategy", rule.strategy), ("replicas", str(rule.desired))]
    if rule.strategy != RECREATE:
        settings += [
            ("maxSurge", _fence_words(rule.surge, "rounded up")),
            ("maxUnavailable", _fence_words(rule.unavailable, "rounded down")),
        ]
    settings.append(("minReadySeconds", f"{snapshot.min_ready_seconds} s"))
    deadline = "none" if snapshot.deadline is None else f"{snapshot.deadline.seconds} s"
    return (*settings, ("progressDeadlineSeconds", deadline))


def _fence_words(fence: Fence, rounded: str) -> str:
    if fence.said == str(fence.pods):
        return fence.said
    if fence.said in {"0", "0%"}:
        return f"{fence.said} is {fence.pods} here: both at 0 would let nothing move"
    return f"{fence.said} is {count(fence.pods, 'pod')}{', ' + rounded if fence.said.endswith('%') else ''}"


def deadline_words(deadline: Deadline | None) -> str:
    """Say when the rollout counts as stopped; `LEFT` stands for the seconds until then."""
    if deadline is None or deadline.until is None:
        return ""
    return f"Without progress for another {LEFT} s it counts as stopped (progressDeadlineSeconds: {deadline.seconds} s)."


def seconds_left(deadline: Deadline, now: float) -> int:
    return max(0, min(deadline.seconds, round((deadline.until or now) - now)))


def rule_lines(snapshot: Snapshot, now: float) -> list[str]:
    rule, deadline = snapshot.rule, snapshot.deadline
    if rule is None:
        return []
    lines = [
        f"{short} ({how}), {STATES[limit.state]}: {limit.sentence}" for short, how, limit in limits_of(rule)
    ]
    lines += [ending_words(rule)] if rule.ending else []
    lines.append(rule.next)
    if deadline is not None and deadline.until is not None:
        lines.append(deadline_words(deadline).replace(LEFT, str(seconds_left(deadline, now))))
    return [*lines, ", ".join(f"{name}: {value}" for name, value in settings_of(snapshot))]


def ending_words(rule: Rule) -> str:
    return f"{count(rule.ending, 'pod')} {'is' if rule.ending == 1 else 'are'} ending and no longer counted."


def outcome_lines(outcome: Outcome) -> tuple[str, str]:
    return (f"$ {outcome.command}", outcome.said)


def history_cells(revision: Revision) -> tuple[str, str, str, str]:
    now = " (now)" if revision.is_current else ""
    return (f"{revision.number}{now}", revision.image, str(revision.size), revision.cause or "<none>")


def _place_line(place: Place) -> str:
    return f"  {SIGNS[place.mood]} {place_words(place)}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _html_table(caption: str, head: Sequence[str], rows: map[tuple[str, str, str, str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
