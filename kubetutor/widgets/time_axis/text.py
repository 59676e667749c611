"""The recording in words: a line for each change, the lanes as characters, a table for other programs, and plain HTML."""

from __future__ import annotations

import csv
import io
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from kubetutor.widgets.cluster_map.text import SIGNS
from kubetutor.widgets.time_axis.figure import MOST_SERVICES, MOST_WORKLOADS, chart_lanes, subjects_of
from kubetutor.widgets.time_axis.lanes import ENDPOINTS, REPLICAS, REQUESTS
from kubetutor.widgets.time_axis.moments import comparisons, sentence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.widgets.time_axis.figure import ChartLane
    from kubetutor.widgets.time_axis.history import History
    from kubetutor.widgets.time_axis.lanes import Bar, Line, Moment

COLUMNS = ("time_s", "lane", "subject", "what", "value", "detail")
CLOCK = "Seconds count from the moment when the recording began; a change stands where it arrived."
WIDTH = 60  # characters of a lane
MOST_ROWS = 24  # pods drawn as characters; the others are told per owner
MOST_LINES = 60  # of the story in a saved notebook
HEIGHTS = "▁▂▃▄▅▆▇█"
ROOM = 26  # characters for the name of a lane


def summary_of(history: History) -> str:
    """Say the newest state in one sentence."""
    alive = [bar for bar in history.bars.values() if bar.end is None]
    ready = sum(bar.mood == "ready" for bar in alive)
    pods = "No pods yet." if not history.bars else f"{_count(len(alive), 'pod')}, {ready} ready."
    wanted = [line for line in history.lines.values() if (line.lane, line.what) == (REPLICAS, "wanted")]
    now = [(line.subject, line.points[-1][1]) for line in wanted if line.points[-1][1] is not None]
    return f"{now[0][0]} wants {now[0][1]:.0f}: {pods}" if len(now) == 1 else pods


def asides(history: History) -> list[str]:
    """Say what has no lane of its own."""
    lines = history.lines
    parts = (
        ("workload", "ready", subjects_of(list(lines.values()), REPLICAS)[MOST_WORKLOADS:], REPLICAS, "ready"),
        ("Service", "ready endpoints", subjects_of(list(lines.values()), ENDPOINTS)[MOST_SERVICES:], ENDPOINTS, "ready addresses"),
    )  # fmt: skip
    told = []
    for noun, word, subjects, lane, what in parts:
        newest = {subject: lines[f"{lane}/{subject}/{what}"].points[-1][1] for subject in subjects}
        said = [f"{subject} {value:.0f} {word}" for subject, value in newest.items() if value is not None]
        told += [f"And {len(said)} more {noun}{'s' * (len(said) != 1)}: {', '.join(said)}."] if said else []
    return told


def text_of(history: History, moments: Sequence[Moment], now: float, page: dict[str, object]) -> str:
    """Say all that the view shows: the lanes as characters, then the story."""
    lines = [f"{page['label']}. {summary_of(history)}", CLOCK, *asides(history)]
    lines += [f"Note: {note}" for note in _notes(page)]
    lines += ["", *blocks_of(history, now), ""]
    lines += [sentence_of(moment) for moment in moments if moment.kind != "mark"]
    lines += comparisons(moments)
    lines += ["", "What happened, in order:"] + (story_of(history) or ["  nothing yet"])
    return "\n".join(lines)


def story_of(history: History) -> list[str]:
    """Answer one line for each change, with its seconds."""
    return [f"{entry.at:9.1f} s  {entry.sentence}" for entry in history.in_order()]


def csv_of(history: History) -> str:
    """Answer all that is recorded as a tidy table: one observation a row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in sorted(history.entries, key=lambda entry: entry.at):
        value = "" if entry.value is None else entry.value
        writer.writerow((f"{entry.at:.3f}", entry.lane, entry.subject, entry.what, value, entry.detail))
    return out.getvalue()


def blocks_of(history: History, now: float, width: int = WIDTH) -> list[str]:
    """Draw the last minute, a character a second: digits for numbers, the cluster map's signs for pods."""
    begin = max(0.0, now - width)
    times = [begin + second + 1 for second in range(max(1, min(width, int(now - begin))))]
    rows = [
        (f"{lane.title} {trace.label}", _line_blocks(lane, trace.line, times))
        for lane in chart_lanes(history)
        for trace in lane.traces
    ]
    bars = [bar for bar in by_rank(history.bars.values()) if bar.end is None or bar.end > begin]
    rows += [(bar.name, "".join(_sign_at(bar, at) for at in times)) for bar in bars[:MOST_ROWS]]
    rows.append(("Events", "".join(_events_at(history, at) for at in times)))
    ruler = f"{'':{ROOM}}  {begin:.0f} s{f'{times[-1]:.0f} s':>{max(1, len(times) - len(f'{begin:.0f} s'))}}"
    drawn = [ruler, *(f"{_short(name):{ROOM}}  {blocks}" for name, blocks in rows)]
    drawn += [f"  {sentence}" for sentence in more_of(bars[MOST_ROWS:])]
    key = ", ".join(
        f"{SIGNS[mood]} {mood}" for mood in dict.fromkeys(part.mood for bar in bars for part in bar.segments)
    )
    return [*drawn, *([f"  {key}; events: n normal, W warning"] if key else [])]


