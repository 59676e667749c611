"""Listens, and bounds what one connection may cost: it ends after some seconds whatever it does, and one address has some at most.

So who sends a header letter by letter, or nothing at all, holds nothing for long. A header has 16 KiB at most: uvicorn's
parser in Python bounds it, the one in C does not. Who floods the whole network still keeps others out as long as that lasts;
learners' machines then try again.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

BACKLOG = 128
HANDSHAKE_SECONDS = 5.0


@dataclass(slots=True)
class Bounds:
    """Of connections: how long each lives at most, in seconds, and how many there are at once, from one address and in all."""

    seconds: float = 15.0
    from_one: int = 64
    in_all: int = 256
    open: Counter[str] = field(default_factory=Counter)


class Bounded(H11Protocol):
    """A connection that keeps within its bounds; None: no bounds."""

    def __init__(self, *args: Any, bounds: Bounds | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bounds, self._address = bounds, ""
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self._bounds is None:
            return
        self._address = str((transport.get_extra_info("peername") or ("",))[0])
        self._bounds.open[self._address] += 1
        is_too_many = self._bounds.open[self._address] > self._bounds.from_one
        if is_too_many or self._bounds.open.total() > self._bounds.in_all:
            transport.abort()
        else:
            self._end = self.loop.call_later(self._bounds.seconds, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._end is not None:
            self._end.cancel()
        if self._bounds is not None:
            self._bounds.open[self._address] -= 1
            self._bounds.open += Counter()  # drops those at 0


@contextlib.asynccontextmanager
async def served(
    app: Any, listener: socket.socket, *, tls: ssl.SSLContext | None = None, bounds: Bounds | None = None
) -> AsyncIterator[None]:
    """Serve the application on this socket until the block ends."""
    config = uvicorn.Config(
        app, http=Bounded, ws="none", lifespan="off", access_log=False, log_config=None, log_level="error",
        server_header=False, timeout_keep_alive=30,
    )  # fmt: skip
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        partial(Bounded, config, state, {}, bounds=bounds),
        sock=listener, ssl=tls, backlog=BACKLOG,
        ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None,
    )  # fmt: skip
    try:
        yield
    finally:
        server.close()
        for each in list(state.connections):
            each.transport.abort()


def listen(address: str, port: int) -> socket.socket:
    """Open a socket. Raise ClassroomError with what to do where that cannot be."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ClassroomError(
            f"Nobody can listen at {address}:{port} ({error}). Choose an address of this machine, and a port that is free: --port."
        ) from error
    listener.setblocking(False)
    return listener
