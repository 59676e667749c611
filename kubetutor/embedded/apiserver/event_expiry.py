"""Events are forgotten an hour after they last happened, or a cluster that lives long would drown in them.

Models: the API server's --event-ttl.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from kubetutor.embedded.clock import parse_timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.clock import Clock

log = logging.getLogger(__name__)

TTL = dt.timedelta(hours=1)
PERIOD = 300.0  # seconds between two looks


async def expire_events(client: Client, clock: Clock) -> None:
    """Forget old events now and then, until cancelled."""
    while True:
        await clock.sleep(PERIOD)
        for event in expired(client.list("events"), clock.now()):
            metadata = event["metadata"]
            try:
                client.delete("events", metadata["name"], namespace=metadata["namespace"])
            except ApiError as error:
                log.warning("event %s was not forgotten: %s", metadata["name"], error)


def expired(events: Iterable[Object], now: dt.datetime) -> list[Object]:
    """Answer the events that last happened too long ago."""
    return [event for event in events if now - _last_seen(event) > TTL]


def _last_seen(event: Object) -> dt.datetime:
    series = event.get("series") or {}
    text = (
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"]["creationTimestamp"]
    )
    return parse_timestamp(text)
