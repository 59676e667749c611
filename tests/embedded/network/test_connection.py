"""What a client sees of a connection through the proxy: its bytes, its ends, its resets."""

import asyncio
import hashlib
import os
import socket

import pytest

SLICES = "endpointslices.discovery.k8s.io"


@pytest.fixture
async def connect(api, proxy, network, serve, make):
    """Put a handler behind a service; answer a way to connect to the service."""
    address = str(network.services[7])

    async def connected(handler=None, *, port=None):
        if handler is not None:
            port = await serve("127.0.0.1", handler)
        api.put("services", make.service(clusterIP=address))
        api.put(SLICES, make.slice(["127.0.0.1"], port))
        await make.eventually(lambda: proxy.listening_on("shop", "web"))
        return await asyncio.open_connection(address, 8123)

    return connected


async def test_bytes_arrive_unchanged_both_ways(connect):
    async def echo(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    reader, writer = await connect(echo)
    sent = os.urandom(20_000_000)

    async def send():
        writer.write(sent)
        await writer.drain()
        writer.write_eof()

    got, _ = await asyncio.wait_for(asyncio.gather(reader.read(), send()), 20)
    assert hashlib.sha256(got).digest() == hashlib.sha256(sent).digest()


async def test_a_client_that_has_said_all_still_gets_the_answer(connect):
    async def count(reader, writer):
        said = await reader.read()
        writer.write(str(len(said)).encode())
        writer.close()

    reader, writer = await connect(count)
    writer.write(b"x" * 1234)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5) == b"1234"


async def test_a_client_may_say_all_before_its_endpoint_is_connected(connect, network):
    async def count(reader, writer):
        writer.write(str(len(await reader.read())).encode())
        writer.close()

    await connect(count)
    address = (str(network.services[7]), 8123)
    with socket.create_connection(address) as client:  # nothing is accepted before this task waits
        client.sendall(b"x" * 5000)
        client.shutdown(socket.SHUT_WR)
        client.setblocking(False)
        assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 100), 5) == b"5000"


async def test_a_server_that_has_said_all_still_hears_the_client(connect):
    heard = asyncio.get_running_loop().create_future()

    async def goodbye(reader, writer):
        writer.write(b"goodbye")
        writer.write_eof()
        heard.set_result(await reader.read())
        writer.close()

    reader, writer = await connect(goodbye)
    assert await asyncio.wait_for(reader.read(), 5) == b"goodbye"
    writer.write(b"wait")
    writer.write_eof()
    assert await asyncio.wait_for(heard, 5) == b"wait"


async def test_an_endpoint_that_refuses_is_seen_as_a_reset(connect, serve, says):
    port = await serve("127.0.0.2", says("not here"))
    reader, _ = await connect(port=port)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 5)


async def test_a_reset_is_passed_on(connect):
    async def slam(_reader, writer):
        await _reader.read(1)
        writer.transport.abort()

    reader, writer = await connect(slam)
    writer.write(b"x" * 100_000)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)


async def test_a_slow_reader_holds_the_writer_back(connect):
    written = 0

    async def pour(_reader, writer):
        nonlocal written
        for _ in range(2000):
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536

    reader, writer = await connect(pour)
    await reader.readexactly(1)
    seen = -1
    while seen != written:
        seen = written
        await asyncio.sleep(0.1)
    assert written < 60_000_000
    writer.transport.abort()
