"""Traffic through one Service: requests a second, latency, who answers, and what gets lost."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, ClassVar

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_finished, uid_of
from kubetutor.cluster.load.pod import Load
from kubetutor.errors import KubetutorError
from kubetutor.widgets.live.chart import ChartView
from kubetutor.widgets.live.source import client_of_environment
from kubetutor.widgets.live.view import look
from kubetutor.widgets.traffic import figure, text
from kubetutor.widgets.traffic.controls import Controls
from kubetutor.widgets.traffic.recording import Recording
from kubetutor.widgets.traffic.snapshot import OFF, RUNNING, STARTING, Snapshot, Subject, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ipywidgets

    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.feed import Feed, Objects
    from kubetutor.widgets.live.frames import Frame

ELSEWHERE = "Something else started this traffic, an exercise perhaps, so it is not steered from here."


class Traffic(ChartView):
    """Traffic through one Service, with a load pod that this view starts and stops."""

    _esm, _css = look(__file__, chart=True)
    kinds: ClassVar[tuple[str, ...]] = ("pods",)

    def __init__(
        self,
        service: str,
        namespace: str = "default",
        rate: float = 50,
        *,
        feed: Feed | None = None,
        api: Client | None = None,
    ) -> None:
        self.service, self.rate = service, float(rate)
        self._api = api
        self._acting = threading.Lock()
        self._busy, self._is_ours, self._said = False, False, ""
        self._load: Load | None = None
        self._controls: Controls | None = None
        self._soon = _weak_redraw(self)
        self._released = False
        self._recording = Recording(namespace, self._client, self._soon)
        super().__init__(namespace, feed=feed)

    # What is drawn.

    def snapshot(self) -> Snapshot:
        """Answer what is there now, as data."""
        return self._snapshot_of(self.objects())

    def frame_of(self, objects: Objects) -> Frame:
        pod = self._load_pod(objects)
        if not self._released:
            self._recording.follow(uid_of(pod) if pod else "")
        snapshot = self._snapshot_of(objects)
        if self._controls is not None:
            self._controls.follow(snapshot.state, is_ours=self._is_ours, busy=self._busy)
        return frame_of(snapshot)

    def text_of(self, objects: Objects) -> str:
        return text.text_of(self._snapshot_of(objects))

    def html_of(self, objects: Objects) -> str:
        return text.html_of(self._snapshot_of(objects))

    def controls(self) -> Sequence[ipywidgets.Widget]:
        self._controls = Controls(self.rate, self.start, self.stop, self.change_rate)
        self._controls.follow(self.snapshot().state, is_ours=self._is_ours, busy=self._busy)
        return self._controls.widgets()

    # What the learner asks for. Each works beside everything else, one after the other.

    def start(self) -> threading.Thread:
        """Let a pod inside the cluster ask the service."""
        return self._do(self._start)

    def stop(self) -> threading.Thread:
        """Remove the pod, if this view has started it. What was measured stays."""
        return self._do(self._stop)

    def change_rate(self, rate: float) -> threading.Thread:
        """Ask so many times a second; 0 pauses."""
        self.rate = float(rate)
        return self._do(self._change_rate)

    def follow(self) -> None:
        self._released = False
        super().follow()

    def let_go(self) -> None:
        """Nobody looks any more: the traffic ends too."""
        self._released = True
        super().let_go()
        self._recording.follow("")
        if self._is_ours:
            self.stop()

    def _start(self) -> None:
        if self._load is None:
            self._load = Load(self._client(), self.namespace)
        self._is_ours = True
        try:
            self._load.start(self.service, rate=self.rate)
        except KubetutorError:
            self._is_ours = False
            raise

    def _stop(self) -> None:
        if self._load is not None and self._is_ours:
            self._load.stop()
            self._is_ours = False

    def _change_rate(self) -> None:
        if self._load is not None and self._is_ours and self._load.rate != self.rate:
            self._load.change_rate(self.rate)

    def _do(self, what: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(
            target=self._work, args=(what,), name=f"traffic{what.__name__}", daemon=True
        )
        thread.start()
        return thread

    def _work(self, what: Callable[[], None]) -> None:
        with self._acting:
            self._busy, self._said = True, ""
            self._soon()
            try:
                what()
            except KubetutorError as error:
                self._said = str(error)
            finally:
                self._busy = False
                self._soon()

    # How it stands.

    def _client(self) -> Client:
        return self._api or client_of_environment()

    def _load_pod(self, objects: Objects) -> Object | None:
        return next((pod for pod in objects.of("pods") if is_load(pod) and not is_being_deleted(pod)), None)

    def _snapshot_of(self, objects: Objects) -> Snapshot:
        tally, intervals, trouble = self._recording.measured()
        pod = self._load_pod(objects)
        state = OFF if pod is None or is_pod_finished(pod) else RUNNING if intervals else STARTING
        foreign = [ELSEWHERE] if state != OFF and not self._is_ours else []
        notes = dict.fromkeys([*objects.troubles.values(), *filter(None, [self._said, trouble]), *foreign])
        rate = intervals[-1].rate if state == RUNNING and not self._is_ours else self.rate
        subject = Subject(self.service, self.namespace, state, rate, tuple(notes))
        return snapshot_of(subject, tally, intervals)


def traffic(service: str, namespace: str = "default", rate: float = 50) -> Traffic:
    """Show the traffic through `service`, live, with a slider for the load: `rate` requests a second at first."""
    return Traffic(service, namespace, rate)


def frame_of(snapshot: Snapshot) -> Frame:
    """Answer what the browser draws: the big number, the facts, and the charts for much and for little room."""
    lost, of = text.lost_parts(snapshot)
    return {
        "label": f"Traffic through Service {snapshot.service}",
        "title": text.title_of(snapshot),
        "summary": f"{text.STATES[snapshot.state].capitalize()}.",
        "spoken": text.spoken(snapshot),
        "notes": list(snapshot.notes),
        "lost": lost,
        "of": of,
        "tone": "lost" if snapshot.tally.lost else "kept" if snapshot.tally.sent else "none",
        "facts": [list(fact) for fact in text.facts_of(snapshot)[1:]],
        "empty": text.empty_words(snapshot),
        "described": text.described(snapshot),
        "figure": figure.figure_of(snapshot),
        "narrow": figure.narrow_layout(snapshot),
    }


def _weak_redraw(view: Traffic) -> Callable[[], None]:
    """Redraw the view as long as somebody holds it: the thread that reads the log must not keep it alive."""
    reference = weakref.ref(view)

    def redraw() -> None:
        held = reference()
        if held is not None and held.comm is not None:
            held.redraw()

    return redraw
