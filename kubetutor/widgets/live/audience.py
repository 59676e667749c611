"""Who looks at a view: the pages that opened it, and how far behind they are.

1. A page says `open` and `closed`; it says `hidden` when its tab goes to the back, and `open` when it comes forward.
2. A page that was killed says nothing more. So a silent one is asked, and after `patience` seconds without a word
   it counts as gone.
3. A page says which frame it has drawn. With more than `MOST_IN_FLIGHT` frames under way, the next waits: it will be
   the newest one then. It never waits longer than `SLOW_SECONDS`, for the page may have no way to answer: not every
   kernel hears pages while it runs a cell. For the same reason silence counts only while no cell runs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 30.0
MOST_IN_FLIGHT = 10  # half a second of frames; pages answer four times a second
SLOW_SECONDS = 0.25


class Audience:
    """The pages that show one view, by the ids that they gave themselves."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, is_deaf: Callable[[], bool] = lambda: False
    ) -> None:
        self.readers: set[str] = set()  # who reads the text
        self._clock, self._is_deaf = clock, is_deaf
        self._heard: dict[str, float] = {}  # page -> when it last said something
        self._hidden: set[str] = set()
        self._silent_since = clock()  # nobody is blamed for silence before this
        self._sent = self._drawn = 0  # numbers of frames
        self._sent_at = clock()
        self.was_opened = False

    def __bool__(self) -> bool:
        return bool(self._heard)

    @property
    def looks(self) -> bool:
        """Say whether a page shows the view and is not hidden."""
        return bool(set(self._heard) - self._hidden)

    def hear(self, page: str, kind: str, message: dict[str, Any]) -> bool:
        """Take over what a page says of itself: `open`, `closed`, `hidden`, `text`, `drawn` or `here`.

        Answer whether it needs the whole frame: it is new, or had been given up and is there after all.
        """
        if kind == "closed" or (kind == "hidden" and page not in self._heard):
            self._forget(page)
            return False
        comes = kind == "open" or page not in self._heard
        self._heard[page] = self._clock()
        if kind == "hidden":
            self._hidden.add(page)
        elif kind == "drawn":
            self._drawn = max(self._drawn, int(message.get("number", 0)))
        elif kind == "text":
            (self.readers.add if message.get("on") else self.readers.discard)(page)
        if comes:
            self.was_opened = True
            self._hidden.discard(page)
            self._drawn = self._sent  # it draws the whole at once
        return comes

    def takes_a_frame(self) -> bool:
        """Say whether the next frame may be sent now, or waits."""
        now = self._clock()
        behind = self._sent - self._drawn > MOST_IN_FLIGHT or not self._heard
        return not behind or now - self._sent_at >= SLOW_SECONDS

    def sent(self, number: int) -> None:
        self._sent, self._sent_at = number, self._clock()

    def is_quiet(self, patience: float) -> bool:
        """Say whether it is time to ask who is still there."""
        return any(heard <= self._clock() - patience / 2 for heard in tuple(self._heard.values()))

    def forget_the_silent(self, patience: float) -> bool:
        """Drop the pages that have said nothing for so many seconds; say whether nobody is left."""
        now = self._clock()
        if self._is_deaf():
            self._silent_since = now
        if now - self._silent_since >= patience:
            for page, heard in tuple(self._heard.items()):
                if now - heard >= patience:
                    self._forget(page)
        return not self._heard and now - self._silent_since >= patience

    def _forget(self, page: str) -> None:
        self._heard.pop(page, None)
        self._hidden.discard(page)
        self.readers.discard(page)
