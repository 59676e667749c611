"""exec and port-forward with the official Python client."""

import asyncio
import os
import socket

import pytest
from kubernetes.client import ApiClient, Configuration, CoreV1Api
from kubernetes.stream import portforward, stream


@pytest.fixture
def api(server):
    configuration = Configuration(host=server)
    configuration.no_proxy = "127.0.0.1"
    with ApiClient(configuration) as client:
        yield CoreV1Api(client)


def open_exec(api, *command, **options):
    options = {"stdout": True, "stderr": True, "stdin": False, "tty": False, **options}
    return stream(api.connect_get_namespaced_pod_exec, "web", "shop", command=list(command), **options)


async def test_a_command_is_run(api):
    assert (
        await asyncio.to_thread(open_exec, api, "sh", "-c", "echo hello from $HOSTNAME") == "hello from web\n"
    )


async def test_input_output_and_exit_code(api):
    def talk():
        session = open_exec(
            api, "sh", "-c", "read x; echo got $x; exit 7", stdin=True, _preload_content=False
        )
        session.write_stdin("words\n")
        session.run_forever(timeout=10)
        return session.read_stdout(), session.returncode

    assert await asyncio.to_thread(talk) == ("got words\n", 7)


async def test_much_output(api):
    output = await asyncio.to_thread(open_exec, api, "python3", "-c", "print('x' * 10_000_000)")
    assert len(output) == 10_000_001


async def test_a_port_is_forwarded(api):
    async def echo(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    given = os.urandom(1_000_000)

    def talk():
        forward = portforward(api.connect_get_namespaced_pod_portforward, "web", "shop", ports=str(port))
        connection = forward.socket(port)
        connection.settimeout(10)
        connection.setblocking(True)
        got = b""
        for at in range(0, len(given), 50_000):
            connection.sendall(given[at : at + 50_000])
            while len(got) < at + 50_000:
                got += connection.recv(65536)
        error = forward.error(port)
        forward.close()
        return got, error

    got, error = await asyncio.wait_for(asyncio.to_thread(talk), 30)
    assert got == given
    assert error is None
    server.close()


async def test_a_server_that_closes_ends_the_forward(api):
    async def greet(_reader, writer):
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def talk():
        forward = portforward(api.connect_get_namespaced_pod_portforward, "web", "shop", ports=str(port))
        connection, got = forward.socket(port), b""
        while data := connection.recv(100):
            got += data
        return got

    assert await asyncio.wait_for(asyncio.to_thread(talk), 10) == b"hello"
    server.close()


async def test_a_port_where_nobody_listens_is_told(api):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        def talk():
            forward = portforward(api.connect_get_namespaced_pod_portforward, "web", "shop", ports=str(port))
            ended = forward.socket(port).recv(100)
            return ended, forward.error(port)

        ended, error = await asyncio.wait_for(asyncio.to_thread(talk), 10)
    assert ended == b""
    assert (
        f"error forwarding port {port} to pod uid-of-web, uid : failed to connect to localhost:{port}"
        in error
    )
