"""Time for tests: it passes only when a test says so, and the wall clock may jump on its own."""

from __future__ import annotations

import datetime as dt


class HandMovedClock:
    def __init__(self):
        self._wall = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
        self._monotonic = 1000.0

    def now(self):
        return self._wall

    def monotonic(self):
        return self._monotonic

    async def sleep(self, seconds):
        self.advance(seconds)

    def advance(self, seconds):
        self._monotonic += seconds
        self._wall += dt.timedelta(seconds=seconds)

    def jump(self, seconds):
        """Set the wall clock forward or back, as somebody with a wrong watch would."""
        self._wall += dt.timedelta(seconds=seconds)
