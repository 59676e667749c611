"""Buckets: a burst, then one at a time, each key for itself, and never more of them than fit."""

from kubetutor.classroom.receiver.limits import MOST_BUCKETS, Buckets, Rate
from tests.classroom.opened_class import Clock


def test_a_burst_passes_then_one_at_a_time():
    clock = Clock()
    buckets = Buckets(Rate(burst=3, per_second=0.5), clock)
    assert [buckets.wait("ana") for _ in range(5)] == [0, 0, 0, 2, 2]
    assert buckets.wait("ben") == 0
    clock.now += 2
    assert [buckets.wait("ana") for _ in range(2)] == [0, 2]


def test_a_rest_fills_it_and_no_further():
    clock = Clock()
    buckets = Buckets(Rate(burst=3, per_second=1), clock)
    clock.now += 1000
    assert [buckets.wait("ana") for _ in range(4)].count(0) == 3


def test_very_many_keys_do_not_fill_the_memory():
    buckets = Buckets(Rate(burst=1, per_second=0.001), Clock())
    for number in range(3 * MOST_BUCKETS):
        buckets.wait(f"address {number}")
    assert len(buckets._full_at) <= MOST_BUCKETS
