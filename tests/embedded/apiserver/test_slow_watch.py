"""A client that watches and never reads costs a bounded amount of memory; one that left costs nothing."""

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver import watch
from kubetutor.embedded.apiserver.options import ListOptions
from kubetutor.embedded.store import Store


def request():
    return watch.WatchRequest(kinds_by_resource()["configmaps"], None, ListOptions(), lambda obj: obj)


def change(store, times):
    for number in range(times):
        store.update(
            "configmaps", {"metadata": {"name": "till", "namespace": "shop"}, "data": {"coins": str(number)}}
        )


async def test_a_client_that_never_reads_is_dropped_and_must_begin_anew():
    store = Store()
    store.create("configmaps", {"metadata": {"name": "till", "namespace": "shop"}})
    lines = watch.start(store, request())
    await anext(lines)
    change(store, watch.MOST_WAITING + 10)
    assert [line async for line in lines] == []


async def test_one_that_is_only_a_little_behind_gets_everything():
    store = Store()
    store.create("configmaps", {"metadata": {"name": "till", "namespace": "shop"}})
    lines = watch.start(store, request())
    await anext(lines)
    change(store, watch.MOST_WAITING)
    assert (await anext(lines)).count(b"\n") == watch.MOST_WAITING
    await lines.aclose()


def test_changes_that_nobody_takes_are_bounded():
    store = Store()
    store.create("configmaps", {"metadata": {"name": "till", "namespace": "shop"}})
    waiting = watch.Waiting(since=0)
    store.watch("configmaps", waiting.add)
    change(store, watch.MOST_WAITING * 3)
    assert len(waiting) == 0


async def test_a_watch_that_is_closed_is_forgotten_by_the_store():
    store = Store()
    watches = [watch.start(store, request()) for _ in range(200)]
    for lines in watches:
        await anext(lines)
    assert len(store._watchers["configmaps"]) == 200
    for lines in watches:
        await lines.aclose()
    assert store._watchers["configmaps"] == []
