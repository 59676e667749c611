"""When schedules are due, with the odd days that calendars and clocks have."""

import datetime as dt
from itertools import islice

import pytest

from kubetutor.api.cron_times import parse


def due(schedule, after, zone=None, count=1):
    moments = parse(schedule, zone).after(dt.datetime.fromisoformat(after))
    return [moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in islice(moments, count)]


@pytest.mark.parametrize(
    ("schedule", "after", "wanted"),
    [
        ("* * * * *", "2026-05-01T10:00:00Z", "2026-05-01T10:01:00Z"),
        ("* * * * *", "2026-05-01T10:00:59Z", "2026-05-01T10:01:00Z"),
        ("*/15 * * * *", "2026-05-01T10:46:00Z", "2026-05-01T11:00:00Z"),
        ("5,35 9-17/4 * * *", "2026-05-01T09:40:00Z", "2026-05-01T13:05:00Z"),
        ("0 0 1 1 *", "2026-05-01T10:00:00Z", "2027-01-01T00:00:00Z"),
        ("30 6 * jan-mar mon", "2026-04-01T00:00:00Z", "2027-01-04T06:30:00Z"),
        ("0 0 29 2 *", "2026-05-01T10:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 13 * fri", "2026-05-02T00:00:00Z", "2026-05-08T00:00:00Z"),  # one of both is enough
        ("0 0 */2 * fri", "2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z"),
        ("0 0 * * fri", "2026-05-02T00:00:00Z", "2026-05-08T00:00:00Z"),
        ("@hourly", "2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z"),
        ("@weekly", "2026-05-01T10:00:00Z", "2026-05-03T00:00:00Z"),
        ("@every 1h30m", "2026-05-01T10:00:00Z", "2026-05-01T11:30:00Z"),
        ("@every 500ms", "2026-05-01T10:00:00Z", "2026-05-01T10:00:01Z"),
        ("TZ=Asia/Tokyo 0 9 * * *", "2026-05-01T10:00:00Z", "2026-05-02T00:00:00Z"),
    ],
)
def test_the_next_time(schedule, after, wanted):
    assert due(schedule, after) == [wanted]


def test_a_day_that_never_comes_is_never_due():
    assert due("0 0 31 2 *", "2026-05-01T10:00:00Z") == []


def test_a_time_zone_says_which_hour_is_meant():
    assert due("30 2 * * *", "2026-05-01T00:00:00Z", "Asia/Kolkata") == ["2026-05-01T21:00:00Z"]


def test_an_hour_that_the_clocks_skip_is_skipped():
    after = "2026-03-28T12:00:00Z"
    assert due("30 2 * * *", after, "Europe/Berlin", 2) == ["2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]


def test_an_hour_that_the_clocks_repeat_counts_twice():
    after = "2026-10-24T12:00:00Z"
    assert due("30 2 * * *", after, "Europe/Berlin", 2) == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]


@pytest.mark.parametrize(
    ("schedule", "since", "wanted"),
    [
        ("* * * * *", "2026-01-01T00:00:00Z", "2026-05-01T10:00:00Z"),
        ("0 0 1 1 *", "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("@every 7s", "2026-05-01T09:59:50Z", "2026-05-01T09:59:57Z"),
        ("* * * * *", "2026-05-01T10:00:00Z", None),
    ],
)
def test_the_latest_time_is_found_however_long_ago_the_first_was(schedule, since, wanted):
    moments = [dt.datetime.fromisoformat(text) for text in (since, "2026-05-01T10:00:01Z")]
    found = parse(schedule).latest(*moments)
    assert (found and found.isoformat().replace("+00:00", "Z")) == wanted
