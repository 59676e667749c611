"""The time axis: what happened in a namespace, all on one axis, live, to be stopped, scrolled back and played again."""

from __future__ import annotations

import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets
import traitlets

from kubetutor.api.objects import uid_of
from kubetutor.widgets.live.chart import ChartView
from kubetutor.widgets.live.view import look
from kubetutor.widgets.time_axis import moments, text
from kubetutor.widgets.time_axis.frame import Frames
from kubetutor.widgets.time_axis.history import History
from kubetutor.widgets.time_axis.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kubetutor.widgets.live.feed import Change, Feed, Objects
    from kubetutor.widgets.live.frames import Frame
    from kubetutor.widgets.time_axis.lanes import Moment
    from kubetutor.widgets.time_axis.outcomes import Outcome

HERE = Path(__file__).parent
PAUSE = 0.1  # seconds between two frames
BEAT = 2.0  # seconds between two messages that say what time it is: without them the page stops its live edge
WINDOWS = (("15 seconds", 15.0), ("1 minute", 60.0), ("3 minutes", 180.0), ("10 minutes", 600.0))
SPEEDS = (("as it was", 1), ("4 times as fast", 4))
DROPPED = "Only the newest 10 minutes are kept: what is older was dropped."
GAP = "Nothing was recorded in the hatched part: this view was not shown, or the cluster did not answer."


