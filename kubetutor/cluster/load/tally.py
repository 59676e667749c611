"""Totals over many intervals: how many requests got lost, how long nobody answered, who answered last. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.cluster.load.interval import Interval

REMEMBERED = 50  # the newest outcomes


@dataclass(frozen=True, slots=True)
class Newest:
    """Outcomes of one interval: how many answers from which version. Version "" with `is_lost` counts what got lost."""

    version: str
    times: int
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What was measured. `sent` are the requests whose outcome is known, so `lost` is never more.

    `longest_silence` is the longest time in seconds in which requests got lost and none was answered.
    `newest` has the outcomes of the newest intervals, oldest first: those that make up at least 50 requests.
    `errors` map what became of lost requests to how often, `pods`, `versions` and `nodes` those who answered.
    `runs` names the lives of the program in their order: more than one means that it was started anew on the way.
    """

    sent: int = 0
    lost: int = 0
    longest_silence: float = 0.0
    newest: tuple[tuple[Newest, ...], ...] = ()
    errors: tuple[tuple[str, int], ...] = ()
    pods: tuple[tuple[str, int], ...] = ()
    versions: tuple[tuple[str, int], ...] = ()
    nodes: tuple[tuple[str, int], ...] = ()
    runs: tuple[str, ...] = ()

    def plus(self, interval: Interval) -> Tally:
        """Answer the totals with one more interval, which must be newer than all before."""
        return replace(
            self,
            sent=self.sent + interval.answered + interval.lost,
            lost=self.lost + interval.lost,
            longest_silence=max(self.longest_silence, interval.silence),
            newest=_newest((*self.newest, *filter(None, [outcomes_of(interval)]))),
            errors=_sum(self.errors, interval.errors),
            pods=_sum(self.pods, interval.by_pod.items()),
            versions=_sum(self.versions, interval.by_version.items()),
            nodes=_sum(self.nodes, interval.by_node.items()),
            runs=self.runs if interval.run in self.runs else (*self.runs, interval.run),
        )

    def newest_versions(self, requests: int) -> tuple[str, ...]:
        """Answer which versions gave the newest answers: of the last intervals, as many as have so many requests.

        What got lost among them shows as `no answer`.
        """
        seen: set[str] = set()
        for outcomes in reversed(self.newest):
            if requests <= 0:
                break
            seen |= {"no answer" if outcome.is_lost else outcome.version for outcome in outcomes}
            requests -= sum(outcome.times for outcome in outcomes)
        return tuple(sorted(seen))


def tally_of(intervals: Iterable[Interval]) -> Tally:
    """Add up intervals, oldest first."""
    tally = Tally()
    for interval in intervals:
        tally = tally.plus(interval)
    return tally


def outcomes_of(interval: Interval) -> tuple[Newest, ...]:
    answers = tuple(Newest(version, times) for version, times in interval.by_version.items())
    return (*answers, Newest("", interval.lost, is_lost=True)) if interval.lost else answers


def _newest(intervals: tuple[tuple[Newest, ...], ...]) -> tuple[tuple[Newest, ...], ...]:
    """Keep the newest intervals that have enough requests."""
    kept, requests = 0, 0
    for outcomes in reversed(intervals):
        kept += 1
        requests += sum(outcome.times for outcome in outcomes)
        if requests >= REMEMBERED:
            break
    return intervals[len(intervals) - kept :]


def _sum(totals: Iterable[tuple[str, int]], more: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    counts = Counter(dict(totals))
    for name, number in more:
        counts[name] += number
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
