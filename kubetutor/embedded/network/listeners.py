"""The sockets that clients connect to. Binding may be refused: then another port is tried, or the reason kept.

An ordinary user may not bind ports below 1024 (`net.ipv4.ip_unprivileged_port_start`), and another program may
hold a port on all addresses. The service is then served on port + 8000 of the same address, and it is said where.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.embedded.network.connection import Outside
from kubetutor.embedded.network.datagrams import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kubetutor.embedded.network.endpoints import Endpoint
    from kubetutor.embedded.network.frontends import Frontend

    Choose: TypeAlias = Callable[[str], Endpoint | None]

MOVED_BY = 8000
TRIES = 100
BACKLOG = 512
# With the protocol's number, asyncio sends what is written to a TCP connection at once (TCP_NODELAY).
KINDS = {
    "TCP": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "UDP": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
}


@dataclass(frozen=True, slots=True)
class Binding:
    """What became of a frontend: the bound socket and its port, or neither; and why, if that is not as asked."""

    socket: socket.socket | None = None
    port: int | None = None
    problem: str = ""


class Listener:
    """One frontend. Its port is held from the start; clients are let in from `start` to `stop`, else refused."""

    def __init__(
        self, frontend: Frontend, choose: Choose, connections: set[Outside], *, may_move: bool
    ) -> None:
        self.frontend = frontend
        self._choose, self._connections, self._may_move = choose, connections, may_move
        self.binding = bind(frontend, may_move=may_move)
        self._server: asyncio.Server | None = None
        self._relay: Relay | None = None

    @property
    def is_open(self) -> bool:
        return self._server is not None or self._relay is not None

    async def start(self) -> None:
        """Let clients in. A port that could not be had before is tried again."""
        if self.is_open:
            return
        if self.binding.socket is None or not self._can_listen(self.binding.socket):
            self.binding = bind(self.frontend, may_move=self._may_move)
        sock = self.binding.socket
        if sock is None:
            return
        loop = asyncio.get_running_loop()
        if self.frontend.protocol == "UDP":
            _, self._relay = await loop.create_datagram_endpoint(lambda: Relay(self._choose), sock=sock)
        else:
            self._server = await loop.create_server(
                lambda: Outside(self._choose, self._connections), sock=sock, backlog=BACKLOG
            )

    def _can_listen(self, sock: socket.socket) -> bool:
        """Listen; no if another program bound the port too (SO_REUSEADDR lets it) and was quicker."""
        try:
            if self.frontend.protocol == "TCP":
                sock.listen(BACKLOG)
        except OSError:
            sock.close()
            return False
        return True

    def stop(self) -> None:
        """Refuse clients from now on, but keep the port. Connections that exist live on.

        Datagrams need no refusing: they are dropped while there is no endpoint.
        """
        if self._server:
            self.close()
            self.binding = bind(self.frontend, may_move=self._may_move)

    def close(self) -> None:
        """Give the port back. Connections that exist live on."""
        if self._server:
            self._server.close()
        if self._relay:
            self._relay.close()
        if self.binding.socket:
            self.binding.socket.close()
        self._server = self._relay = None


def describe_problems(bindings: Mapping[Frontend, Binding]) -> str:
    """Say in words which frontends are served on another port or not at all, and why; "" if all is well."""
    places: dict[tuple[str, str], list[str]] = {}
    for frontend, binding in bindings.items():
        if not binding.problem:
            continue
        place = f"{frontend.host}:{frontend.port}"
        if binding.port is None:
            places.setdefault(("Not served", binding.problem), []).append(place)
        else:
            moved = f"{place} on port {binding.port}"
            places.setdefault(("Served elsewhere", binding.problem), []).append(moved)
    return " ".join(f"{what}: {', '.join(which)}, because {why}." for (what, why), which in places.items())


def bind(frontend: Frontend, *, may_move: bool) -> Binding:
    """Bind the frontend's address and port, or one near by if that is refused and it may move."""
    try:
        return Binding(_bound(frontend, frontend.port), frontend.port)
    except OSError as error:
        problem = _in_words(error)
        if not may_move or error.errno not in {errno.EACCES, errno.EADDRINUSE}:
            return Binding(problem=problem)
    for port in _ports_near(frontend.port):
        try:
            return Binding(_bound(frontend, port), port, problem)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EADDRINUSE}:
                raise
    return Binding(problem=problem)


def _ports_near(port: int) -> Iterable[int]:
    first = port + MOVED_BY
    if first + TRIES > 65536:
        first = port - MOVED_BY
    return range(first, first + TRIES)


def _bound(frontend: Frontend, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, *KINDS[frontend.protocol])
    try:
        sock.setblocking(False)
        if frontend.protocol == "TCP":  # for UDP it would let two programs share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((frontend.host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _in_words(error: OSError) -> str:
    if error.errno == errno.EACCES:
        return "this user may not open ports below 1024"
    if error.errno == errno.EADDRINUSE:
        return "another program already listens there"
    return f"the address cannot be used ({os.strerror(error.errno or 0)})"
