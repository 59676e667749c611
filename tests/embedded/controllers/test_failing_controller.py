"""A controller with a defect that raises each time neither keeps the cluster busy nor floods its log."""

import asyncio
import contextlib
import logging

from kubetutor.embedded.controllers import base
from kubetutor.embedded.workqueue import WorkQueue


class Broken:
    name = "broken-controller"

    def __init__(self):
        self.calls = 0
        self.has_failed_often = asyncio.Event()

    def start(self, queue):
        queue.add("shop/web")

    def reconcile(self, _key):
        self.calls += 1
        if self.calls == 6:
            self.has_failed_often.set()
        raise ZeroDivisionError


async def test_it_is_tried_again_later_each_time(caplog):
    caplog.set_level(logging.ERROR)
    loop, controller = asyncio.get_running_loop(), Broken()
    began = loop.time()
    task = asyncio.create_task(base.run(controller))
    await asyncio.wait_for(controller.has_failed_often.wait(), 10)
    assert loop.time() - began >= 0.005 * (1 + 2 + 4 + 8 + 16)
    assert len(caplog.records) <= controller.calls
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_waits_grow_to_half_a_minute():
    queue = WorkQueue()
    loop = asyncio.get_running_loop()
    for _ in range(2000):
        queue._timers.clear()
        queue.retry("shop/web")
    assert 25 < queue._timers["shop/web"].when() - loop.time() <= 30
    queue.close()
