"""Follows the log of the load pod that is there, and keeps its newest intervals. Whoever started the pod, it is drawn."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from kubetutor.cluster.load.log import LoadLog
from kubetutor.cluster.load.tally import Tally
from kubetutor.widgets.traffic.snapshot import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.client import Client
    from kubetutor.cluster.load.interval import Interval

KEPT = int(SHOWN * 4)  # intervals: the pod reports two a second


class Recording:
    """The newest intervals of one load pod and its totals. `changed` is called after each interval, in a thread of its own."""

    def __init__(self, namespace: str, client: Callable[[], Client], changed: Callable[[], None]) -> None:
        self._namespace, self._client, self._changed = namespace, client, changed
        self._lock = threading.Lock()
        self._uid = ""
        self._log: LoadLog | None = None
        self._tally = Tally()
        self._intervals: deque[Interval] = deque(maxlen=KEPT)

    def follow(self, uid: str) -> None:
        """Follow the load pod with this uid from its beginning; "" means that there is none. What was measured stays."""
        with self._lock:
            if uid == self._uid:
                return
            self._uid = uid
            log, self._log = self._log, None
            if uid:
                self._tally = Tally()
                self._intervals.clear()
        if log is not None:
            log.close()
        if uid:
            threading.Thread(target=self._read, args=(uid,), name="traffic-log", daemon=True).start()

    def measured(self) -> tuple[Tally, tuple[Interval, ...], str]:
        """Answer the totals, the newest intervals, and why nothing comes ("" if all is well)."""
        with self._lock:
            return self._tally, tuple(self._intervals), self._log.trouble if self._log else ""

    def _read(self, uid: str) -> None:
        log = LoadLog(self._client(), self._namespace, changed=self._changed)
        with self._lock:
            if self._uid != uid:
                return
            self._log = log
        for interval in log:
            with self._lock:
                if self._log is not log:
                    return
                self._intervals.append(interval)
                self._tally = self._tally.plus(interval)
            self._changed()
