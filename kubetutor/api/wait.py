"""Waiting for something to become true, with a bound and with words for what was seen last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class TimedOutError(ClusterError):
    """It did not become true in time."""


def until(
    probe: Callable[[], T | None],
    *,
    what: str,
    timeout: float = 30.0,
    interval: float = 0.1,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Ask `probe` again and again until it answers something true, and answer that.

    `timeout` and `interval` are seconds. When the time is over: TimedOutError, "Waited 30 s for WHAT".
    """
    deadline = time.monotonic() + timeout
    while True:
        if answer := probe():
            return answer
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOutError(f"Waited {timeout:g} s for {what}; it did not happen.")
        sleep(min(interval, left))
