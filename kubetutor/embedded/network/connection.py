"""One client connection and the connection to the endpoint it was given, joined byte for byte.

Each direction ends by itself (half-close), a slow reader slows its writer down, and a reset is passed on as
a reset. An endpoint that refuses is not retried with another one: kube-proxy does not either.
Protocols instead of asyncio's streams, because they cost half as much per connection.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.embedded.network.endpoints import Endpoint

NO_LINGER = struct.pack("ii", 1, 0)


class Side(asyncio.Protocol):
    """One of the two ends. What it reads, the other writes."""

    transport: asyncio.Transport | None = None
    other: Side | None = None  # None before it is there, and after
    ended = False  # this side will send no more

    def data_received(self, data: bytes) -> None:
        if self.other and self.other.transport:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        self.ended = True
        other = self.other
        if other is None or other.transport is None:
            return False
        if other.ended:
            other.transport.close()
            return False
        if other.transport.can_write_eof():
            other.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        other, self.other = self.other, None
        if other is None or other.transport is None:
            return
        if error is None:
            other.transport.close()
        else:
            reset(other.transport)


class Inside(Side):
    """The end towards the endpoint."""

    def __init__(self, client: Outside) -> None:
        self._client = client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._client.join(self, self.transport)


class Outside(Side):
    """The end towards the client. `choose` says which endpoint it gets."""

    def __init__(self, choose: Callable[[str], Endpoint | None], connections: set[Outside]) -> None:
        self._choose, self._connections = choose, connections
        self._connecting: asyncio.Task[None] | None = None
        self._early: list[bytes] = []  # what the client said before its endpoint was connected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._connections.add(self)
        endpoint = self._choose(transport.get_extra_info("peername")[0])
        if endpoint is None:
            reset(self.transport)
            return
        self._connecting = asyncio.get_running_loop().create_task(self._connect(endpoint))

    async def _connect(self, endpoint: Endpoint) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: Inside(self), endpoint.host, endpoint.port)
        except OSError:  # refused or unreachable: the client learns it as it would of kube-proxy, by a reset
            if self.transport:
                reset(self.transport)

    def join(self, inside: Inside, transport: asyncio.Transport) -> None:
        """The endpoint is connected: send what has come so far, and go on."""
        if self.transport is None:  # the client has gone meanwhile
            transport.abort()
            return
        self.other, inside.other = inside, self
        transport.writelines(self._early)
        self._early.clear()
        if self.ended:
            transport.write_eof()
        else:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self.other or self.transport is None:
            super().data_received(data)
            return
        self._early.append(data)
        self.transport.pause_reading()  # in `connection_made` it would do nothing in older Pythons (3.11.2)

    def eof_received(self) -> bool:
        if self.other is None:
            self.ended = True
            return True
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        """End both sides at once."""
        if self._connecting:
            self._connecting.cancel()
        inside = self.other.transport if self.other else None
        for transport in (self.transport, inside):
            if transport:
                transport.abort()


def reset(transport: asyncio.Transport) -> None:
    """Close so that the other end sees a reset, not an orderly end."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    transport.abort()
