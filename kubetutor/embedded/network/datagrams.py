"""UDP: each client (address and port) is a flow that keeps its endpoint until it has been silent for a while.

Models: the kernel's connection tracking (nf_conntrack_udp_timeout), which kube-proxy relies on.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.embedded.network.endpoints import Endpoint

    Choose: TypeAlias = Callable[[str], Endpoint | None]

FLOW_SECONDS = 30.0


class Flow(asyncio.DatagramProtocol):
    """The socket towards the endpoint, for one client."""

    def __init__(self, relay: Relay, client: tuple[str, int]) -> None:
        self._relay, self._client = relay, client
        self._waiting: list[bytes] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._timer = self._loop.call_later(FLOW_SECONDS, self._end_if_silent)

    def send(self, data: bytes) -> None:
        self._last = self._loop.time()
        if self._transport is None:
            self._waiting.append(data)
        else:
            self._transport.sendto(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        for data in self._waiting:
            self._transport.sendto(data)
        self._waiting.clear()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002  # asyncio's signature
        self._last = self._loop.time()
        self._relay.answer(data, self._client)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002  # asyncio's signature
        """Nobody listens at the endpoint: this flow ends, the client's next datagram starts a new one."""
        self.end()

    def _end_if_silent(self) -> None:
        due = self._last + FLOW_SECONDS
        if due <= self._loop.time():
            self.end()
        else:
            self._timer = self._loop.call_at(due, self._end_if_silent)

    def end(self) -> None:
        self._timer.cancel()
        self._relay.forget(self._client)
        if self._transport:
            self._transport.abort()


class Relay(asyncio.DatagramProtocol):
    """The socket towards the clients of one frontend."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._flows: dict[tuple[str, int], Flow] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        flow = self._flows.get(addr)
        if flow is None:
            endpoint = self._choose(addr[0])
            if endpoint is None:
                return
            flow = self._flows[addr] = Flow(self, addr)
            task = asyncio.get_running_loop().create_task(self._open(flow, endpoint))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        flow.send(data)

    async def _open(self, flow: Flow, endpoint: Endpoint) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_datagram_endpoint(lambda: flow, remote_addr=endpoint, family=socket.AF_INET)
        except OSError:  # the datagram is lost, as UDP may
            flow.end()

    def answer(self, data: bytes, client: tuple[str, int]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(data, client)

    def forget(self, client: tuple[str, int]) -> None:
        self._flows.pop(client, None)

    def close(self) -> None:
        for task in self._opening:
            task.cancel()
        for flow in list(self._flows.values()):
            flow.end()
        if self._transport:
            self._transport.abort()
