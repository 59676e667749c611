"""The only ways into and out of a learner's network, which has loopback alone.

    from the proxy:  127.0.0.1:PORT here              to 127.0.0.1:PORT there, where the learner's JupyterLab listens
    to the hub:      127.0.0.1:HUB in their network   to 127.0.0.1:HUB here, where JupyterHub tells who somebody is

A process of its own, forked before the first learner comes, for all of them. Learners hold none of its sockets: one that was made
here could be connected to anything here. It runs as root, since it makes sockets in their networks, and copies bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from typing import Any

from kubetutor.classroom.server.namespace import inside

CHUNK = 65536
HERE = "127.0.0.1"
QUEUE = 128  # connections that may wait


def announce(relay: socket.socket, *, port: int, hub_port: int) -> socket.socket:
    """Say that this process's network is a learner's. It is served until the answered socket is closed everywhere."""
    alive, theirs = socket.socketpair()
    network = os.open("/proc/self/ns/net", os.O_RDONLY)
    with theirs:
        words = json.dumps({"port": port, "hub_port": hub_port}).encode()
        socket.send_fds(relay, [words], [network, theirs.fileno()])
    os.close(network)
    if alive.recv(1) != b"+":
        raise OSError(
            f"There is no way to the hub for this learner: port {port} here, or {hub_port} there, is taken."
        )
    return alive


def run(requests: socket.socket) -> None:
    """Serve until the fork server has ended, of which all learners' processes come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(requests))


async def _serve(requests: socket.socket) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    tasks: set[asyncio.Task[None]] = set()

    def requested() -> None:
        message, fds, _, _ = socket.recv_fds(requests, CHUNK, 2)
        if not message:
            loop.remove_reader(requests)
            over.set()
            return
        task = loop.create_task(_serve_learner(json.loads(message), *fds))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    loop.add_reader(requests, requested)
    await over.wait()


async def _serve_learner(ports: dict[str, int], network: int, alive: int) -> None:
    """Carry both ways until the learner's processes have ended."""
    port, hub_port = ports["port"], ports["hub_port"]

    def connect_there() -> socket.socket:
        with inside(network):
            return socket.socket()

    with socket.socket(fileno=alive) as life:
        try:
            here = _listener(port)
            with inside(network):
                there = _listener(hub_port)
        except OSError:
            os.close(network)
            return
        to_lab = await asyncio.start_server(_Carrier(connect_there, port), sock=here)
        to_hub = await asyncio.start_server(_Carrier(socket.socket, hub_port), sock=there)
        life.setblocking(False)
        async with to_lab, to_hub:
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(life, b"+")
            with contextlib.suppress(ConnectionError):
                await loop.sock_recv(life, 1)
    os.close(network)


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HERE, port))
        listener.listen(QUEUE)
    except OSError:
        listener.close()
        raise
    return listener


class _Carrier:
    """Carries each connection that comes to one port."""

    def __init__(self, make: Any, port: int) -> None:
        self._make, self._port = make, port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = self._make()
        target.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(target, (HERE, self._port))
        except OSError:  # nobody listens there yet, or any more: as it would be without us
            target.close()
            writer.close()
            return
        further, back = await asyncio.open_connection(sock=target)
        await asyncio.gather(_carry(reader, back), _carry(further, writer))
        for each in (back, writer):
            each.close()


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    with contextlib.suppress(OSError):
        if target.can_write_eof():
            target.write_eof()
        else:
            target.close()
