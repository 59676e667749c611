"""The experiment of `start-here`: the same application with the same fault on one supervised server and on a cluster.

1. Both are asked 50 times a second, by the same program: the server by a process beside it, the service by the load pod.
2. The same thing is done to both at the same time.
3. When both are calm again, what was lost since is laid side by side.

Nothing here is written down beforehand: every number comes from the requests.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster.load.log import LoadLog
from kubetutor.cluster.load.manifest import RATE
from kubetutor.cluster.load.pod import Load
from kubetutor.cluster.load.tally import Tally, tally_of
from kubetutor.course.supervised_server import SupervisedServer
from kubetutor.errors import LessonError, LoadError
from kubetutor.exercises import display
from kubetutor.exercises.exercise import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.cluster.load.interval import Interval
    from kubetutor.exercises.lesson import LessonSession

NAME, SERVICE, APP = "web-app", "web-service", "my-app"
CALM = 2  # intervals since the fault, of which the newest lost nothing
PATIENCE = 60.0  # seconds until it is calm again
BROKEN_SECONDS = 1.5  # until somebody notices that the version is broken
SERVER, CLUSTER = "one supervised server", "cluster, three pods"
CRASH, UPDATE, BROKEN = "a crash", "a new version", "a broken version"


class Recording:
    """Keeps the intervals that a program reports, in the background."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._intervals: list[Interval] = []
        self._changed = threading.Condition()
        self._is_over = False
        threading.Thread(target=self._follow, args=(intervals,), daemon=True).start()

    def mark(self) -> int:
        """Answer a mark for now: what is under way counts as after it."""
        with self._changed:
            return len(self._intervals)

    def since(self, mark: int) -> Tally:
        with self._changed:
            return tally_of(self._intervals[mark:])

    def wait_until_calm(self, *, since: int) -> None:
        """Wait until the newest of some intervals has answers and no loss. Raise LessonError if it never does."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_calm(since) or self._is_over, PATIENCE):
                raise LessonError(
                    f"Requests still get lost after {PATIENCE:.0f} s. Look at the pods, then run prepare() again."
                )
            if self._is_over:
                raise LessonError(
                    "Nobody asks any more, so nothing is measured. Run the cell with start() again."
                )

    def _is_calm(self, since: int) -> bool:
        after = self._intervals[since:]
        return len(after) >= CALM and after[-1].lost == 0 and after[-1].answered > 0

    def _follow(self, intervals: Iterable[Interval]) -> None:
        for interval in intervals:
            with self._changed:
                self._intervals.append(interval)
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Loss:
    """What one fault cost one side. `silence` in seconds."""

    fault: str
    side: str
    sent: int
    lost: int
    silence: float

    @property
    def in_words(self) -> str:
        return f"{self.lost} of {self.sent} requests lost, longest silence {self.silence:.2f} s"


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Some faults, each on both sides, for a notebook cell."""

    losses: tuple[Loss, ...]

    @property
    def _rows(self) -> list[tuple[str, str]]:
        return [(f"{loss.fault}, {loss.side}", loss.in_words) for loss in self.losses]

    def __str__(self) -> str:
        return display.text_card("Measured on this machine, just now", self._rows)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        bars = [(f"{loss.fault}, {loss.side}", float(loss.lost), loss.in_words) for loss in self.losses]
        return display.html_card("Measured on this machine, just now", [], below=display.html_bars(bars))


