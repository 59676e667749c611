"""Being interrupted once: the first Ctrl-C ends what is done, and no other disturbs the clearing up."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

NUMBERS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]  # Windows has two


@contextlib.contextmanager
def one_interruption() -> Iterator[None]:
    """Let the first Ctrl-C (or SIGTERM, or a closed terminal) interrupt, and no other: what follows is clearing up.

    In a thread nothing is changed: signals reach the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        if not told:
            told = True
            raise KeyboardInterrupt

    before = {}
    for number in NUMBERS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` means it
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
