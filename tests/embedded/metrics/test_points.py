"""Two samples make a rate."""

from __future__ import annotations

import datetime as dt

from kubetutor.embedded.metrics.points import Point, Points, Rate

NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def point(at, cpu, *, run="one", age=100.0, memory=1000):
    return Point("shop/till/web", run, age, at, cpu, memory)


def rate_of(*samples, youngest=10.0):
    points = Points(youngest)
    for sample in samples:
        points.store([sample] if sample else [], NOW)
    return points.rate("shop/till/web")


def test_cpu_time_is_divided_by_the_time_between():
    assert rate_of(point(10, 3.0), point(14, 5.0, memory=2000)) == Rate(0.5, 2000, 4)


def test_only_the_last_two_samples_count():
    assert rate_of(point(0, 0.0), point(10, 3.0), point(14, 5.0)).cpu == 0.5


def test_one_sample_is_none():
    assert rate_of(point(10, 3.0)) is None


def test_a_sample_in_between_without_it_starts_over():
    assert rate_of(point(10, 3.0), None, point(14, 5.0)) is None


def test_a_restart_starts_over():
    assert rate_of(point(10, 3.0), point(14, 0.1, run="two")) is None


def test_a_young_container_has_no_rate_yet():
    assert rate_of(point(10, 3.0, age=5), point(14, 5.0, age=9)) is None
    assert rate_of(point(10, 3.0, age=5), point(14, 5.0, age=10)) is not None


def test_what_shrinks_is_taken_for_nothing():
    assert rate_of(point(10, 3.0), point(14, 1.0)).cpu == 0


def test_it_can_forget():
    points = Points(0.0)
    points.store([point(1, 1.0)], NOW)
    assert "shop/till/web" in points
    points.clear()
    assert "shop/till/web" not in points
    assert points.taken_at is None
