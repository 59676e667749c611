"""How long ago, in as few letters as kubectl prints.

Models: k8s.io/apimachinery/pkg/util/duration (HumanDuration).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.clock import parse_timestamp

if TYPE_CHECKING:
    import datetime as dt

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY

# (below so many seconds, the unit, the smaller unit beside it or None); two units while the number is small
STEPS = (
    (2 * MINUTE, (1, "s"), None),
    (10 * MINUTE, (MINUTE, "m"), (1, "s")),
    (3 * HOUR, (MINUTE, "m"), None),
    (8 * HOUR, (HOUR, "h"), (MINUTE, "m")),
    (2 * DAY, (HOUR, "h"), None),
    (8 * DAY, (DAY, "d"), (HOUR, "h")),
    (2 * YEAR, (DAY, "d"), None),
    (8 * YEAR, (YEAR, "y"), (DAY, "d")),
)


def human_duration(duration: dt.timedelta) -> str:
    """Write `2m5s`, `3h12m`, `5d3h`. One second into the future is taken for now: clocks differ."""
    seconds = int(duration.total_seconds())
    if seconds < -1:
        return "<invalid>"
    seconds = max(seconds, 0)
    for limit, (size, letter), smaller in STEPS:
        if seconds < limit:
            text = f"{seconds // size}{letter}"
            rest = seconds % size // smaller[0] if smaller else 0
            return f"{text}{rest}{smaller[1]}" if smaller and rest else text
    return f"{seconds // YEAR}y"


def since(timestamp: str | None, now: dt.datetime) -> str:
    """Say how long ago that was; `<unknown>` when nobody set it."""
    return human_duration(now - parse_timestamp(timestamp)) if timestamp else "<unknown>"
