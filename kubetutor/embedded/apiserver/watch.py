"""Watches over HTTP: one JSON line per change, for as long as the client listens.

1. What there is comes first, as ADDED, when the client asks for it; then a bookmark that says so.
2. Then each change since the wanted revision, as it happens.
3. An object that begins or ceases to match the selectors is shown as ADDED or DELETED.

Models: k8s.io/apiserver/pkg/storage/cacher and pkg/endpoints/handlers/watch.go.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from kubetutor.embedded.apiserver.listing import predicate
from kubetutor.embedded.apiserver.options import check_watch
from kubetutor.embedded.apiserver.status import expired, version_too_large
from kubetutor.embedded.store import GoneError, StoreEvent
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.options import ListOptions
    from kubetutor.embedded.store import Store

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
MOST_WAITING = 4_000  # changes that a slow client may be behind before its watch is ended
DEFAULT_TIMEOUT = 3600.0
BOOKMARK_PERIOD = 60.0


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What to watch. `render` turns an object into what this client asked for, a table say."""

    kind: Kind
    namespace: str | None
    options: ListOptions
    render: Callable[[Object], Object]


def start(store: Store, request: WatchRequest) -> AsyncIterator[bytes]:
    """Begin a watch now, so that nothing is missed, and answer its lines. Raises ApiError 400, 422."""
    options = request.options
    check_watch(options)
    chosen = predicate(request.kind, options.label_selector, options.field_selector)
    try:
        backlog = _backlog(store, request, chosen)
    except ApiError as error:  # a client that watches looks for this among the events
        return _refused(error)
    waiting = Waiting(since=options.resource_version or 0)
    stop = store.watch(request.kind.resource, waiting.add)
    return _lines(store, request, chosen, backlog, waiting, stop)  # one private call


async def _refused(error: ApiError) -> AsyncIterator[bytes]:
    yield _encoded([{"type": "ERROR", "object": error.status()}])


class Waiting:
    """The changes that a client has not taken yet. Too many are dropped, and its watch ends: it must begin anew.

    Checked when a change comes, since a client that never reads never asks.
    """

    def __init__(self, *, since: int) -> None:
        self._since = since  # a client may begin at a revision that is still to come
        self._events: list[StoreEvent] = []
        self._is_full = False
        self._has_some = asyncio.Event()

    def add(self, event: StoreEvent) -> None:
        if event.revision <= self._since:
            return
        if len(self._events) >= MOST_WAITING:
            self._is_full = True
            self._events.clear()
        elif not self._is_full:
            self._events.append(event)
        self._has_some.set()

    async def take(self) -> list[StoreEvent]:
        """Answer all there are, as soon as there are any; none when there were too many."""
        await self._has_some.wait()
        events, self._events = self._events, []
        if not self._is_full:
            self._has_some.clear()
        return events

    def __len__(self) -> int:
        return len(self._events)


def _backlog(store: Store, request: WatchRequest, chosen: Callable[[Object], bool] | None) -> list[Object]:
    """Answer the lines that come before any new change."""
    options, resource = request.options, request.kind.resource
    version = options.resource_version
    if options.send_initial_events and (version or 0) > store.revision:
        raise version_too_large(version or 0, store.revision)
    if options.send_initial_events or (options.send_initial_events is None and version in {None, 0}):
        objects = store.list(resource, request.namespace)
        lines = [
            {"type": "ADDED", "object": request.render(obj)}
            for obj in objects
            if chosen is None or chosen(obj)
        ]
        if options.send_initial_events and options.bookmarks:
            lines.append(_bookmark(request, store.revision, initial=True))
        return lines
    if version in {None, 0}:
        return []
    try:
        events = store.since(resource, version or 0)
    except GoneError:
        raise expired(f"too old resource version: {version} ({store.revision})") from None
    return [line for event in events if (line := _line(request, chosen, event)) is not None]


def _bookmark(request: WatchRequest, revision: int, *, initial: bool = False) -> Object:
    """Say how far the watch has come, in the form that this client asked for."""
    kind = request.kind
    metadata: Object = {"resourceVersion": str(revision)}
    if initial:
        metadata["annotations"] = {INITIAL_EVENTS_END: "true"}
    obj = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
    return {"type": "BOOKMARK", "object": request.render(obj)}


def _line(request: WatchRequest, chosen: Callable[[Object], bool] | None, event: StoreEvent) -> Object | None:
    """Answer how this client sees a change, or None when it does not concern it."""
    obj = event.object
    if request.namespace is not None and obj["metadata"].get("namespace") != request.namespace:
        return None
    type_, old = str(event.type), event.old
    if chosen is not None:
        is_in, was_in = event.type != "DELETED" and chosen(obj), old is not None and chosen(old)
        if not is_in and not was_in:
            return None
        if event.type == "MODIFIED" and is_in != was_in:
            type_ = "ADDED" if is_in else "DELETED"
        if type_ == "DELETED" and old is not None:  # what the client knows, at the revision of the change
            version = obj["metadata"]["resourceVersion"]
            obj = {**old, "metadata": {**old["metadata"], "resourceVersion": version}}
    return {"type": type_, "object": request.render(obj)}


async def _lines(
    store: Store,
    request: WatchRequest,
    chosen: Callable[[Object], bool] | None,
    backlog: list[Object],
    waiting: Waiting,
    stop: Callable[[], None],
) -> AsyncIterator[bytes]:
    """Yield lines, many at once when they come quickly."""
    loop = asyncio.get_running_loop()
    end = loop.time() + (request.options.timeout or DEFAULT_TIMEOUT)
    try:
        yield _encoded(backlog)
        backlog.clear()
        while (left := end - loop.time()) > 0:
            try:
                events = await asyncio.wait_for(waiting.take(), min(left, BOOKMARK_PERIOD))
            except TimeoutError:
                if request.options.bookmarks and end > loop.time():
                    yield _encoded([_bookmark(request, store.revision)])
                continue
            if not events:
                return
            lines = [line for each in events if (line := _line(request, chosen, each)) is not None]
            if lines:
                yield _encoded(lines)
    finally:
        stop()


def _encoded(lines: list[Object]) -> bytes:
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
