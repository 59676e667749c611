"""The lines as a plotly figure: plain data, made without plotly. One lane is one y axis; all share one x axis.

The page gets the lines' points apart from the figure, in pieces of half a minute, so that only the newest piece is sent again.
It fills them in, and gives each lane its place and height: bars and marks lie between the lanes of lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.widgets.time_axis.lanes import ENDPOINTS, REPLICAS, REQUESTS

if TYPE_CHECKING:
    from kubetutor.widgets.time_axis.history import History
    from kubetutor.widgets.time_axis.lanes import Line

MOST_WORKLOADS = 3  # lanes; more are told in words
MOST_SERVICES = 3
PIECE_SECONDS = 30.0
DASHES = ("solid", "dash", "dot")


@dataclass(frozen=True, slots=True)
class Trace:
    """How a line looks and is said. `say` has a place for the number."""

    line: Line
    label: str
    say: str
    colour: str
    dash: str = "solid"
    width: float = 2.0
    fill: str = ""


@dataclass(frozen=True, slots=True)
class ChartLane:
    """Lines that share a y axis."""

    key: str
    kind: str
    title: str
    traces: tuple[Trace, ...]
    height: int = 50  # pixels

    @property
    def top(self) -> float:
        return max((trace.line.most for trace in self.traces), default=0.0)


def chart_lanes(history: History) -> tuple[ChartLane, ...]:
    """Answer the lanes of lines, from cause to effect."""
    lines = list(history.lines.values())
    shown = subjects_of(lines, REPLICAS)[:MOST_WORKLOADS]
    lanes = [_workload_lane(subject, lines) for subject in shown]
    services = subjects_of(lines, ENDPOINTS)[:MOST_SERVICES]
    if services:
        lanes.append(_endpoints_lane(services, lines))
    return (*lanes, *_request_lanes(lines))


def subjects_of(lines: list[Line], lane: str) -> list[str]:
    return list(dict.fromkeys(line.subject for line in lines if line.lane == lane))


def figure_of(lanes: tuple[ChartLane, ...]) -> dict[str, Any]:
    """Answer the figure without its points: each trace's `meta` is the key of its line."""
    data = [
        _plotly_trace(trace, number) for number, lane in enumerate(lanes, 1) for trace in _on_top_last(lane)
    ]
    layout: dict[str, Any] = {
        "showlegend": False, "hovermode": False, "dragmode": False, "autosize": True,
        "margin": {"l": 34, "r": 10, "t": 0, "b": 26},
        "xaxis": {
            "range": [-60, 0], "fixedrange": True, "ticksuffix": " s", "nticks": 8, "zeroline": False, "anchor": "free",
            "position": 0, "gridcolor": "--kt-edge", "griddash": "dot", "tickcolor": "--kt-edge", "showgrid": True,
        },
    }  # fmt: skip
    if not lanes:
        layout["yaxis"] = {"visible": False, "range": [0, 1], "fixedrange": True}
    for number, lane in enumerate(lanes, 1):
        layout[f"yaxis{number if number > 1 else ''}"] = _y_axis(lane)
    return {"data": data, "layout": layout}


def points_of(line: Line) -> dict[str, dict[str, Any]]:
    """Answer the line's points in pieces, by key."""
    pieces: dict[str, dict[str, Any]] = {}
    for at, value in line.points:
        number = int(at // PIECE_SECONDS)
        piece = pieces.setdefault(
            f"{line.key}|{number}", {"line": line.key, "number": number, "x": [], "y": []}
        )
        piece["x"].append(round(at, 2))
        piece["y"].append(value)
    return pieces


def filled(figure: dict[str, Any], history: History) -> dict[str, Any]:
    """Answer the figure with its points, as the page draws it."""
    data = []
    for trace in figure["data"]:
        points = history.lines[trace["meta"]].points
        data.append({**trace, "x": [at for at, _ in points], "y": [value for _, value in points]})
    return {**figure, "data": data}


def _workload_lane(subject: str, lines: list[Line]) -> ChartLane:
    looks = {
        "wanted": ("wanted {}", "--kt-ink", "dash", 1.6),
        "ready": ("ready {}", "--kt-ready", "solid", 2.6),
        "available": ("available {}", "--kt-starting", "dot", 1.8),
    }
    by_what = {line.what: line for line in lines if (line.lane, line.subject) == (REPLICAS, subject)}
    traces = tuple(
        Trace(by_what[what], what, say, colour, dash, width)
        for what, (say, colour, dash, width) in looks.items()
        if what in by_what
    )
    return ChartLane(f"{REPLICAS}/{subject}", REPLICAS, subject, traces)


def _endpoints_lane(services: list[str], lines: list[Line]) -> ChartLane:
    by_subject = {line.subject: line for line in lines if line.lane == ENDPOINTS}
    several = len(services) > 1
    traces = tuple(
        Trace(
            by_subject[service],
            service.removeprefix("Service "),
            f"{service.removeprefix('Service ')} {{}} endpoints" if several else "{} endpoints",
            f"--kt-band-{(3, 2, 4)[place]}",
            DASHES[place],
        )
        for place, service in enumerate(services)
    )
    return ChartLane(ENDPOINTS, ENDPOINTS, "Endpoints", traces, height=40)


def _request_lanes(lines: list[Line]) -> list[ChartLane]:
    by_what = {line.what: line for line in lines if line.lane == REQUESTS}
    if not by_what:
        return []
    outcomes = (
        Trace(by_what["answered"], "answered/s", "{} answered/s", "--kt-ready", width=1.6, fill="--kt-ready-tint"),
        Trace(by_what["lost"], "lost/s", "{} lost/s", "--kt-failing", width=2.2, fill="--kt-failing-tint"),
    )  # fmt: skip
    latency = Trace(by_what["p95"], "p95 ms", "p95 {} ms", "--kt-band-2", width=1.8)
    return [
        ChartLane(f"{REQUESTS}/outcomes", REQUESTS, "Requests", outcomes),
        ChartLane(f"{REQUESTS}/latency", REQUESTS, "Latency", (latency,), height=36),
    ]


def _on_top_last(lane: ChartLane) -> tuple[Trace, ...]:
    """The dashes of what is wanted are to be seen over what is ready."""
    return lane.traces[::-1] if lane.kind == REPLICAS else lane.traces


def _plotly_trace(trace: Trace, number: int) -> dict[str, Any]:
    fill = {"fill": "tozeroy", "fillcolor": trace.fill} if trace.fill else {}
    return {
        "type": "scatter", "mode": "lines", "meta": trace.line.key, "name": trace.label, "x": [], "y": [],
        "xaxis": "x", "yaxis": f"y{number if number > 1 else ''}", "hoverinfo": "skip", **fill,
        "line": {"shape": "hv", "color": trace.colour, "dash": trace.dash, "width": trace.width},
    }  # fmt: skip


def _y_axis(lane: ChartLane) -> dict[str, Any]:
    top = max(lane.top, 1.0)
    ticks = {"nticks": 3} if lane.kind == REQUESTS else {"tickvals": [0, top]}
    return {
        "range": [-0.06 * top, 1.18 * top], "fixedrange": True, "zeroline": False, "showgrid": True,
        "gridcolor": "--kt-edge", "griddash": "dot", "tickfont": {"size": 10, "color": "--kt-quiet"}, "tickformat": "~s",
        **ticks,
    }  # fmt: skip
