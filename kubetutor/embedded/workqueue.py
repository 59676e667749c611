"""A queue of keys that never holds one twice and never works on one twice at once.

Models: k8s.io/client-go/util/workqueue.
"""

from __future__ import annotations

import asyncio
from collections import deque

MOST_DOUBLINGS = (
    30  # far beyond the longest delay; a number that doubles for hours is too large to calculate with
)


class WorkQueue:
    """Keys to reconcile. A key added while it is being worked on comes round again afterwards."""

    def __init__(self, *, first_delay: float = 0.005, longest_delay: float = 30.0) -> None:
        self._waiting: deque[str] = deque()
        self._dirty: set[str] = set()
        self._working: set[str] = set()
        self._failures: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()
        self._first_delay, self._longest_delay = first_delay, longest_delay

    def add(self, key: str) -> None:
        if key in self._dirty:
            return
        self._dirty.add(key)
        if key not in self._working:
            self._waiting.append(key)
            self._wake.set()

    def add_after(self, key: str, seconds: float) -> None:
        """Add the key once the time has passed; the earliest of several wishes wins."""
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= due:
                return
            timer.cancel()
        self._timers[key] = loop.call_at(due, self._ring, key)

    def _ring(self, key: str) -> None:
        self._timers.pop(key, None)
        self.add(key)

    def retry(self, key: str) -> None:
        """Add the key after a delay that doubles with each failure in a row."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.add_after(key, min(self._first_delay * 2 ** min(failures, MOST_DOUBLINGS), self._longest_delay))

    def forget(self, key: str) -> None:
        """The key was reconciled: its next failure is a first one."""
        self._failures.pop(key, None)

    async def take(self) -> str:
        while not self._waiting:
            self._wake.clear()
            await self._wake.wait()
        key = self._waiting.popleft()
        self._dirty.discard(key)
        self._working.add(key)
        return key

    def done(self, key: str) -> None:
        self._working.discard(key)
        if key in self._dirty:
            self._waiting.append(key)
            self._wake.set()

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def __len__(self) -> int:
        return len(self._waiting)
