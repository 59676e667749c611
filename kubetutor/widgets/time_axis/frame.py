"""What the page gets: tables whose rows stay the same objects while nothing about them changes, so that deltas are small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.widgets.cluster_map.snapshot import MOODS
from kubetutor.widgets.time_axis import text
from kubetutor.widgets.time_axis.figure import ChartLane, chart_lanes, figure_of, points_of
from kubetutor.widgets.time_axis.moments import comparisons, sentence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.widgets.live.frames import Frame
    from kubetutor.widgets.time_axis.history import History
    from kubetutor.widgets.time_axis.lanes import Bar, Entry, Mark, Moment


class Frames:
    """Makes frames of a recording, and keeps the rows of the last one."""

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[Any, Any]] = {}

    def frame_of(self, history: History, moments: Sequence[Moment], page: dict[str, Any]) -> Frame:
        """Answer the whole frame; `page` has what the view knows better: names, notes, and what time it is."""
        kept: dict[Any, tuple[Any, Any]] = {}

        def row(key: Any, source: Any, build: Callable[[Any], Any]) -> Any:
            before = self._kept.get(key)
            kept[key] = before if before is not None and before[0] is source else (source, build(source))
            return kept[key][1]

        lanes = chart_lanes(history)
        lines = [trace.line for lane in lanes for trace in lane.traces]
        frame = {
            **page,
            "moods": MOODS,
            "lanes": [lane_row(lane, history.until) for lane in lanes],
            "figure": figure_of(lanes),
            "points": {
                key: piece
                for line in lines
                for key, piece in row(("line", line.key), line, points_of).items()
            },
            "pods": {uid: row(("pod", uid), bar, pod_row) for uid, bar in history.bars.items()},
            "events": {key: row(("event", key), mark, event_row) for key, mark in history.marks.items()},
            "story": {
                str(number): row(("story", number), entry, story_row) for number, entry in history.story.items()
            },
            "moments": [moment_row(moment) for moment in moments],
            "comparisons": comparisons(moments),
            "asides": text.asides(history),
            "gaps": [list(gap) for gap in history.gaps],
            "summary": text.summary_of(history),
        }  # fmt: skip
        self._kept = kept
        return frame


def lane_row(lane: ChartLane, until: dict[str, float]) -> dict[str, Any]:
    return {
        "key": lane.key, "kind": lane.kind, "title": lane.title, "height": lane.height, "until": until.get(lane.kind),
        "lines": [
            {"key": trace.line.key, "label": trace.label, "say": trace.say, "colour": trace.colour, "dash": trace.dash}
            for trace in lane.traces
        ],
    }  # fmt: skip


def pod_row(bar: Bar) -> dict[str, Any]:
    kind, _, owner = bar.owner.partition(" ")
    return {
        "name": bar.name, "owner": owner, "kind": kind, "revision": bar.revision, "version": bar.version,
        "rank": f"{bar.owner} {bar.revision.rjust(6)} {bar.start + 10**6:014.3f} {bar.name}", "was_there": bar.was_there,
        "segments": [[round(part.start, 2), part.mood, part.word, part.why] for part in bar.segments],
        "ticks": [round(at, 2) for at in bar.ticks], "end": None if bar.end is None else round(bar.end, 2),
    }  # fmt: skip


def event_row(mark: Mark) -> dict[str, Any]:
    return {"at": round(mark.at, 2), "type": mark.type, "reason": mark.reason, "subject": mark.subject}


def story_row(entry: Entry) -> dict[str, Any]:
    return {"at": round(entry.at, 2), "lane": entry.lane, "text": entry.sentence}


def moment_row(moment: Moment) -> dict[str, Any]:
    said = "" if moment.seconds is None else f"{moment.label}: {moment.seconds:.1f} s"
    return {
        "kind": moment.kind, "at": round(moment.at, 2), "end": round(moment.end, 2), "label": said or moment.label,
        "text": sentence_of(moment),
    }  # fmt: skip
