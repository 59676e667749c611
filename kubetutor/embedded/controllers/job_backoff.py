"""How long a job waits before it makes a pod in place of one that failed: longer with each failure in a row.

Models: pkg/controller/job/backoff_utils.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.embedded.controllers.job_pods import finished_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.timings import Timings

MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Failures:
    """How many pods have failed since the last one that succeeded, and when the last of them did."""

    count: int = 0
    last: dt.datetime | None = None


def after(failures: Failures, succeeded: Sequence[Object], failed: Sequence[Object]) -> Failures:
    """Answer what is known after these pods have ended too."""
    times = sorted(map(finished_at, failed))
    if not succeeded:
        return Failures(failures.count + len(times), times[-1]) if times else failures
    last_success = max(map(finished_at, succeeded))
    later = [time for time in times if time > last_success]
    return Failures(len(later), later[-1]) if later else Failures()


def seconds_left(failures: Failures, timings: Timings, now: dt.datetime) -> float:
    """Answer how long to wait yet, 0 for not at all."""
    if failures.last is None or not failures.count:
        return 0.0
    doublings = min(failures.count - 1, MOST_DOUBLINGS)
    whole: float = min(timings.job_backoff_start * 2.0**doublings, timings.job_backoff_max)
    return max(0.0, min(whole, whole - (now - failures.last).total_seconds()))
