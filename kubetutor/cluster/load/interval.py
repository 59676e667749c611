"""One interval of traffic, as the load pod reports it: one JSON line of its log.

Whoever draws traffic needs this file and `log.py`:

    with LoadLog(client, namespace) as log:
        for interval in log:
            draw(interval)

Everything here is pure.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Source:
    """Who gave answers, and how many. What it did not say is empty: `node` often, all three if it is no my-app."""

    pod: str
    version: str
    node: str
    answers: int


@dataclass(frozen=True, slots=True)
class Interval:
    """What happened to the requests between `start` and `end`, in seconds since 1970 by the clock of the pod's node.

    A request is counted twice: in `sent` when it begins; in `answered`, or in `lost` and `errors`, when its outcome is
    known, which may be an interval later. `waiting` counts those that have no outcome at `end`; `oldest` is how many seconds
    ago the first of them began.

    `run` names one life of the program: it changes when the container starts anew. `number` counts its intervals from 0.
    `rate` is how many requests a second it was to send. The latencies are those of the answers, in milliseconds, None
    without any. `silence` is the longest time in seconds in which requests got lost and none was answered, if it lay in
    this interval or reached into it, with all of its length so far; `longest_silence` is the longest of this run so far.
    """

    run: str
    number: int
    start: float
    end: float
    rate: float
    sent: int
    answered: int
    lost: int
    waiting: int
    errors: tuple[
        tuple[str, int], ...
    ] = ()  # what became of lost requests, in words, the most frequent first
    p50_ms: float | None = None
    p95_ms: float | None = None
    max_ms: float | None = None
    sources: tuple[Source, ...] = ()
    silence: float = 0.0
    longest_silence: float = 0.0
    oldest: float = 0.0

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def by_pod(self) -> dict[str, int]:
        """Map the name of each pod that answered to its number of answers."""
        return _counted((source.pod, source.answers) for source in self.sources)

    @property
    def by_version(self) -> dict[str, int]:
        return _counted((source.version, source.answers) for source in self.sources)

    @property
    def by_node(self) -> dict[str, int]:
        return _counted((source.node, source.answers) for source in self.sources)


def parse(line: bytes | str) -> Interval | None:
    """Read one line of the log; None if it is no report of an interval, but something said to people."""
    try:
        document = json.loads(line)
        return _interval(document) if isinstance(document, dict) and "run" in document else None
    except (ValueError, KeyError, TypeError):
        return None  # a line cut off, as the last one before a lost connection is


def _interval(document: dict[str, Any]) -> Interval:
    latency = document["latency_ms"] or {}
    return Interval(
        run=str(document["run"]),
        number=int(document["number"]),
        start=float(document["start"]),
        end=float(document["end"]),
        rate=float(document["rate"]),
        sent=int(document["sent"]),
        answered=int(document["answered"]),
        lost=int(document["lost"]),
        waiting=int(document["waiting"]),
        errors=tuple((str(words), int(times)) for words, times in document["errors"]),
        p50_ms=latency.get("p50"),
        p95_ms=latency.get("p95"),
        max_ms=latency.get("max"),
        sources=tuple(
            Source(str(pod), str(version), str(node), int(answers))
            for pod, version, node, answers in document["answers"]
        ),
        silence=float(document["silence"]),
        longest_silence=float(document["longest_silence"]),
        oldest=float(document.get("oldest", 0.0)),
    )


def _counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for name, number in pairs:
        counts[name] += number
    return dict(sorted(counts.items()))
