"""How many pods were Ready at each moment: what a lesson measures itself by. Fed by a watch, so it misses nothing."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_finished, is_pod_ready, uid_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.feed import Change

REMEMBERED = 20_000  # moments


@dataclass(frozen=True, slots=True)
class Moment:
    """At `time` (seconds on a steady clock) `ready` of `pods` pods were Ready and not on their way out."""

    time: float
    ready: int
    pods: int


class Timeline:
    """Keeps the moments when something about the pods changed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._moments: deque[Moment] = deque(maxlen=REMEMBERED)
        self._pods: dict[str, Object] = {}

    def take(self, changes: Sequence[Change]) -> None:
        """Take over what a feed tells. Changes that come together make one moment."""
        for change in changes:
            if change.resource != "pods":
                continue
            if change.type == "DELETED":
                self._pods.pop(uid_of(change.object), None)
            else:
                self._pods[uid_of(change.object)] = change.object
        if any(change.resource == "pods" for change in changes):
            self.record(list(self._pods.values()))

    def record(self, pods: Sequence[Object]) -> None:
        moment = Moment(self._clock(), *count_ready(pods))
        with self._lock:
            self._moments.append(moment)

    def moments(self) -> list[Moment]:
        with self._lock:
            return list(self._moments)

    def clear(self) -> None:
        """Forget all but the newest moment."""
        with self._lock:
            newest = list(self._moments)[-1:]
            self._moments.clear()
            self._moments.extend(newest)


def count_ready(pods: Sequence[Object]) -> tuple[int, int]:
    """Count the Ready pods and all pods, without the load pod and those that are being deleted or have finished."""
    counted = [pod for pod in pods if not is_load(pod)]
    living = [pod for pod in counted if not is_being_deleted(pod) and not is_pod_finished(pod)]
    return sum(is_pod_ready(pod) for pod in living), len(living)


def fewest_ready(moments: Sequence[Moment]) -> int:
    return min((moment.ready for moment in moments), default=0)


def recovery(moments: Sequence[Moment]) -> float | None:
    """Answer the seconds from the newest fall in Ready pods until as many were Ready again; None if not yet."""
    falls = [place for place in range(1, len(moments)) if moments[place].ready < moments[place - 1].ready]
    if not falls:
        return None
    start = falls[-1]
    before = moments[start - 1].ready
    back = next((moment for moment in moments[start:] if moment.ready >= before), None)
    return None if back is None else back.time - moments[start].time


def restored(moments: Sequence[Moment]) -> Moment | None:
    """Answer when as many pods were Ready as at the first moment, after fewer had been; None if not yet."""
    if not moments:
        return None
    wanted = moments[0].ready
    fell = next((place for place, moment in enumerate(moments) if moment.ready < wanted), len(moments))
    return next((moment for moment in moments[fell:] if moment.ready >= wanted), None)
