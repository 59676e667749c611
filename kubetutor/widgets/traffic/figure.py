"""The four charts as one plotly figure, in plain data: requests a second, latency, share by version, share by pod.

No chart speaks by colour alone: what is lost is hatched, lines differ in their dashes, and every title says which is which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.widgets.traffic import text
from kubetutor.widgets.traffic.snapshot import SHOWN, Share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.widgets.traffic.snapshot import Snapshot

MOST_PODS = 8  # bars; more pods share the last one
LONGEST_NAME = 16  # letters that fit beside a bar
WHOLE = 165  # percent that a chart of shares is wide: numbers stand beside the bars
FEWEST = 3  # bars that there is room for
BANDS = 6  # colours for versions
TOP, BOTTOM = (0.59, 0.93), (0.0, 0.35)
LEFT, RIGHT = (0.0, 0.58), (0.76, 1.0)
NARROW = {"top": (0.80, 0.96), "bottom": (0.54, 0.70), "versions": (0.32, 0.44), "pods": (0.0, 0.22)}
TICKS = (60, 45, 30, 15, 0)


def figure_of(snapshot: Snapshot) -> dict[str, Any]:
    return {"data": [*_over_time(snapshot), *_bars(snapshot)], "layout": _layout(snapshot, narrow=False)}


def narrow_layout(snapshot: Snapshot) -> dict[str, Any]:
    """Answer the layout for little room: the charts stand below each other."""
    return _layout(snapshot, narrow=True)


def _over_time(snapshot: Snapshot) -> list[dict[str, Any]]:
    intervals = snapshot.intervals
    end = intervals[-1].end if intervals else 0.0
    times = [round((each.start + each.end) / 2 - end, 2) for each in intervals]
    widths = [round(each.seconds, 2) for each in intervals]

    def rates(name: str) -> list[float]:
        return [round(getattr(each, name) / max(each.seconds, 0.01), 1) for each in intervals]

    bar = {
        "type": "bar",
        "x": times,
        "width": widths,
        "hovertemplate": "%{y:.0f} a second<extra>%{fullData.name}</extra>",
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "hovertemplate": "%{y:.1f} ms<extra>%{fullData.name}</extra>",
    }
    lost = {
        "color": "--kt-failing",
        "pattern": {"shape": "x", "size": 5, "bgcolor": "--kt-failing", "fgcolor": "--kt-paper"},
    }
    return [
        {**bar, "name": "answered", "y": rates("answered"), "marker": {"color": "--kt-ready", "opacity": 0.8, "line": {"width": 0}}},
        {**bar, "name": "lost", "y": rates("lost"), "marker": lost},
        {
            **line, "name": "asked for", "y": [each.rate for each in intervals], "hoverinfo": "skip", "hovertemplate": None,
            "line": {"color": "--kt-ink", "width": 1.4, "dash": "dot", "shape": "hvh"},
        },
        {
            **line, "name": "p95", "y": [each.p95_ms for each in intervals], "yaxis": "y2", "xaxis": "x2",
            "line": {"color": "--kt-band-1", "width": 1.8, "dash": "dot"},
        },
        {
            **line, "name": "p50", "y": [each.p50_ms for each in intervals], "yaxis": "y2", "xaxis": "x2",
            "line": {"color": "--kt-starting", "width": 2},
        },
    ]  # fmt: skip


def _bars(snapshot: Snapshot) -> list[dict[str, Any]]:
    versions = [name for name, _ in sorted(snapshot.tally.versions)]
    return [
        _bar_chart(snapshot.by_version, versions, "share by version", "3"),
        _bar_chart(few(snapshot.by_pod), versions, "share by pod", "4"),
    ]


def _bar_chart(shares: Sequence[Share], versions: Sequence[str], name: str, axis: str) -> dict[str, Any]:
    """Draw one bar a name. A version keeps its colour, in both charts."""
    colours = [
        f"--kt-band-{versions.index(share.version) % BANDS}" if share.version in versions else "--kt-idle"
        for share in shares
    ]
    return {
        "type": "bar", "orientation": "h", "name": name, "xaxis": f"x{axis}", "yaxis": f"y{axis}",
        "y": [short(share.name) for share in shares], "x": [round(100 * share.part, 1) for share in shares],
        "text": [text.share_number(share) for share in shares], "textposition": "outside",
        "constraintext": "none", "cliponaxis": False, "marker": {"color": colours}, "hoverinfo": "skip",
        "outsidetextfont": {"color": "--kt-ink"},
    }  # fmt: skip


def few(shares: Sequence[Share]) -> tuple[Share, ...]:
    """Keep as many bars as fit; the other pods become one."""
    if len(shares) <= MOST_PODS:
        return tuple(shares)
    ranked = sorted(shares, key=lambda share: -share.answers)
    kept, others = ranked[: MOST_PODS - 1], ranked[MOST_PODS - 1 :]
    rest = Share(
        f"{len(others)} others", "", sum(each.answers for each in others), sum(each.part for each in others)
    )
    return (*sorted(kept, key=lambda share: (share.version, share.name)), rest)


def short(name: str) -> str:
    """Answer the end of a long name: pods of one ReplicaSet differ there."""
    if not name:
        return "unknown"
    return name if len(name) <= LONGEST_NAME else f"\N{HORIZONTAL ELLIPSIS}{name[1 - LONGEST_NAME :]}"


def _layout(snapshot: Snapshot, *, narrow: bool) -> dict[str, Any]:
    top, bottom = (NARROW["top"], NARROW["bottom"]) if narrow else (TOP, BOTTOM)
    versions, pods = (NARROW["versions"], NARROW["pods"]) if narrow else (TOP, BOTTOM)
    left, right = ((0.0, 1.0), (0.32, 1.0)) if narrow else (LEFT, RIGHT)
    label = right[0] - (0.32 if narrow else 0.14)
    time = {
        "range": [-SHOWN, 0.5], "tickvals": [-tick for tick in TICKS],
        "ticktext": [f"{tick} s" if tick else "now" for tick in TICKS],
        "fixedrange": True, "showgrid": False, "zeroline": False, "ticklabelstandoff": 5, "domain": left, "color": "--kt-quiet",
    }  # fmt: skip
    value = {
        "rangemode": "tozero", "fixedrange": True, "gridcolor": "--kt-edge", "zeroline": False, "nticks": 4,
        "color": "--kt-quiet",
    }  # fmt: skip
    share = {"range": [0, WHOLE], "fixedrange": True, "visible": False, "domain": right}
    named = {
        "type": "category",
        "fixedrange": True,
        "ticklabelstandoff": 4,
        "showgrid": False,
    }
    titles = text.chart_titles()
    places = ((0.0, top), (0.0, bottom), (label, versions), (label, pods))
    return {
        "height": 640 if narrow else 350,
        "margin": {"l": 38, "r": 12, "t": 6, "b": 24},
        "showlegend": False,
        "barmode": "stack",
        "bargap": 0.3,
        "dragmode": False,
        "xaxis": {**time, "anchor": "y"},
        "yaxis": {**value, "domain": top, "range": [0, highest(snapshot)]},
        "xaxis2": {**time, "anchor": "y2"},
        "yaxis2": {**value, "domain": bottom, "anchor": "x2"},
        "xaxis3": {**share, "anchor": "y3"},
        "yaxis3": {**named, "range": _rows(snapshot.by_version), "domain": versions, "anchor": "x3"},
        "xaxis4": {**share, "anchor": "y4"},
        "yaxis4": {**named, "range": _rows(few(snapshot.by_pod)), "domain": pods, "anchor": "x4"},
        "annotations": [_title(words, *place) for words, place in zip(titles, places, strict=True)],
    }


def _rows(shares: Sequence[Share]) -> list[float]:
    """Answer the range of an axis of names, the first one on top; a lone bar does not fill it."""
    return [max(len(shares), FEWEST) - 0.5, -0.5]


def highest(snapshot: Snapshot) -> float:
    """Answer how far the axis of requests reaches: above what is asked for, and above what came."""
    seen = [(each.answered + each.lost) / max(each.seconds, 0.01) for each in snapshot.intervals]
    return round(max([snapshot.rate, *(each.rate for each in snapshot.intervals), *seen, 10.0]) * 1.15, 1)


def _title(words: str, left: float, domain: tuple[float, float]) -> dict[str, Any]:
    return {
        "text": words, "showarrow": False, "xref": "paper", "yref": "paper", "x": left, "y": domain[1] + 0.01,
        "xanchor": "left", "yanchor": "bottom", "align": "left", "font": {"color": "--kt-quiet", "size": 12},
    }  # fmt: skip
