"""Events go an hour after they last happened."""

import datetime as dt

from kubetutor.embedded.apiserver.event_expiry import expired

NOW = dt.datetime(2026, 1, 2, 12, 0, tzinfo=dt.UTC)


def event(name, **times):
    return {"metadata": {"name": name, "creationTimestamp": "2026-01-02T08:00:00Z"}, **times}


def test_events_that_last_happened_over_an_hour_ago_expire():
    events = [
        event("fresh", lastTimestamp="2026-01-02T11:30:00Z"),
        event("old", lastTimestamp="2026-01-02T10:59:59Z"),
        event(
            "old and again", lastTimestamp=None, series={"lastObservedTime": "2026-01-02T11:59:00.000000Z"}
        ),
        event("new form", eventTime="2026-01-02T10:00:00.000000Z", lastTimestamp=None),
        event("bare"),
    ]
    assert [e["metadata"]["name"] for e in expired(events, NOW)] == ["old", "new form", "bare"]
