"""Pods as bars: what becomes of a bar when its pod is seen again. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kubetutor.widgets.time_axis.lanes import MOST_SEGMENTS, PODS, Bar, Entry, Segment
from kubetutor.widgets.time_axis.reading import word_of

if TYPE_CHECKING:
    from kubetutor.widgets.cluster_map.snapshot import PodView


def born(pod: PodView, at: float, *, was_there: bool) -> tuple[Bar, list[Entry]]:
    """Begin a bar. A pod that is older than the recording is not told as news."""
    bar = Bar(
        uid=pod.uid, name=pod.name, owner=pod.owner, revision=pod.revision, version=pod.version, node=pod.node,
        was_there=was_there, segments=(_segment(pod, at),), restarts=pod.restarts,
    )  # fmt: skip
    sentence = "" if was_there else f"Pod {pod.name} appears: {word_of(pod)}"
    return bar, [_status(bar, at, sentence)]


def grown(bar: Bar, pod: PodView, at: float) -> tuple[Bar, list[Entry]]:
    """Go on with a bar: a new segment if the state differs, a tick if a container restarted."""
    entries: list[Entry] = []
    facts = (pod.owner, pod.revision, pod.version, pod.node)
    after = bar
    if facts != (bar.owner, bar.revision, bar.version, bar.node):
        owner, revision, version, node = facts
        after = replace(bar, owner=owner, revision=revision, version=version, node=node)
    segment, last = _segment(pod, at), bar.segments[-1]
    if pod.restarts > bar.restarts:
        after = replace(after, restarts=pod.restarts, ticks=(*after.ticks, at)[-MOST_SEGMENTS:])
        times = "1 restart" if pod.restarts == 1 else f"{pod.restarts} restarts"
        entries.append(
            Entry(
                at, PODS, pod.name, "restarts", pod.restarts, "", f"Pod {pod.name} restarts: {times} so far"
            )
        )
    if (segment.mood, segment.word) != (last.mood, last.word):
        after = replace(after, segments=(*after.segments, segment)[-MOST_SEGMENTS:])
        entries.append(_status(after, at, f"Pod {pod.name}: {last.word} → {segment.word}"))
    elif segment.why != last.why:  # the same state, a newer reason
        after = replace(after, segments=(*after.segments[:-1], replace(last, why=segment.why)))
    return after, entries


def ended(bar: Bar, at: float) -> tuple[Bar, list[Entry]]:
    age = f", {at - bar.start:.1f} s after it appeared" if not bar.was_there else ""
    entry = Entry(at, PODS, bar.name, "status", "deleted", bar.node, f"Pod {bar.name} is gone{age}")
    return replace(bar, end=at), [entry]


def _segment(pod: PodView, at: float) -> Segment:
    return Segment(at, pod.mood, word_of(pod), pod.why)


def _status(bar: Bar, at: float, sentence: str) -> Entry:
    segment = bar.segments[-1]
    place = f"on {bar.node}" if bar.node else "no node yet"
    because = (
        f" ({segment.why})" if segment.why and sentence and segment.mood in {"failing", "waiting"} else ""
    )
    return Entry(at, PODS, bar.name, "status", segment.word, segment.why or place, sentence + because)
