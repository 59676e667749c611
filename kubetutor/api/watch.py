"""A watch that survives: lost connections, servers that end it, and resource versions that are too old.

1. List; tell ADDED for everything there is, and remember the version of each object.
2. Open a watch at the list's resource version; tell each change; a bookmark only moves the version on.
3. The stream ends: open it again at the newest version seen. Nothing is told twice, nothing is lost.
4. 410 Gone: list again, and tell the difference: ADDED, MODIFIED, and DELETED for what has gone.

Models: staging/src/k8s.io/client-go/tools/cache/reflector.go.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from kubetutor.api.objects import Object, uid_of
from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEGMENT = 240  # seconds after which the server is to end one stream
RETRY = 0.2  # seconds before the first new attempt, doubled up to LAST_RETRY
LAST_RETRY = 5.0


@dataclass(frozen=True, slots=True)
class Event:
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Object


class Watch:
    """Iterate over it for Events. Ends after `timeout` seconds, or by `close()` from any thread."""

    def __init__(
        self,
        *,
        list_at: Callable[[], tuple[list[Object], str]],
        connect: Callable[[str, int], Any],
        timeout: float | None = None,
    ) -> None:
        self._list_at, self._connect = list_at, connect
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._closed = threading.Event()
        self._response: Any = None
        self._known: dict[str, Object] = {}
        self._version = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the watch, also while another thread waits for its next event."""
        self._closed.set()
        hang_up(self._response)

    def __iter__(self) -> Iterator[Event]:
        yield from self._relist()
        pause = RETRY
        while not self._over():
            try:
                for event in self._stream():
                    pause = RETRY
                    yield event
            except ApiError as error:
                if error.code != 410:
                    raise
                yield from self._relist()
            except ClusterError:
                self._closed.wait(min(pause, self._left()))
                pause = min(pause * 2, LAST_RETRY)

    def _left(self) -> float:
        return SEGMENT if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def _over(self) -> bool:
        return self._closed.is_set() or self._left() == 0

    def _relist(self) -> Iterator[Event]:
        objects, self._version = self._list_at()
        now = {uid_of(obj): obj for obj in objects}
        before, self._known = self._known, now
        for uid, obj in before.items():
            if uid not in now:
                yield Event("DELETED", obj)
        for uid, obj in now.items():
            if uid not in before:
                yield Event("ADDED", obj)
            elif version_of(obj) != version_of(before[uid]):
                yield Event("MODIFIED", obj)

    def _stream(self) -> Iterator[Event]:
        seconds = max(1, min(SEGMENT, int(self._left() + 0.999)))
        response = self._response = self._connect(self._version, seconds)
        try:
            for line in lines(response):
                if self._over():
                    return
                if event := self._take(json.loads(line)):
                    yield event
        except Exception as error:
            if self._closed.is_set():
                return  # the socket was shut under the read: that is how `close` wakes it
            if type(error).__module__.startswith("urllib3.") or isinstance(error, OSError):
                raise ClusterError(f"The watch was cut off: {error}") from error
            raise
        finally:
            self._response = None
            response.close()

    def _take(self, change: dict[str, Any]) -> Event | None:
        obj = change["object"]
        if change["type"] == "ERROR":
            raise ApiError(obj.get("code", 500), obj.get("reason"), obj.get("message", "the watch failed"))
        self._version = version_of(obj) or self._version
        if change["type"] == "BOOKMARK":
            return None
        if change["type"] == "DELETED":
            self._known.pop(uid_of(obj), None)
        else:
            self._known[uid_of(obj)] = obj
        return Event(change["type"], obj)


def hang_up(response: Any) -> None:
    """Wake whoever reads this response, in any thread: for them the stream ends, or is cut off."""
    sock = getattr(getattr(response, "connection", None), "sock", None)
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was faster


def version_of(obj: Object) -> str:
    return str(obj.get("metadata", {}).get("resourceVersion", ""))


def lines(response: Any) -> Iterator[bytes]:
    """Cut the stream into lines as they arrive."""
    rest = b""
    for chunk in response.stream(amt=None, decode_content=False):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())
