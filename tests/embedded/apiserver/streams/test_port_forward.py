"""kubectl port-forward, the real program."""

import asyncio
import hashlib
import os
import re

import pytest

pytestmark = pytest.mark.kubectl


@pytest.fixture
async def serve():
    """Serve a port of the pod; answers its number."""
    servers = []

    async def start(handler):
        servers.append(await asyncio.start_server(handler, "127.0.0.1", 0))
        return servers[-1].sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def forward(kubectl):
    """Start kubectl port-forward; answers it and the local port."""
    started = []

    async def forwarded(port):
        process = await kubectl("port-forward", "--address", "127.0.0.1", "pod/web", f":{port}")
        started.append(process)
        line = (await asyncio.wait_for(process.stdout.readline(), 10)).decode()
        return process, int(re.search(r":(\d+) ->", line)[1])

    yield forwarded
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def exchange(port, given):
    """Send all, then end; read all meanwhile."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send():
        writer.write(given)
        await writer.drain()
        writer.write_eof()

    got, _ = await asyncio.gather(reader.read(), send())
    writer.close()
    return got


async def test_a_request_and_its_answer(serve, forward):
    async def count(reader, writer):
        writer.write(f"{len(await reader.read())} bytes".encode())
        writer.close()

    _, local = await forward(await serve(count))
    assert await asyncio.wait_for(exchange(local, b"x" * 1234), 10) == b"1234 bytes"


async def test_twenty_megabytes_both_ways(serve, forward):
    _, local = await forward(await serve(echo))
    given = os.urandom(20_000_000)
    got = await asyncio.wait_for(exchange(local, given), 40)
    assert hashlib.sha256(got).digest() == hashlib.sha256(given).digest()


async def test_many_connections_at_once_do_not_mix(serve, forward):
    _, local = await forward(await serve(echo))
    given = [bytes([number]) * 50_000 for number in range(60)]
    assert await asyncio.wait_for(asyncio.gather(*(exchange(local, data) for data in given)), 30) == given


async def test_connections_one_after_another_leave_nothing_behind(serve, forward):
    _, local = await forward(await serve(echo))
    for number in range(100):
        assert await asyncio.wait_for(exchange(local, b"%d" % number), 5) == b"%d" % number


async def test_a_server_that_closes_first_is_seen_to_close(serve, forward):
    async def greet(_reader, writer):
        writer.write(b"hello")
        writer.close()

    _, local = await forward(await serve(greet))
    reader, writer = await asyncio.open_connection("127.0.0.1", local)
    assert await asyncio.wait_for(reader.read(), 10) == b"hello"
    writer.close()


async def test_a_client_that_closes_first_is_seen_to_close(serve, forward):
    closed = asyncio.Event()

    async def wait(reader, writer):
        await reader.read()
        closed.set()
        writer.close()

    _, local = await forward(await serve(wait))
    _, writer = await asyncio.open_connection("127.0.0.1", local)
    writer.close()
    await asyncio.wait_for(closed.wait(), 10)


async def test_a_port_where_nobody_listens_is_told(serve, forward):
    port = await serve(echo)
    process, local = await forward(1)
    _, writer = await asyncio.open_connection("127.0.0.1", local)
    output, errors = await asyncio.wait_for(process.communicate(), 10)
    writer.close()
    told = errors.decode().replace("\\", "")
    assert "rror occurred forwarding" in told  # kubectl 1.37 starts with a capital letter
    assert "error forwarding port 1 to pod uid-of-web, uid : failed to connect to localhost:1" in told
    assert "dial tcp4 127.0.0.1:1: connect: connection refused" in told
    assert "lost connection to pod" in told
    assert port
    assert b"Handling connection" in output


async def test_when_kubectl_goes_its_connections_are_ended(serve, forward):
    ended = asyncio.Event()

    async def wait(reader, writer):
        writer.write(b"hello")
        try:
            await reader.read()
        except ConnectionError:
            pass
        finally:
            ended.set()
            writer.close()

    process, local = await forward(await serve(wait))
    reader, writer = await asyncio.open_connection("127.0.0.1", local)
    assert await asyncio.wait_for(reader.readexactly(5), 10) == b"hello"
    process.kill()
    await asyncio.wait_for(ended.wait(), 10)
    writer.close()


async def test_kubectl_that_disappears_from_floods_is_no_error(serve, forward, caplog):
    ended = asyncio.Semaphore(0)

    async def flood(_reader, writer):
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            ended.release()

    process, local = await forward(await serve(flood))
    connections = [await asyncio.open_connection("127.0.0.1", local) for _ in range(5)]
    for reader, _ in connections:
        await asyncio.wait_for(reader.readexactly(500_000), 10)
    process.kill()
    await process.wait()
    for _, writer in connections:
        await asyncio.wait_for(ended.acquire(), 10)
        writer.transport.abort()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
