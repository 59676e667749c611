"""What was done, when, and what came of it: each deed in a thread of its own, so that neither kernel nor view waits.

1. `Deeds.begin` notes the deed and starts it. A double click breaks one thing: the same button does nothing for a
   second, and no button for half a second, because another may have moved under the mouse.
2. The thread carries it out. What goes wrong becomes a sentence.
3. With each frame `Deeds.look` asks `signs_of` what can be seen of it now, and keeps the seconds since it was done.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubetutor.errors import ApiError, CommandFailedError, KubetutorError
from kubetutor.widgets.break_things.signs import Before, signs_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kubetutor.widgets.break_things.plan import Step
    from kubetutor.widgets.break_things.snapshot import Scene

DOUBLE_CLICK, NEXT_BUTTON = 1.0, 0.5  # seconds
KEPT = 12  # deeds
WATCHED = 300.0  # seconds: what is seen later has other causes


@dataclass(frozen=True, slots=True)
class Deed:
    """One press of a button. `state` is doing, done or failed; `signs` are what was seen, after how many seconds."""

    number: int
    step: Step
    before: Before
    began: datetime
    state: str = "doing"
    trouble: str = ""
    signs: tuple[tuple[float, str], ...] = ()

    @property
    def sentence(self) -> str:
        """Say what was done: "12:03:07 deleted the pod web-app-7d-x2"."""
        time = f"{self.began:%H:%M:%S}"
        if self.state == "failed":
            return f"{time} could not do it: {self.step.title}. {self.trouble}"
        return f"{time} {self.step.words}" + (" …" if self.state == "doing" else "")


class Deeds:
    """The deeds of one view, newest last."""

    def __init__(self, clock: Callable[[], datetime], changed: Callable[[], None]) -> None:
        self._clock, self._changed = clock, changed
        self._lock = threading.Lock()
        self._deeds: list[Deed] = []
        self._count = 0

    def all(self) -> tuple[Deed, ...]:
        with self._lock:
            return tuple(self._deeds)

    def begin(self, step: Step, before: Before, act: Callable[[], None]) -> threading.Thread | None:
        """Do it, unless the same was begun just now. Answer the thread that does it."""
        now = self._clock()
        with self._lock:
            if any(_is_same_press(deed, step, now) for deed in self._deeds):
                return None
            self._count += 1
            deed = Deed(self._count, step, before, now)
            self._deeds = [*self._deeds, deed][-KEPT:]
        thread = threading.Thread(
            target=self._carry_out, args=(deed, act), name=f"break-{step.name}", daemon=True
        )
        thread.start()
        return thread

    def look(self, scene: Scene) -> None:
        """Keep what can be seen for the first time of each deed."""
        now = self._clock()
        with self._lock:
            self._deeds = [_looked_at(deed, scene, now) for deed in self._deeds]

    def _carry_out(self, deed: Deed, act: Callable[[], None]) -> None:
        state, trouble = "failed", "It ended by an error of kubetutor itself, which the notebook's log shows."
        self._changed()
        try:
            act()
            state, trouble = "done", ""
        except KubetutorError as error:
            trouble = sentence_of(error)
        except OSError as error:
            trouble = f"A command could not be started: {error}"
        finally:
            with self._lock:
                self._deeds = [
                    replace(one, state=state, trouble=trouble) if one.number == deed.number else one
                    for one in self._deeds
                ]
            self._changed()


def sentence_of(error: KubetutorError) -> str:
    """Say in one line what went wrong: of a command, what it said last."""
    if isinstance(error, CommandFailedError):
        said = [line.strip() for line in error.output.splitlines() if line.strip()]
        return f"kubectl says: {said[-1]}" if said else str(error)
    if isinstance(error, ApiError):
        return f"The cluster refuses: {error.message}"
    return " ".join(str(error).split())


def _is_same_press(deed: Deed, step: Step, now: datetime) -> bool:
    seconds = (now - deed.began).total_seconds()
    is_same = deed.step.name == step.name
    return seconds < NEXT_BUTTON or (is_same and (seconds < DOUBLE_CLICK or deed.state == "doing"))


def _looked_at(deed: Deed, scene: Scene, now: datetime) -> Deed:
    seconds = (now - deed.began).total_seconds()
    if deed.state == "failed" or seconds > WATCHED:
        return deed
    known = {words for _, words in deed.signs}
    new = tuple((seconds, words) for words in signs_of(deed.step, deed.before, scene) if words not in known)
    return replace(deed, signs=deed.signs + new) if new else deed
