"""One forwarded connection: what the client sends goes to the pod's port, what the pod answers comes back."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from kubetutor.api.objects import uid_of
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.streams.byte_queue import ByteQueue
    from kubetutor.embedded.node_api import NodeApi

CHUNK = 64 * 1024


class ForwardError(Exception):
    """The pod's port could not be reached. The text is what the client is told."""


async def open_connection(
    node: NodeApi, pod: Object, port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a port of the pod; raises `ForwardError`."""
    try:
        return await node.connect(pod, port)
    except (OSError, ApiError) as error:
        raise ForwardError(forwarding_error(pod, port, error)) from error


async def carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    inbox: ByteQueue,
    send: Callable[[bytes], Awaitable[None]],
) -> None:
    """Carry bytes both ways until both ends have said all. `send` gets b"" when the pod has."""
    upload = asyncio.create_task(_upload(inbox, writer))
    try:
        while data := await _read(reader):
            await send(data)
        await send(b"")
        await upload
    finally:
        upload.cancel()
        await asyncio.gather(upload, return_exceptions=True)
        if inbox.is_finished:
            writer.close()
        else:
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(CHUNK)
    except ConnectionError:  # the pod's process died: to the client the connection just ends
        return b""


async def _upload(inbox: ByteQueue, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await inbox.get():
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (ConnectionError, RuntimeError):  # the pod takes no more; RuntimeError: the transport is closing
        inbox.discard()


def forwarding_error(pod: Object, port: int, error: Exception) -> str:
    """Say why a port could not be reached, as the kubelet and containerd do."""
    uid = uid_of(pod)
    why = str(error)
    if isinstance(error, OSError) and error.errno:
        address = f"{pod.get('status', {}).get('podIP', 'localhost')}:{port}"
        reason = f"dial tcp4 {address}: connect: {os.strerror(error.errno).lower()}"
        why = f'failed to connect to localhost:{port} inside namespace "{uid}", IPv4: {reason}'
    return f"error forwarding port {port} to pod {uid}, uid : {why}"
