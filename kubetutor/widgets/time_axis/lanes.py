"""What a recording is made of. Times are seconds since the recording began; what is older is negative."""

from __future__ import annotations

from dataclasses import dataclass

KEEP_SECONDS = 600.0
MOST_ENTRIES = 8000
MOST_TOLD = 800  # lines of the story
MOST_POINTS = 3000  # of one line
MOST_BARS = 800
MOST_SEGMENTS = 80  # of one pod
MOST_MARKS = 800

REPLICAS, PODS, ENDPOINTS, REQUESTS, EVENTS, NODES, MOMENTS = (
    "replicas", "pods", "endpoints", "requests", "events", "nodes", "moments",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: a row of the table, and, where it has a `sentence`, a line of the story."""

    at: float
    lane: str
    subject: str
    what: str
    value: str | float | None
    detail: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A number over time. A value holds until the next one; None: there is nothing to say any more."""

    lane: str
    subject: str
    what: str
    points: tuple[tuple[float, float | None], ...] = ()

    @property
    def key(self) -> str:
        return f"{self.lane}/{self.subject}/{self.what}"

    @property
    def most(self) -> float:
        return max((value for _, value in self.points if value is not None), default=0.0)

    def value_at(self, at: float) -> float | None:
        return next((value for start, value in reversed(self.points) if start <= at), None)


@dataclass(frozen=True, slots=True)
class Segment:
    """A pod's state from `start` on; `mood` is the cluster map's, `why` the cluster's own message."""

    start: float
    mood: str
    word: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One pod from birth to deletion. `was_there`: it is older than the recording."""

    uid: str
    name: str
    owner: str
    revision: str
    version: str
    node: str
    was_there: bool
    segments: tuple[Segment, ...]
    restarts: int = 0
    ticks: tuple[float, ...] = ()  # when it restarted
    end: float | None = None

    @property
    def start(self) -> float:
        return self.segments[0].start

    @property
    def mood(self) -> str:
        return self.segments[-1].mood

    def segment_at(self, at: float) -> Segment | None:
        if self.end is not None and at >= self.end:
            return None
        return next((segment for segment in reversed(self.segments) if segment.start <= at), None)


@dataclass(frozen=True, slots=True)
class Mark:
    """One event of the cluster, as it was told: a repeated one is told again, with a higher count."""

    key: str
    at: float
    type: str
    reason: str
    subject: str
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that a person said: a named moment, or a time expected or measured after one.

    `kind` is `mark`, `expected` or `measured`; a mark has no `seconds`.
    """

    kind: str
    label: str
    at: float
    seconds: float | None = None
    after: str = ""

    @property
    def end(self) -> float:
        return self.at + (self.seconds or 0.0)
