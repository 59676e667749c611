"""How often somebody may ask: a bucket each, which fills by itself."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BUCKETS = 2000  # who has asked nothing for a while needs none


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_second`."""

    burst: float
    per_second: float


class Buckets:
    """A bucket for each key. `clock` answers seconds."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._full_at: dict[str, float] = {}  # when the bucket of this key is full again

    def wait(self, key: str) -> int:
        """Take one from this bucket, and answer 0; where it is empty, answer in how many seconds there is one."""
        now, cost = self._clock(), 1 / self._rate.per_second
        if len(self._full_at) >= MOST_BUCKETS:
            self._drop_full(now)
        full_at = max(now, self._full_at.get(key, now)) + cost
        late = full_at - now - self._rate.burst * cost
        if late > 1e-9:
            return max(1, math.ceil(late))
        self._full_at[key] = full_at
        return 0

    def _drop_full(self, now: float) -> None:
        """Forget full buckets, and if that is not enough the ones that are fullest."""
        left = sorted(((key, at) for key, at in self._full_at.items() if at > now), key=lambda each: each[1])
        self._full_at = dict(left[-MOST_BUCKETS // 2 :])
