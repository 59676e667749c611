"""How a service shares requests among its pods: asked from inside the cluster, each request on a connection of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster.load.pod import Load
from kubetutor.errors import LessonError, LoadError
from kubetutor.exercises import display

if TYPE_CHECKING:
    from kubetutor.api.client import Client
    from kubetutor.cluster.load.tally import Tally

RATE = 200.0  # requests a second
PATIENCE = (
    30.0  # seconds for the load pod to start and the service to answer; more for the requests themselves
)
LOOK = 0.05  # seconds between two looks at the count


@dataclass(frozen=True, slots=True)
class Shares:
    """Who answered how many requests, for a notebook cell."""

    service: str
    tally: Tally

    @property
    def busiest(self) -> float | None:
        """The share of the pod that got most, in percent of the answers; None without any."""
        return max((percent for _pod, _times, percent in self._rows), default=None)

    def __str__(self) -> str:
        facts = [(pod, f"{times} answers, {percent:.0f} %") for pod, times, percent in self._rows]
        return display.text_card(self._title, facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        bars = [
            (pod, float(times), f"{times} answers, {percent:.0f} %") for pod, times, percent in self._rows
        ]
        tone = "warn" if self.tally.lost else "good"
        return display.html_card(self._title, [], tone=tone, below=display.html_bars(bars))

    @property
    def _title(self) -> str:
        return (
            f"{self.tally.sent:,} requests to {self.service} from inside the cluster: {self.tally.lost} lost"
        )

    @property
    def _rows(self) -> list[tuple[str, int, float]]:
        answers = sum(times for _pod, times in self.tally.pods)
        return [(pod, times, 100 * times / answers) for pod, times in sorted(self.tally.pods)]


def measure_shares(api: Client, namespace: str, service: str, requests: int) -> Shares:
    """Ask until so many requests have an outcome. Raise LessonError when nobody answers."""
    load = Load(api, namespace)
    try:
        load.start(service, rate=RATE)
        load.wait_for_answer(timeout=PATIENCE)
        deadline = time.monotonic() + PATIENCE + requests / RATE
        while load.tally().sent < requests:
            if load.trouble or time.monotonic() > deadline:
                raise LessonError(
                    load.trouble or f"Only {load.tally().sent} of {requests} requests were sent."
                )
            time.sleep(LOOK)
        return Shares(service, load.tally())
    except LoadError as error:
        raise LessonError(f"{error} So nothing could be measured; then run this cell again.") from error
    finally:
        load.stop()
