"""The name server's sockets: UDP and TCP at the address of the service kube-dns.

1. A question about the cluster is answered from the zone, at once.
2. Any other is sent on to the machine's own name servers as it is, and their answer is sent back as it is.
3. A service that is another name (ExternalName) is answered with that name and with what the others say about it.

Port 53 is for root on most machines (`net.ipv4.ip_unprivileged_port_start`). Who may not have it is served on 8053,
and pods find the cluster's names in their /etc/hosts, see `files`.

Models: CoreDNS (server/server.go, plugin/forward), as kubeadm sets it up.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kubetutor.embedded.network.frontends import Frontend
from kubetutor.embedded.network.listeners import bind, describe_problems
from kubetutor.embedded.network.names.files import resolvers_of
from kubetutor.embedded.network.names.zone import Zone

if TYPE_CHECKING:
    from types import ModuleType

    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.network.names.messages import Question
    from kubetutor.embedded.network.names.zone import Answer

log = logging.getLogger(__name__)

PORT = 53
SERVICE = "kube-system/kube-dns"
PATIENCE = 2.0  # seconds for each of the machine's name servers
LONGEST_IDLE = 10.0  # seconds that a TCP connection may be silent


class NameServer:
    """Binds its ports when made, so that who starts pods knows where it is; `run` it until cancelled."""

    def __init__(
        self, address: str, informers: Informers, resolv_conf: Path = Path("/etc/resolv.conf")
    ) -> None:
        frontends = [Frontend("cluster", protocol, address, PORT, "dns") for protocol in ("UDP", "TCP")]
        self._bindings = {frontend: bind(frontend, may_move=True) for frontend in frontends}
        self._informers, self._resolv_conf = informers, resolv_conf
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ports(self) -> dict[str, int | None]:
        """Map UDP and TCP to the ports where it answers."""
        return {frontend.protocol: binding.port for frontend, binding in self._bindings.items()}

    @property
    def is_on_its_port(self) -> bool:
        """Say whether programs find it: they ask at port 53 and nowhere else."""
        return set(self.ports.values()) == {PORT}

    async def run(self) -> None:
        """Answer until cancelled; then give the ports back."""
        self._zone = Zone(self._informers)
        if problems := describe_problems(self._bindings):
            log.info("name server: %s", problems)
        loop = asyncio.get_running_loop()
        async with contextlib.AsyncExitStack() as stack:
            for frontend, binding in self._bindings.items():
                if binding.socket is None:
                    continue
                if frontend.protocol == "UDP":
                    make = functools.partial(_Datagrams, self)
                    transport, _ = await loop.create_datagram_endpoint(make, sock=binding.socket)
                    stack.callback(transport.close)
                else:
                    server = await asyncio.start_server(self._connected, sock=binding.socket)
                    stack.callback(server.close)
            await asyncio.Event().wait()

    def close(self) -> None:
        """Give the ports back; for who never came to run it, too."""
        for binding in self._bindings.values():
            if binding.socket is not None:
                binding.socket.close()

    async def answer(self, data: bytes, *, tcp: bool) -> bytes | None:
        """Answer one message; None if it is no question."""
        question: Question | None = _messages().Question.read(data)
        if question is None:
            return None
        if not self._zone.knows(question.name):
            reply = await self._forward(data, tcp=tcp)
            return reply or bytes(question.failed().pack())
        found = self._zone.answer(question.name, question.kind)
        resolved = await self._resolved(question, found, tcp=tcp)
        reply = question.answer(found, int(time.time()), resolved=resolved)
        return bytes(reply.pack()) if tcp else question.fitting(reply)

    async def _resolved(self, question: Question, found: Answer, *, tcp: bool) -> bytes:
        """Answer what is known about the name that an alias stands for, if that was asked."""
        if question.kind == "CNAME" or not found.records or found.records[0].type != "CNAME":
            return b""
        return await self.answer(question.ask_for(found.records[0].value), tcp=tcp) or b""

    async def _forward(self, data: bytes, *, tcp: bool) -> bytes | None:
        for resolver in resolvers_of(self._resolv_conf):
            ask = _ask_by_tcp if tcp else _ask_by_udp
            try:
                async with asyncio.timeout(PATIENCE):
                    return await ask(resolver, data)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                log.info("name server %s did not answer: %r", resolver, error)
        return None

    def take(self, data: bytes, client: Any, transport: asyncio.DatagramTransport) -> None:
        """Answer a datagram, when there is an answer."""
        task = asyncio.get_running_loop().create_task(self._reply(data, client, transport))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reply(self, data: bytes, client: Any, transport: asyncio.DatagramTransport) -> None:
        try:
            reply = await self.answer(data, tcp=False)
        except Exception:
            log.exception("a question by UDP")
            return
        if reply is not None and not transport.is_closing():
            transport.sendto(reply, client)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one question after the other, each with its length before it."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            while True:
                async with asyncio.timeout(LONGEST_IDLE):
                    data = await _read(reader)
                reply = await self.answer(data, tcp=True)
                if reply is None:
                    break
                writer.write(_framed(reply))
                await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._server.take(data, addr, self._transport)


class _OneAnswer(asyncio.DatagramProtocol):
    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002  # asyncio's signature
        if not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)


async def _ask_by_udp(resolver: str, data: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _OneAnswer(answer), remote_addr=(resolver, PORT)
    )
    try:
        transport.sendto(data)
        return await answer
    finally:
        transport.close()


async def _ask_by_tcp(resolver: str, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(resolver, PORT)
    try:
        writer.write(_framed(data))
        return await _read(reader)
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _messages() -> ModuleType:
    """Load what reads and writes messages when the first one comes; a start need not wait for it."""
    return importlib.import_module("kubetutor.embedded.network.names.messages")
