"""port-forward as the official Python client speaks it: two channels per port, data and error.

Each channel starts with its port as two bytes, the low one first. There is one connection per port, made at
once; the WebSocket is closed when all of them have ended.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

from kubetutor.embedded.apiserver.streams.byte_queue import ByteQueue
from kubetutor.embedded.apiserver.streams.channels import Channels
from kubetutor.embedded.apiserver.streams.options import bad_request
from kubetutor.embedded.apiserver.streams.pod_connection import ForwardError, carry, open_connection

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.datastructures import QueryParams
    from starlette.websockets import WebSocket

    from kubetutor.api.objects import Object
    from kubetutor.embedded.node_api import NodeApi

    Opening: TypeAlias = Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]

PROTOCOLS = ("", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "portforward.k8s.io")
MOST_PORTS = 120  # a channel's number is one byte, and a port has two channels


async def serve(websocket: WebSocket, protocol: str, node: NodeApi, pod: Object, ports: list[int]) -> None:
    """Accept the WebSocket and forward until the client goes or all connections have ended."""
    channels = Channels(websocket, protocol)
    await channels.accept()
    for index, port in enumerate(ports):
        for channel in (2 * index, 2 * index + 1):
            await channels.send(channel, port.to_bytes(2, "little"))
    inboxes = [ByteQueue() for _ in ports]
    forwards = [
        asyncio.create_task(_forward(channels, index, inbox, open_connection(node, pod, port)))
        for index, (inbox, port) in enumerate(zip(inboxes, ports, strict=True))
    ]
    client = asyncio.create_task(_read_client(channels, inboxes))
    finished = asyncio.create_task(asyncio.wait(forwards))
    ends: set[asyncio.Task[Any]] = {client, finished}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not client.done():
            await channels.close()
    finally:
        for task in (client, *forwards):
            task.cancel()
        await asyncio.gather(client, *forwards, finished, return_exceptions=True)


async def _forward(channels: Channels, index: int, inbox: ByteQueue, opening: Opening) -> None:
    async def answer(chunk: bytes) -> None:
        if chunk:
            await channels.send(2 * index, chunk)
        else:
            inbox.end()  # the pod has closed: as upstream, the client's side is closed too

    try:
        reader, writer = await opening
        await carry(reader, writer, inbox, answer)
    except ForwardError as problem:
        await channels.send(2 * index + 1, str(problem).encode())
    finally:
        inbox.discard()


async def _read_client(channels: Channels, inboxes: list[ByteQueue]) -> None:
    async for channel, data in channels.receive():
        index, is_error = divmod(channel, 2)
        if data and not is_error and index < len(inboxes):
            await inboxes[index].put(data)


def read_ports(params: QueryParams) -> list[int]:
    """Read `ports=80,443` or `ports=80&ports=443`; raises `ApiError` 400."""
    texts = [text for value in params.getlist("ports") for text in value.split(",")]
    if not texts:
        raise bad_request('query parameter "ports" is required')
    for text in texts:
        if not (text.isascii() and text.isdigit() and int(text) < 65536):
            raise bad_request(f'unable to parse "{text}" as a port')
        if int(text) < 1:
            raise bad_request(f'port "{text}" must be > 0')
    if len(texts) > MOST_PORTS:
        raise bad_request(f"at most {MOST_PORTS} ports can be forwarded at once, {len(texts)} were asked for")
    return [int(text) for text in texts]
