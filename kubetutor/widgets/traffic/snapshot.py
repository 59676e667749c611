"""What the traffic view draws, as a pure function of the intervals that the load pod has reported."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster.load.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.cluster.load.interval import Interval, Source

SHOWN = 60.0  # seconds of the charts
RECENT = 10.0  # seconds over which shares and numbers of now are taken
OFF, STARTING, RUNNING = "off", "starting", "running"
NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Share:
    """Who gave how many of the newest answers. `part` is between 0 and 1; `version` is empty where it is not known."""

    name: str
    version: str
    answers: int
    part: float


@dataclass(frozen=True, slots=True)
class Now:
    """The newest seconds: requests a second, and latencies in milliseconds, None without answers."""

    answered: float = 0.0
    lost: float = 0.0
    p50_ms: float | None = None
    p95_ms: float | None = None


QUIET = Now()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the view shows at one moment. `rate` is how many requests a second are asked for."""

    service: str
    namespace: str
    state: str = OFF
    rate: float = 0.0
    tally: Tally = NOTHING
    intervals: tuple[Interval, ...] = ()
    now: Now = QUIET
    by_version: tuple[Share, ...] = ()
    by_pod: tuple[Share, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """Which service is asked, and how it stands with the load pod."""

    service: str
    namespace: str
    state: str
    rate: float
    notes: tuple[str, ...] = ()


def snapshot_of(subject: Subject, tally: Tally, intervals: Sequence[Interval]) -> Snapshot:
    """`intervals` are the newest ones, oldest first; `tally` counts all of them and those before."""
    shown = newest_of(intervals, SHOWN)
    recent = newest_of(intervals, RECENT)
    answers = [source for interval in recent for source in interval.sources]
    return Snapshot(
        service=subject.service,
        namespace=subject.namespace,
        state=subject.state,
        rate=subject.rate,
        tally=tally,
        intervals=shown,
        now=now_of(recent),
        by_version=_shares((source.version, source) for source in answers),
        by_pod=_shares((source.pod, source) for source in answers),
        notes=subject.notes,
    )


def newest_of(intervals: Sequence[Interval], seconds: float) -> tuple[Interval, ...]:
    """Answer the intervals that began within the newest `seconds`."""
    if not intervals:
        return ()
    since = intervals[-1].end - seconds
    return tuple(interval for interval in intervals if interval.start >= since - 0.001)


def now_of(recent: Sequence[Interval]) -> Now:
    """Add up the newest intervals; a latency is the middle one of theirs, weighted by their answers."""
    seconds = sum(interval.seconds for interval in recent)
    if seconds <= 0:
        return Now()
    return Now(
        answered=sum(interval.answered for interval in recent) / seconds,
        lost=sum(interval.lost for interval in recent) / seconds,
        p50_ms=_middle((interval.p50_ms, interval.answered) for interval in recent),
        p95_ms=_middle((interval.p95_ms, interval.answered) for interval in recent),
    )


def _middle(values: Iterable[tuple[float | None, int]]) -> float | None:
    known = sorted((value, weight) for value, weight in values if value is not None and weight)
    half, seen = sum(weight for _, weight in known) / 2, 0
    for value, weight in known:
        seen += weight
        if seen >= half:
            return value
    return None


def _shares(answers: Iterable[tuple[str, Source]]) -> tuple[Share, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for name, source in answers:
        counts[name, source.version] += source.answers
    total = sum(counts.values())
    shares = [Share(name, version, number, number / total) for (name, version), number in counts.items()]
    return tuple(sorted(shares, key=lambda share: (share.version, share.name)))
