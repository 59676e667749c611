"""Look again until something holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT_SECONDS = 15.0
DELAY_SECONDS = 0.25


def eventually(holds: Callable[[], bool], *, seconds: float | None = None) -> bool:
    deadline = time.monotonic() + (WAIT_SECONDS if seconds is None else seconds)
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(DELAY_SECONDS)
    return True