class Experiment:
    """Both sides, and what was measured of them. The cluster's side is what the lesson's namespace runs."""

    def __init__(self, lesson: LessonSession) -> None:
        self._lesson = lesson
        self._server = SupervisedServer("1.0")
        self._load = Load(lesson.cluster.api, lesson.namespace)
        self._log: LoadLog | None = None
        self._sides: dict[str, Recording] = {}
        self._losses: dict[tuple[str, str], Loss] = {}
        lesson.found["experiment"] = self

    def start(self) -> Note:
        """Start the server, and have both sides asked until both answer."""
        self._server.start()
        try:
            self._load.start(SERVICE, rate=RATE)
            self._load.wait_for_answer()
        except LoadError as error:
            self.stop()
            raise LessonError(
                f"{error} Is the application there? Apply its manifest, then run this cell again."
            ) from error
        self._log = LoadLog(self._lesson.cluster.api, self._lesson.namespace)
        self._sides = {SERVER: Recording(self._server.asked()), CLUSTER: Recording(self._log)}
        for recording in self._sides.values():
            recording.wait_until_calm(since=0)
        return Note("Both run, and both are asked 50 times a second", (
            (SERVER, f"a process of this machine at {self._server.address}, started again when it ends"),
            (CLUSTER, f"the Deployment {NAME} behind the service {SERVICE}"),
        ))  # fmt: skip

    def crash(self) -> SideBySide:
        """One process dies on each side."""
        return self._do(CRASH, self._server.crash, self._crash_a_pod)

    def new_version(self) -> SideBySide:
        """Version 2.0: by stop and start there, by a rolling update here."""
        return self._do(UPDATE, lambda: self._server.install("2.0"), lambda: self._roll_out("2.0"))

    def broken_version(self) -> SideBySide:
        """A version that ends at once; after a while somebody notices, and goes back."""
        return self._do(BROKEN, self._break_server, self._break_cluster)

    def stop(self) -> Note:
        """End the server and the load; what was measured stays."""
        self._server.stop()
        if self._log is not None:
            self._log.close()
        self._load.stop()
        return Note(
            "The experiment has ended", ((SERVER, "has ended"), (CLUSTER, "goes on, and is asked no more"))
        )

    def results(self) -> SideBySide:
        return SideBySide(tuple(self._losses.values()))

    def lost(self, fault: str, side: str) -> int | None:
        """Answer how many requests a fault cost, or None if it was not tried."""
        loss = self._losses.get((fault, side))
        return None if loss is None else loss.lost

    def silence(self, fault: str, side: str) -> float | None:
        loss = self._losses.get((fault, side))
        return None if loss is None else loss.silence

    def _do(
        self, fault: str, on_server: Callable[[], object], on_cluster: Callable[[], object]
    ) -> SideBySide:
        if not self._sides:
            raise LessonError("The experiment has not been started. Run the cell with start() first.")
        deeds = {SERVER: on_server, CLUSTER: on_cluster}
        with ThreadPoolExecutor(len(deeds)) as both:
            tried = [both.submit(self._try, fault, side, deed) for side, deed in deeds.items()]
        losses = tuple(each.result() for each in tried)
        self._losses |= {(loss.fault, loss.side): loss for loss in losses}
        return SideBySide(losses)

    def _try(self, fault: str, side: str, deed: Callable[[], object]) -> Loss:
        recording = self._sides[side]
        mark = recording.mark()
        deed()
        recording.wait_until_calm(since=recording.mark())
        tally = recording.since(mark)
        return Loss(fault, side, tally.sent, tally.lost, tally.longest_silence)

    def _crash_a_pod(self) -> None:
        """Ask the service for a crash: whichever pod gets the request ends."""
        url = self._lesson.cluster.url(SERVICE, self._lesson.namespace)
        urllib.request.urlopen(f"{url.rstrip('/')}/crash", timeout=PATIENCE).close()  # noqa: S310  # our own service

    def _roll_out(self, version: str) -> None:
        self._kubectl("set", "image", f"deployment/{NAME}", f"web={APP}:{version}")
        self._kubectl("rollout", "status", f"deployment/{NAME}", f"--timeout={PATIENCE:.0f}s")

    def _break_server(self) -> None:
        self._server.install("broken")
        time.sleep(BROKEN_SECONDS)
        self._server.install("2.0")

    def _break_cluster(self) -> None:
        """Ask for the broken version, look whether it is still asked for when somebody notices, and go back."""
        self._kubectl("set", "image", f"deployment/{NAME}", f"web={APP}:broken")
        time.sleep(BROKEN_SECONDS)
        self._lesson.found["asked for after the broken version"] = self._image()
        self._roll_out("2.0")

    def _image(self) -> str:
        found = self._lesson.cluster.api.get("deployments.apps", NAME, namespace=self._lesson.namespace)
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])

    def _kubectl(self, *args: str) -> None:
        self._lesson.cluster.kubectl("--namespace", self._lesson.namespace, *args, timeout=PATIENCE + 5)
