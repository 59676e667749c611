"""The one clock. Everything that waits or writes a time asks it; tests pass one that they move by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """Answer the time of day, UTC, for timestamps that people read."""

    def monotonic(self) -> float:
        """Answer seconds from some start; never jumps. All durations are measured with it."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def timestamp(moment: dt.datetime) -> str:
    """Write a `metav1.Time`: whole seconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_timestamp(moment: dt.datetime) -> str:
    """Write a `metav1.MicroTime`: microseconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_timestamp(text: str) -> dt.datetime:
    """Read either form."""
    return dt.datetime.fromisoformat(text)
