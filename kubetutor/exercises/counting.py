"""Requests that a lesson counts outside of its exercises: sent from inside the cluster, shown as a card.

A lesson starts it before the cell that matters, and shows it after. The load pod is the one that exercises use, and an
exercise that starts takes it over.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kubetutor.exercises import display

if TYPE_CHECKING:
    from kubetutor.cluster.load.pod import Load
    from kubetutor.cluster.load.tally import Tally

REPORTED = 10.0  # seconds for what was asked to be counted; a report comes every half second
NOBODY = "Nobody asks now, and nothing was counted. Run the cell that begins to count."


class Counting:
    """What became of the requests to one service. `began` and `ended` are seconds of the clock that timelines have."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._service = ""
        self.began = self.ended = 0.0

    def start(self, service: str, *, rate: float | None = None) -> Counting:
        """Ask a service so many times a second, or as usual, and count from its first answer on. Raise LoadError without one."""
        self._load.start(service, rate=rate)
        self._load.wait_for_answer()
        self._service, self.began = service, time.monotonic()
        return self

    def again(self) -> Counting:
        """Begin to count anew, once no request gets lost any more, with a load pod that goes on asking."""
        self._load.wait_until_calm()
        self._load.forget()
        self.began = time.monotonic()
        return self

    def so_far(self) -> Counting:
        """Wait until all that was asked so far is counted, be it lost or answered, and answer that."""
        if self._load.is_asking:
            self._load.wait_for_reports(2, timeout=REPORTED)
        return self

    def settle(self) -> Tally:
        """Wait until all that was asked so far is counted, and no request gets lost any more; answer the totals."""
        if self._load.is_asking:
            self._load.wait_until_calm(reports=2)
        return self.tally

    def stop(self) -> None:
        """End asking. What was counted stays."""
        if self._load.is_asking:
            self.ended = time.monotonic()
        self._load.stop()

    def end(self) -> Counting:
        """End asking, once all that was asked is counted, and answer that."""
        self.so_far().stop()
        return self

    @property
    def tally(self) -> Tally:
        """Answer the totals since the start."""
        return self._load.tally()

    def __str__(self) -> str:
        return display.text_card(self._title, self._facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return display.html_card(self._title, self._facts, tone="warn" if self.tally.lost else "good")

    @property
    def _title(self) -> str:
        tally = self.tally
        if not self._service:
            return NOBODY
        if not tally.sent:
            return f"Requests to {self._service} are counted from now on"
        return f"{tally.lost:,} of {tally.sent:,} requests to {self._service} were lost"

    @property
    def _facts(self) -> list[tuple[str, str]]:
        tally = self.tally
        facts = [("Longest time without an answer", f"{tally.longest_silence:.2f} s")] if tally.sent else []
        if tally.versions:
            facts.append(("Answers", _counted("version ", tally.versions)))
        if tally.errors:
            facts.append(("Why lost", _counted("", tally.errors)))
        if trouble := self._load.trouble:
            facts.append(("Note", trouble))
        return facts


def _counted(prefix: str, entries: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(
        f"{number:,} from {prefix}{name}" if prefix else f"{name} ({number:,})" for name, number in entries
    )
