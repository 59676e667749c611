"""Two samples of the same container make a rate: the CPU time between them, divided by the time between them.

Models: sigs.k8s.io/metrics-server/pkg/storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Point:
    """One container (or node) as it was at one moment. `at` is in seconds of a clock that never jumps."""

    key: str
    id: str  # another one after a restart
    age: float  # seconds since it started
    at: float
    cpu: float  # seconds of CPU time since it started
    memory: int  # bytes


@dataclass(frozen=True, slots=True)
class Rate:
    """What is used: `cpu` in cores, on average over `window` seconds; `memory` in bytes at its end."""

    cpu: float
    memory: int
    window: float


def rate(last: Point, previous: Point | None, youngest: float) -> Rate | None:
    """Answer None as long as there are not two samples of this run, or it is too young for a rate that means something."""
    if previous is None or previous.id != last.id or last.age < youngest:
        return None
    window = last.at - previous.at
    # It can shrink, when a command that was executed in the container has ended.
    return Rate(max(last.cpu - previous.cpu, 0.0) / window, last.memory, window)


class Points:
    """The last two samples of everything."""

    def __init__(self, youngest: float) -> None:
        self._youngest = youngest
        self.clear()

    def clear(self) -> None:
        self._last: dict[str, Point] = {}
        self._previous: dict[str, Point] = {}
        self.taken_at: dt.datetime | None = None

    def store(self, sample: Iterable[Point], now: dt.datetime) -> None:
        """Take a newer sample; what is not in it any more is forgotten."""
        self._previous, self._last = self._last, {point.key: point for point in sample}
        self.taken_at = now

    def rate(self, key: str) -> Rate | None:
        last = self._last.get(key)
        return None if last is None else rate(last, self._previous.get(key), self._youngest)

    def __contains__(self, key: str) -> bool:
        return key in self._last
