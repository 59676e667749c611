"""The same facts in words and in plain HTML: for print, screen readers, saved notebooks and exports."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kubetutor.widgets.traffic.snapshot import OFF, RECENT, RUNNING, STARTING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.widgets.traffic.snapshot import Share, Snapshot

STATES = {
    OFF: "nobody asks now",
    STARTING: "the load pod starts",
    RUNNING: "the load pod asks",
}
ERRORS = 3  # kinds of errors that are named


def text_of(snapshot: Snapshot) -> str:
    """Say all that the view shows, one line a fact."""
    lines = [headline_of(snapshot)]
    lines += [f"  {name}: {value}" for name, value in facts_of(snapshot)]
    for caption, shares in _shares(snapshot):
        lines += ["", caption, *(f"  {share_line(share)}" for share in shares)]
    lines += ["", *(f"Note: {note}" for note in snapshot.notes)] if snapshot.notes else []
    return "\n".join(lines)


def html_of(snapshot: Snapshot) -> str:
    """Draw the same facts so that they read well without any script or style sheet."""
    facts = "".join(f"<li>{escape(name)}: {escape(value)}</li>" for name, value in facts_of(snapshot))
    parts = [f"<p><strong>{escape(headline_of(snapshot))}</strong></p>", f"<ul>{facts}</ul>"]
    for caption, shares in _shares(snapshot):
        rows = "".join(
            f"<tr><td>{escape(share.name or 'unknown')}</td><td>{escape(share_number(share))}</td></tr>"
            for share in shares
        )
        parts.append(f"<table><caption>{escape(caption)}</caption><tbody>{rows}</tbody></table>")
    parts += [f"<p>Note: {escape(note)}</p>" for note in snapshot.notes]
    return f'<div class="kubetutor-traffic-static">{"".join(parts)}</div>'


def headline_of(snapshot: Snapshot) -> str:
    return f"{title_of(snapshot)}: {lost_words(snapshot)}."


def title_of(snapshot: Snapshot) -> str:
    return f"Traffic through Service {snapshot.service} in namespace {snapshot.namespace}"


def lost_words(snapshot: Snapshot) -> str:
    """Say the running totals: `0 of 1,412 requests lost`."""
    lost, of = lost_parts(snapshot)
    return f"{lost} {of}"


def lost_parts(snapshot: Snapshot) -> tuple[str, str]:
    return f"{snapshot.tally.lost:,}", f"of {snapshot.tally.sent:,} requests lost"


def facts_of(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    tally, now = snapshot.tally, snapshot.now
    facts = [
        ("State", STATES[snapshot.state]),
        ("Asked for", f"{snapshot.rate:g} requests/s"),
        ("Answered now", f"{now.answered:.0f} requests/s"),
        ("Lost now", f"{now.lost:.0f} requests/s"),
        ("Latency", f"p50 {milliseconds(now.p50_ms)}, p95 {milliseconds(now.p95_ms)}"),
        ("Longest silence", f"{tally.longest_silence:.1f} s"),
    ]
    if tally.errors:
        named = ", ".join(f"{words} ({number:,})" for words, number in tally.errors[:ERRORS])
        facts.append(("Why lost", named))
    return tuple(facts)


def chart_titles() -> tuple[str, str, str, str]:
    """Answer the titles of the four charts; they say what is drawn how."""
    return (
        "Requests/s: answered full, lost hatched, asked for dotted",
        "Latency in ms: p50 full, p95 dotted",
        f"Share by version, last {RECENT:.0f} s",
        f"Share by pod, last {RECENT:.0f} s",
    )


def described(snapshot: Snapshot) -> str:
    """Say what the charts show, for those who do not see them."""
    shares = ", ".join(f"version {share_line(share)}" for share in snapshot.by_version)
    return f"Charts of the last minute. {lost_words(snapshot)}. {shares or 'No answers yet'}."


def spoken(snapshot: Snapshot) -> str:
    """Say what is worth being said aloud: it changes when something gets lost, not with every answer."""
    return f"{title_of(snapshot)}: {STATES[snapshot.state]}, {snapshot.tally.lost:,} requests lost."


def empty_words(snapshot: Snapshot) -> str:
    if snapshot.intervals or snapshot.state != OFF:
        return ""
    return "Nobody has asked yet. Press Start: a pod named load then sends requests from inside the cluster, and counts."


def share_line(share: Share) -> str:
    return f"{share.name or 'unknown'}: {share_number(share)}"


def share_number(share: Share) -> str:
    return f"{100 * share.part:.0f} % ({share.answers:,})"


def milliseconds(value: float | None) -> str:
    if value is None:
        return "\N{EN DASH}"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def _shares(snapshot: Snapshot) -> tuple[tuple[str, Sequence[Share]], ...]:
    seconds = f"last {RECENT:.0f} s"
    pairs = (
        (f"Share by version, {seconds}", snapshot.by_version),
        (f"Share by pod, {seconds}", snapshot.by_pod),
    )
    return tuple((caption, shares) for caption, shares in pairs if shares)
