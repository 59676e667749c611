"""Intervals as the load pod reports them."""

import pytest

from kubetutor.cluster.load.interval import Interval, Source

HALF = 0.5  # seconds: how often the pod reports


def interval_of(number, *, answered=25, lost=0, sources=None, **more):
    sources = [("web-app-h1-aaaaa", "1.0", answered)] if sources is None else sources
    latency = {"p50_ms": 3.0, "p95_ms": 8.0, "max_ms": 20.0} if answered else {}
    return Interval(
        run=more.pop("run", "one"), number=number, start=1000 + HALF * number, end=1000 + HALF * (number + 1),
        rate=more.pop("rate", 50), sent=answered + lost, answered=answered, lost=lost, waiting=0,
        errors=(("connection refused", lost),) if lost else (),
        sources=tuple(Source(pod, version, "", times) for pod, version, times in sources), **latency, **more,
    )  # fmt: skip


@pytest.fixture
def interval():
    """Make the interval of a number: `interval(0, answered=20, lost=5)`."""
    return interval_of


@pytest.fixture
def rolling():
    """A minute of traffic in which the version changes, and a few requests get lost."""
    made = []
    for number in range(120):
        new = max(0, min(25, (number - 70) // 2))
        lost = 4 if 84 <= number < 87 else 0
        pods = [
            ("web-app-h1-aaaaa", "1.0", (25 - new) // 2),
            ("web-app-h1-bbbbb", "1.0", 25 - new - (25 - new) // 2),
        ]
        pods += [("web-app-h2-ccccc", "2.0", new - new // 2), ("web-app-h2-ddddd", "2.0", new // 2)]
        made.append(
            interval_of(
                number,
                answered=25 - lost,
                lost=lost,
                sources=[pod for pod in pods if pod[2]],
                silence=0.1 * bool(lost),
            )
        )
    return made
