"""The queue holds a key once, works on it once at a time, and waits longer after each failure."""

import asyncio

from kubetutor.embedded.workqueue import WorkQueue


async def test_a_key_added_twice_is_taken_once():
    queue = WorkQueue()
    queue.add("a")
    queue.add("a")
    assert await queue.take() == "a"
    assert len(queue) == 0


async def test_a_key_added_while_it_is_worked_on_comes_round_again():
    queue = WorkQueue()
    queue.add("a")
    key = await queue.take()
    queue.add("a")
    assert len(queue) == 0
    queue.done(key)
    assert await queue.take() == "a"


async def test_a_failed_key_comes_back_later_each_time():
    queue, loop = WorkQueue(first_delay=0.01), asyncio.get_running_loop()
    waits = []
    for _ in range(3):
        start = loop.time()
        queue.retry("a")
        await queue.take()
        queue.done("a")
        waits.append(loop.time() - start)
    assert waits[0] < waits[1] < waits[2]
    queue.forget("a")
    start = loop.time()
    queue.retry("a")
    await queue.take()
    assert loop.time() - start < waits[2]


async def test_the_earliest_of_several_wishes_wins():
    queue = WorkQueue()
    queue.add_after("a", 60)
    queue.add_after("a", 0.001)
    queue.add_after("a", 60)
    assert await asyncio.wait_for(queue.take(), 5) == "a"
    queue.close()


async def test_take_waits_for_a_key():
    queue = WorkQueue()
    taking = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    queue.add("late")
    assert await asyncio.wait_for(taking, 5) == "late"