def more_of(bars: Sequence[Bar]) -> list[str]:
    """Tell the pods without a row of their own, per owner."""
    groups: dict[str, Counter[str]] = {}
    for bar in bars:
        groups.setdefault(bar.owner or "no owner", Counter())[bar.mood if bar.end is None else "gone"] += 1
    return [
        f"and {sum(moods.values())} more of {owner}: "
        + ", ".join(f"{number} {mood}" for mood, number in moods.most_common())
        for owner, moods in groups.items()
    ]


def by_rank(bars: Iterable[Bar]) -> list[Bar]:
    return sorted(bars, key=lambda bar: (bar.owner, bar.revision.rjust(6), bar.start, bar.name))


def html_of(history: History, moments: Sequence[Moment], now: float, page: dict[str, object]) -> str:
    """Draw the facts as a picture of characters and as tables, which need no script and no style sheet."""
    parts = [
        f"<p><strong>{escape(str(page['label']))}. {escape(summary_of(history))}</strong></p><p>{CLOCK}</p>"
    ]
    parts += [f"<p>{escape(line)}</p>" for line in asides(history)]
    parts += [f"<p>Note: {escape(note)}</p>" for note in _notes(page)]
    said = [sentence_of(moment) for moment in moments if moment.kind != "mark"] + comparisons(moments)
    parts += [f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in said)}</ul>"] if said else []
    parts.append(f"<pre>{escape(chr(10).join(blocks_of(history, now)))}</pre>")
    lines = [
        (f"{lane.title}, {trace.label}", trace.line) for lane in chart_lanes(history) for trace in lane.traces
    ]
    parts += (
        [_table("Lines", ("LINE", "NEWEST", "STEPS"), [_line_cells(name, line) for name, line in lines])]
        if lines
        else []
    )
    bars = by_rank(history.bars.values())
    parts += (
        [_table("Pods", ("", "POD", "STATES", "RESTARTS"), [_bar_cells(bar) for bar in bars[:MOST_ROWS]])]
        if bars
        else []
    )
    parts += [f"<p>{escape(sentence)}</p>" for sentence in more_of(bars[MOST_ROWS:])]
    story = history.in_order()
    told = [(f"{entry.at:.1f} s", entry.sentence) for entry in story[-MOST_LINES:]]
    caption = "What happened, in order" + (
        f" (the newest {MOST_LINES} of {len(story)})" if len(story) > MOST_LINES else ""
    )
    parts += [_table(caption, ("TIME", "WHAT"), told)] if told else ["<p>Nothing has happened yet.</p>"]
    return f'<div class="kubetutor-time-axis-static">{"".join(parts)}</div>'


def _line_cells(name: str, line: Line) -> tuple[str, ...]:
    steps = [f"{_number(value)} at {at:.1f} s" for at, value in line.points]
    if line.lane == REQUESTS:  # two a second: too many to list
        values = [value for _, value in line.points if value is not None]
        told = f"lowest {_number(min(values))}, highest {_number(max(values))}" if values else "none yet"
    else:
        told = ("… " if len(steps) > MOST_ROWS else "") + ", ".join(steps[-MOST_ROWS:])
    return name, _number(line.points[-1][1]), told


def _bar_cells(bar: Bar) -> tuple[str, ...]:
    states = [f"{part.word} from {part.start:.1f} s" for part in bar.segments]
    states += [] if bar.end is None else [f"gone at {bar.end:.1f} s"]
    return SIGNS[bar.mood] if bar.end is None else "-", bar.name, ", ".join(states), str(bar.restarts)


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f'<th scope="col">{name or "&nbsp;"}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _line_blocks(lane: ChartLane, line: Line, times: list[float]) -> str:
    values = [line.value_at(at) for at in times]
    if line.lane != REQUESTS:
        return "".join(" " if value is None else f"{value:.0f}" if value < 10 else "+" for value in values)
    top = lane.top or 1.0
    return "".join(
        " " if value is None else "·" if value == 0 else HEIGHTS[min(7, int(7 * value / top))]
        for value in values
    )


def _sign_at(bar: Bar, at: float) -> str:
    segment = bar.segment_at(at)
    return SIGNS[segment.mood] if segment else " "


def _events_at(history: History, at: float) -> str:
    types = {mark.type for mark in history.marks.values() if at - 1 < mark.at <= at}
    return "W" if types - {"Normal"} else "n" if types else "·"


def _short(name: str) -> str:
    return name if len(name) <= ROOM else f"…{name[1 - ROOM :]}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _notes(page: dict[str, object]) -> list[str]:
    notes = page["notes"]
    return [str(note) for note in notes] if isinstance(notes, list) else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
