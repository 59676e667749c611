"""Waits that double: between restarts of a container that fails, between pulls of an image that is not there.

Models: k8s.io/client-go/util/flowcontrol/backoff.go, as pkg/kubelet/kuberuntime uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.embedded.clock import Clock


class Backoff:
    """One back-off. `seconds` is the present wait; 0 before the first failure."""

    def __init__(self, clock: Clock, start: float, most: float, *, reset: float = float("inf")) -> None:
        self._clock = clock
        self._start, self._most, self._reset = start, most, reset
        self._since = 0.0
        self.seconds = 0.0

    def step(self) -> None:
        """Something starts: what fails from here on waits longer, unless it was well for a long time."""
        now = self._clock.monotonic()
        well = now - self._since >= self._reset
        self.seconds = self._start if well or not self.seconds else min(self.seconds * 2, self._most)
        self._since = now

    def has_been_well(self) -> bool:
        """Say whether the last start is so long ago that the wait begins anew."""
        return self._clock.monotonic() - self._since >= self._reset


def duration(seconds: float) -> str:
    """Write a duration as Go does: `10s`, `1m20s`, `500ms`."""
    if seconds < 1:
        return f"{seconds * 1000:g}ms" if seconds else "0s"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{rest:g}s"
    if minutes or hours:
        text = f"{minutes}m{text}"
    return f"{hours}h{text}" if hours else text
