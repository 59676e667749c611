"""What became of requests: reports of a load pod, one an interval, become three lines and few sentences.

The reports carry the clock of the node that the load pod runs on. Nothing comes sooner than it happened, so the report that
arrived the fastest says best how the two clocks differ; all are placed by that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kubetutor.widgets.time_axis.lanes import REQUESTS, Entry, Line

if TYPE_CHECKING:
    from kubetutor.widgets.time_axis.history import History

GAP = 0.3  # seconds between two intervals: less is no gap
SUBJECT = "Load"
WORDS = {"answered": "answered a second", "lost": "lost a second", "p95": "p95 in ms"}


class Outcome(Protocol):
    """What is asked of a report. Times are in seconds since 1970, latency is in milliseconds or None."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def answered(self) -> int: ...
    @property
    def lost(self) -> int: ...
    @property
    def p95_ms(self) -> float | None: ...


class Outcomes:
    """Adds reports to a recording. `answered` and `lost` are running totals."""

    def __init__(self, history: History) -> None:
        self.answered = self.lost = 0
        self._history = history
        self._delay: float | None = None  # of the fastest report, clocks and all
        self._loses: bool | None = None
        self._end: float | None = None  # of the newest report, by its own clock

    def add(self, report: Outcome, now: float) -> None:
        """Take over one report that arrived at `now`."""
        self._place(now - report.end)
        shift = (self._delay or 0.0) - self._history.start
        begin, end = report.start + shift, report.end + shift
        if self._end is not None and report.start - self._end > GAP:
            self._say_nothing_from(self._end + shift)
        self._end = report.end
        self.answered += report.answered
        self.lost += report.lost
        seconds = max(report.end - report.start, 1e-3)
        values = {
            "answered": report.answered / seconds, "lost": report.lost / seconds, "p95": report.p95_ms,
        }  # fmt: skip
        for what, value in values.items():
            rounded = None if value is None else round(value, 1)
            self._history.go_on(Line(REQUESTS, SUBJECT, what), begin, rounded)
            self._history.add([Entry(begin, REQUESTS, SUBJECT, WORDS[what], rounded)])
        self._history.until[REQUESTS] = end
        self._tell_loss(report, end)

    def end(self) -> None:
        """No more reports come: the lines end where the newest one did."""
        if self._end is not None:
            self._say_nothing_from(self._end + (self._delay or 0.0) - self._history.start)

    def _say_nothing_from(self, at: float) -> None:
        for what in WORDS:
            self._history.go_on(Line(REQUESTS, SUBJECT, what), at, None)

    def _tell_loss(self, report: Outcome, at: float) -> None:
        if report.lost == 0 and report.answered == 0:
            return
        loses, rate = report.lost > 0, report.lost / max(report.end - report.start, 1e-3)
        words = ""
        if loses and not self._loses:
            words = f"Requests get lost: {rate:.0f} a second"
        elif self._loses and not loses:
            words = f"No request is lost any more; {self.lost} were lost so far"
        elif self._loses is None:
            words = "Requests are answered"
        if words:
            self._history.add([Entry(at, REQUESTS, SUBJECT, "lost in total", self.lost, "", words)])
        self._loses = loses

    def _place(self, delay: float) -> None:
        """Believe a faster report, and put what is there already where it says."""
        before = self._delay
        if before is None:
            self._delay = delay
        elif delay < before:
            self._delay = delay
            self._history.shift(REQUESTS, delay - before)
