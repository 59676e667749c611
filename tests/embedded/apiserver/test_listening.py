"""The API server's socket."""

import asyncio
import socket

from kubetutor.embedded.apiserver.server import listen


async def test_what_is_written_is_sent_at_once():
    """A small answer would else wait for 40 ms until the client has acknowledged the one before."""
    accepted = asyncio.get_running_loop().create_future()
    listener = listen("127.0.0.1", 0)

    def connected(_reader, writer):
        accepted.set_result(writer.get_extra_info("socket"))

    server = await asyncio.start_server(connected, sock=listener)
    _reader, writer = await asyncio.open_connection(*listener.getsockname())
    connection = await accepted
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    writer.close()
    server.close()