class TimeAxis(ChartView):
    """What happens in one namespace. `paused`, `replaying`, `window` and `speed` are positions in the lists above."""

    kinds: ClassVar[tuple[str, ...]] = (
        "nodes", "replicasets.apps", "pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps",
        "endpointslices.discovery.k8s.io", "events",
    )  # fmt: skip
    _esm, _css = look(__file__, chart=True)
    _esm = (
        "\n".join(
            (HERE / name).read_text() for name in ("drawing.js", "lines.js", "steering.js", "export.js")
        )
        + _esm
    )

    paused = traitlets.Bool(default_value=False).tag(sync=True)
    replaying = traitlets.Bool(default_value=False).tag(sync=True)
    window = traitlets.Int(1).tag(sync=True)
    speed = traitlets.Int(0).tag(sync=True)
    windows = traitlets.List([seconds for _, seconds in WINDOWS]).tag(sync=True)
    speeds = traitlets.List([times for _, times in SPEEDS]).tag(sync=True)

    def __init__(
        self, namespace: str, *, feed: Feed | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.clock = clock
        self.history = History(clock())
        self.moments: list[Moment] = []
        self._began = time.strftime("%H:%M:%S", time.localtime(self.history.start))
        self._outcomes = Outcomes(self.history)
        self._frames = Frames()
        self._recording = threading.RLock()
        self._pacing = threading.Lock()
        self._drawn = 0.0
        self._later: threading.Timer | None = None
        self._sources: list[Any] = []  # of requests: what is iterated over, to be closed
        self._returns = self._blind = False
        self._beat: threading.Event | None = None  # ends the thread that says what time it is
        super().__init__(namespace, feed=feed)

    # What exercises say.

    def mark(self, label: str) -> None:
        """Give this moment a name: a line across all lanes."""
        self._say(moments.marked(label, self.now()))

    def expect(self, *, seconds: float, after: str | None = None, label: str = "your prediction") -> None:
        """Draw what somebody expects: `seconds` after the moment of that name, by default the newest."""
        self._say(moments.laid_out("expected", label, seconds, moments.find_mark(self.moments, after)))

    def measured(
        self, *, seconds: float | None = None, after: str | None = None, label: str = "measured"
    ) -> float | None:
        """Draw what was measured beside it, and answer it.

        Without `seconds` it is the time until all workloads had as many replicas ready as wanted; None: not yet.
        """
        mark = moments.find_mark(self.moments, after)
        if seconds is None:
            with self._recording:
                at = moments.ready_again(self.history.lines.values(), mark.at)
            seconds = None if at is None else at - mark.at
        if seconds is not None:
            self._say(moments.laid_out("measured", label, seconds, mark))
        return seconds

    def add_outcomes(self, reports: Iterable[Outcome]) -> None:
        """Take over reports of a load pod, which have just arrived."""
        with self._recording:
            for report in reports:
                self._outcomes.add(report, self.clock())
        self.redraw()

    def follow_outcomes(self, source: Iterable[Outcome]) -> None:
        """Take over reports as they come, in a thread that ends with the source. `close` closes it, if it can be closed."""
        self._sources.append(source)
        threading.Thread(
            target=_take_reports, args=(weakref.ref(self), source), name="time-axis-load", daemon=True
        ).start()

    def end_outcomes(self) -> None:
        """Say that no more reports come."""
        with self._recording:
            self._outcomes.end()
        self.redraw()

    def to_csv(self) -> str:
        """Answer all that is recorded as a table: time_s, lane, subject, what, value, detail."""
        with self._recording:
            return text.csv_of(self.history)

    def now(self) -> float:
        """Answer the seconds since the recording began."""
        return self.clock() - self.history.start

    # How it lives.

    def record(self, changes: Sequence[Change]) -> None:
        with self._recording:
            self.history.take(changes, self.clock())

    def follow(self) -> None:
        self._returns = self._returns or (self._following is None and bool(self.history.gaps))
        super().follow()
        if self._beat is None:
            self._beat = threading.Event()
            threading.Thread(
                target=_say_the_time,
                args=(weakref.ref(self), self._beat),
                name="time-axis-clock",
                daemon=True,
            ).start()

    def let_go(self) -> None:
        if self._following is not None and not self._blind:
            with self._recording:
                self.history.pause(self.clock())
        if self._beat is not None:
            self._beat.set()
            self._beat = None
        super().let_go()

    def say_the_time(self) -> None:
        if self._audience:
            self.send({"is": "clock", "now": self.now()})

    def close(self) -> None:
        super().close()
        for source in self._sources:
            if hasattr(source, "close"):
                source.close()

    def draw(self, objects: Objects) -> None:
        """Draw now, or soon if there was a frame just now."""
        with self._pacing:
            wait = self._drawn + PAUSE - time.monotonic()
            if wait > 0 and self.frame.get("loaded"):
                if self._later is None:
                    self._later = threading.Timer(wait, self._draw_late)
                    self._later.daemon = True
                    self._later.start()
                return
            self._drawn = time.monotonic()
        super().draw(objects)

    def redraw(self) -> None:
        """Draw again what is known, as soon as a frame is due: outcomes come often."""
        self.draw(self._feed.objects(self.namespace, self.kinds))

    def frame_of(self, objects: Objects) -> Frame:
        with self._recording:
            self._watch_the_silence(objects)
            if self._returns and objects.loaded:
                self._returns = False
                self.history.resume(self.clock(), {uid_of(pod) for pod in objects.of("pods")})
            frame = self._frames.frame_of(self.history, self.moments, self._page(objects))
        return {**frame, "spoken": f"{self._label()}: {frame['summary']}"}

    def text_of(self, objects: Objects) -> str:
        with self._recording:
            return text.text_of(self.history, self.moments, self.now(), self._page(objects))

    def html_of(self, objects: Objects) -> str:
        with self._recording:
            return text.html_of(self.history, self.moments, self.now(), self._page(objects))

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Answer buttons that are tied to the view in the page: they work while a cell runs."""
        narrow = {"width": "auto"}
        pause = ipywidgets.ToggleButton(
            description="Pause", tooltip="Hold the picture; the recording goes on", layout=narrow
        )
        replay = ipywidgets.ToggleButton(
            description="Replay", tooltip="Play what was recorded again", layout=narrow
        )
        window = ipywidgets.Dropdown(
            options=[words for words, _ in WINDOWS],
            index=self.window,
            description="Shows",
            layout={"width": "200px"},
        )
        speed = ipywidgets.Dropdown(
            options=[words for words, _ in SPEEDS],
            index=self.speed,
            description="Replays",
            layout={"width": "220px"},
        )
        for control, trait, name in (
            (pause, "value", "paused"), (replay, "value", "replaying"), (window, "index", "window"), (speed, "index", "speed"),
        ):  # fmt: skip
            ipywidgets.jslink((control, trait), (self, name))
        return pause, replay, window, speed

    def heard(self, message: dict[str, Any]) -> None:
        if message.get("is") == "clock":
            self.say_the_time()
        elif message.get("is") == "csv":
            self.send({"is": "csv", "text": self.to_csv(), "name": f"time-axis-{self.namespace}"})
        else:
            super().heard(message)

    def _watch_the_silence(self, objects: Objects) -> None:
        """Keep a gap while no kind can be followed; what happened in it comes as changes when one can again."""
        is_blind = len(objects.troubles) == len(self.kinds)
        if is_blind and not self._blind:
            self.history.pause(self.clock())
        if self._blind and not is_blind:
            self.history.close_gap(self.clock())
        self._blind = is_blind

    def _say(self, moment: Moment) -> None:
        with self._recording:
            self.moments.append(moment)
            self.history.add([moments.entry_of(moment)])
        self.redraw()

    def _draw_late(self) -> None:
        with self._pacing:
            self._later = None
        if self.comm is not None:
            self.redraw()

    def _label(self) -> str:
        return f"Time axis of namespace {self.namespace}"

    def _page(self, objects: Objects) -> dict[str, Any]:
        notes = list(dict.fromkeys(objects.troubles.values()))
        notes += [DROPPED] * self.history.dropped + [GAP] * bool(self.history.gaps)
        return {
            "label": self._label(), "title": f"Namespace {self.namespace} · recording since {self._began}",
            "notes": notes, "loaded": objects.loaded, "now": round(self.now(), 2), "keep": self.history.keep,
            "file": f"time-axis-{self.namespace}",
        }  # fmt: skip


def _say_the_time(axis: weakref.ref[TimeAxis], over: threading.Event) -> None:
    """Tell the page every two seconds what time it is, also while a cell runs."""
    while not over.wait(BEAT):
        held = axis()
        if held is None or held.comm is None:
            return
        held.say_the_time()
        del held


def _take_reports(axis: weakref.ref[TimeAxis], source: Iterable[Outcome]) -> None:
    """Hand reports on as long as somebody holds the view."""
    for report in source:
        held = axis()
        if held is None or held.comm is None:
            return
        held.add_outcomes([report])
        del held
    held = axis()
    if held is not None and held.comm is not None:
        held.end_outcomes()


def time_axis(namespace: str = "default") -> TimeAxis:
    """Show what happens in `namespace` on one time axis, and record it."""
    return TimeAxis(namespace)
