"""port-forward as kubectl speaks it: SPDY streams, in pairs, in the binary messages of a WebSocket.

1. For each local connection kubectl opens a stream of type `error` and one of type `data`, with the same
   request id and the port of the pod. Each is accepted at once.
2. When both are there, the pod's port is connected, and bytes go both ways on the data stream.
3. A connection that fails is told in words on the error stream; kubectl prints them.
4. Both streams end when the pod has closed its side. A reset of the data stream ends the connection.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.streams import spdy
from kubetutor.embedded.apiserver.streams.byte_queue import ByteQueue
from kubetutor.embedded.apiserver.streams.channels import NORMAL_CLOSURE, send_if_there
from kubetutor.embedded.apiserver.streams.pod_connection import ForwardError, carry, open_connection

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from kubetutor.api.objects import Object
    from kubetutor.embedded.node_api import NodeApi

PROTOCOL = "SPDY/3.1+portforward.k8s.io"
PROTOCOL_ERROR_CLOSURE = 1002
STREAM_TYPES = ("error", "data")


@dataclass(slots=True)
class Stream:
    """One SPDY stream of the client."""

    number: int
    kind: str
    request: str
    port: int
    inbox: ByteQueue = field(default_factory=ByteQueue)


async def serve(websocket: WebSocket, node: NodeApi, pod: Object) -> None:
    """Accept the WebSocket and forward until the client goes."""
    await websocket.accept(PROTOCOL)
    forwarder = SpdyForwarder(websocket, node, pod)
    code = NORMAL_CLOSURE
    try:
        await forwarder.run()
    except spdy.SpdyError:
        code = PROTOCOL_ERROR_CLOSURE
    finally:
        await forwarder.close()
    await send_if_there(websocket, {"type": "websocket.close", "code": code})


class SpdyForwarder:
    """The server's end of one SPDY connection."""

    def __init__(self, websocket: WebSocket, node: NodeApi, pod: Object) -> None:
        self._websocket, self._node, self._pod = websocket, node, pod
        self._decoder, self._encoder = spdy.Decoder(), spdy.Encoder()
        self._streams: dict[int, Stream] = {}
        self._waiting: dict[str, Stream] = {}  # by request id: one of a pair, the other still to come
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by number of the data stream

    async def run(self) -> None:
        """Read frames until the client goes; raises `SpdyError`."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            for frame in self._decoder.feed(message.get("bytes") or b""):
                if isinstance(frame, spdy.GoAway):
                    return
                await self._handle(frame)

    async def close(self) -> None:
        """End all connections."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, frame: spdy.Frame) -> None:
        if isinstance(frame, spdy.Data):
            stream = self._streams.get(frame.stream)
            if stream:
                await stream.inbox.put(frame.data)
                if frame.fin:
                    stream.inbox.end()
        elif isinstance(frame, spdy.SynStream):
            await self._open(frame)
        elif isinstance(frame, spdy.Reset):
            stream = self._streams.pop(frame.stream, None)
            if stream and self._waiting.get(stream.request) is stream:
                del self._waiting[stream.request]
            if task := self._tasks.get(frame.stream):
                task.cancel()
        elif isinstance(frame, spdy.Ping) and frame.number % 2 == 1:  # odd: it is the client's
            await self._send(spdy.ping_frame(frame.number))

    async def _open(self, frame: spdy.SynStream) -> None:
        stream = read_stream(frame)
        if stream is None or stream.number in self._streams:
            await self._send(spdy.reset_frame(frame.stream, spdy.PROTOCOL_ERROR))
            return
        if frame.fin:
            stream.inbox.end()
        self._streams[stream.number] = stream
        await self._send(self._encoder.syn_reply(stream.number))
        other = self._waiting.pop(stream.request, None)
        if other is None or other.kind == stream.kind:
            self._waiting[stream.request] = stream
            return
        error, data = (stream, other) if stream.kind == "error" else (other, stream)
        self._tasks[data.number] = asyncio.create_task(self._forward(data, error))

    async def _forward(self, data: Stream, error: Stream) -> None:
        try:
            reader, writer = await open_connection(self._node, self._pod, data.port)
            await carry(reader, writer, data.inbox, lambda chunk: self._answer(data, error, chunk))
        except ForwardError as problem:
            await self._send(spdy.data_frame(error.number, str(problem).encode()))
            await self._answer(data, error, b"")
        finally:
            for stream in (data, error):
                self._streams.pop(stream.number, None)
                stream.inbox.discard()
            del self._tasks[data.number]

    async def _answer(self, data: Stream, error: Stream, chunk: bytes) -> None:
        """Send what the pod said; b"" is its end, which ends both streams."""
        if chunk:
            await self._send(spdy.data_frame(data.number, chunk))
            return
        ends = (spdy.data_frame(stream.number, b"", fin=True) for stream in (error, data))
        await self._send(b"".join(ends))

    async def _send(self, frames: bytes) -> None:
        await send_if_there(self._websocket, {"type": "websocket.send", "bytes": frames})


def read_stream(frame: spdy.SynStream) -> Stream | None:
    """Read what a new stream is for; None if it does not say so."""
    kind, port = frame.headers.get("streamtype", ""), frame.headers.get("port", "")
    if kind not in STREAM_TYPES or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    # Clients without request ids open the error stream first, then at once the data stream, two numbers on.
    request = frame.headers.get("requestid") or str(frame.stream - (2 if kind == "data" else 0))
    return Stream(frame.stream, kind, request, int(port))
