"""The only run loop of all controllers.

1. A watch tells of a change; the controller names the keys it concerns, and they are queued.
2. The loop takes a key and calls `reconcile(key)`: look at what is, decide, act. It never waits.
3. `reconcile` answers None, or the seconds after which it wants to look again.
4. On an error the key is tried again, later each time; a conflict is nothing to report.
5. A key that took long rests for a while before its next round.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from kubetutor.embedded.workqueue import WorkQueue
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.clock import Clock
    from kubetutor.embedded.events import EventRecorder
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.timings import Timings

log = logging.getLogger(__name__)

LONG = 0.003  # seconds of a round, after which its key rests
REST = 5  # times as long as the round took


class Context:
    """What every controller is given."""

    def __init__(
        self, client: Client, informers: Informers, clock: Clock, timings: Timings, events: EventRecorder
    ) -> None:
        self.client, self.informers, self.clock = client, informers, clock
        self.timings, self.events = timings, events


class Controller(Protocol):
    """A control loop. `start` registers handlers with informers that call `queue.add(key)`."""

    name: str

    def start(self, queue: WorkQueue) -> None: ...

    def reconcile(self, key: str) -> float | None: ...


async def run(controller: Controller) -> None:
    """Run one controller until cancelled."""
    queue = WorkQueue()
    controller.start(queue)
    try:
        while True:
            key = await queue.take()
            started = time.perf_counter()
            _reconcile_one(controller, queue, key)
            took = time.perf_counter() - started
            if took < LONG:
                queue.done(key)
            else:  # changes gather meanwhile: a thousand pods that become ready are looked at in few rounds
                asyncio.get_running_loop().call_later(REST * took, queue.done, key)
            await asyncio.sleep(0)
    finally:
        queue.close()


def _reconcile_one(controller: Controller, queue: WorkQueue, key: str) -> None:
    try:
        again = controller.reconcile(key)
    except ApiError as error:
        if error.code != 409:
            log.warning("%s: %s: %s", controller.name, key, error)
        queue.retry(key)
    except Exception:
        log.exception("%s: %s", controller.name, key)
        queue.retry(key)
    else:
        queue.forget(key)
        if again is not None:
            queue.add_after(key, again)
