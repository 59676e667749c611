"""Follows the log of a load pod: each interval once, in order, over lost connections and new containers.

1. Open the log as a stream. The first time from its beginning; later from some seconds before the newest line.
2. Give each interval whose number is new in its run: what was read before is told again after a new connection.
3. The stream ends, is cut off, or is silent for too long: look at the pod. If it has gone or ended, that is the end, and
   `trouble` says so. Else open the log again, later each time.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from kubetutor.api.objects import is_being_deleted
from kubetutor.api.watch import hang_up, lines
from kubetutor.cluster.load.interval import Interval, parse
from kubetutor.cluster.load.manifest import NAME, trouble_of
from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object

FIRST_PAUSE, LAST_PAUSE, SLOWER = 0.05, 1.0, 1.2  # seconds between two tries, and what each one adds
LONGEST_SILENCE = (
    30.0  # seconds: the pod speaks twice a second; where thirty learners share two cores it may be late
)
OVERLAP = 3  # seconds that are read again: a line takes a moment from the pod to here
GONE = (
    "The pod {name} that asks the service is gone: somebody deleted it, or its node was lost. "
    "Nobody asks any more; run the cell again that began to count."
)
NO_LOG = "You may not read logs of pods in the namespace {namespace}, so what the pod {name} measures cannot be seen."
UNREADABLE = "The log of the pod {name} cannot be read now. (Seen: {seen})"
UNREACHABLE = (
    "The cluster does not answer, so nothing is known of the requests. It goes on when the cluster is back."
)
SILENT = "Nothing has come from the pod {name} for {seconds:.0f} s: its node may be lost."


class LoadLog:
    """Iterate over it for Intervals. It ends when the pod has gone or ended, or by `close()` from any thread.

    `trouble` is a sentence while nothing comes, also after the end, else empty. `is_stuck`: waiting will hardly help.
    `is_over`: no more will come. `changed` is called when one of them has changed.
    """

    def __init__(
        self,
        api: Client,
        namespace: str,
        name: str = NAME,
        *,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.trouble, self.is_stuck, self.is_over = "", False, False
        self._api, self._namespace, self._name = api, namespace, name
        self._changed, self._clock = changed, clock
        self._closed = threading.Event()
        self._response: Any = None
        self._seen: dict[str, int] = {}  # the newest number of each run
        self._heard: float | None = None  # when the newest line came

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, also while another thread waits for the next interval."""
        self._closed.set()
        hang_up(self._response)

    def __iter__(self) -> Iterator[Interval]:
        try:
            yield from self._intervals()
        finally:
            self.is_over = True
            self._changed()

    def _intervals(self) -> Iterator[Interval]:
        pause = FIRST_PAUSE
        while not self._closed.is_set():
            try:
                for interval in self._stream():
                    pause = FIRST_PAUSE
                    self._tell("")
                    yield interval
                if not self._goes_on():
                    return
            except ApiError as error:
                if error.code in {401, 403}:
                    self._tell(NO_LOG.format(name=self._name, namespace=self._namespace))
                    return
                self._tell(UNREADABLE.format(name=self._name, seen=error.message))
            except ClusterError:
                if not self._closed.is_set():
                    self._tell(UNREACHABLE)
            self._closed.wait(pause)
            pause = min(pause * SLOWER, LAST_PAUSE)

    def _stream(self) -> Iterator[Interval]:
        try:
            response = self._response = self._api.open_log(
                self._name, namespace=self._namespace, since_seconds=self._since(), timeout=LONGEST_SILENCE
            )
        except ApiError as error:
            if error.code in {400, 404}:
                return  # its container has not started, or it is not there: the pod itself says more
            raise
        try:
            for line in lines(response):
                if self._closed.is_set():
                    return
                self._heard = self._clock()
                interval = parse(line)
                if interval is not None and interval.number > self._seen.get(interval.run, -1):
                    self._seen[interval.run] = interval.number
                    yield interval
        except Exception as error:
            if not (type(error).__module__.startswith("urllib3.") or isinstance(error, OSError)):
                raise
            if type(error).__name__ == "ReadTimeoutError":
                self._tell(SILENT.format(name=self._name, seconds=LONGEST_SILENCE))
        finally:
            self._response = None
            response.close()

    def _since(self) -> int | None:
        """Answer how many seconds of the log to read again: all of it the first time."""
        return None if self._heard is None else math.ceil(self._clock() - self._heard) + OVERLAP

    def _goes_on(self) -> bool:
        """Look at the pod after its log has ended: say whether more can come."""
        if self._closed.is_set():
            return False
        pod = read_pod(self._api, self._namespace, self._name)
        if pod is None or is_being_deleted(pod):
            self._tell(GONE.format(name=self._name))
            return False
        trouble = trouble_of(pod)
        if trouble.words:
            self._tell(trouble.words, is_stuck=trouble.is_stuck)
        return not trouble.is_final

    def _tell(self, trouble: str, *, is_stuck: bool = False) -> None:
        if trouble != self.trouble:
            self.trouble, self.is_stuck = trouble, is_stuck
            self._changed()


def read_pod(api: Client, namespace: str, name: str) -> Object | None:
    """Read a pod by a list of one: whoever may take a lesson may list pods, but perhaps not get one."""
    found = api.list("pods", namespace=namespace, field_selector=f"metadata.name={name}")
    return found[0] if found else None
