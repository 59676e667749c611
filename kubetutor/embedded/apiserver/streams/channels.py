"""Several streams of bytes in one WebSocket: each message starts with the number of its channel.

Models: k8s.io/streaming/pkg/httpstream/wsstream/conn.go.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect, WebSocketState

from kubetutor.embedded.apiserver.streams.options import bad_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from starlette.types import Message
    from starlette.websockets import WebSocket

CLOSE = 255  # v5: the next byte is the channel that the client has ended
NORMAL_CLOSURE = 1000


class Channels:
    """A WebSocket with channels; `accept` it first."""

    def __init__(self, websocket: WebSocket, protocol: str) -> None:
        self._websocket, self.protocol = websocket, protocol
        self._base64 = "base64." in protocol
        self._can_end = protocol.startswith("v5.")

    async def accept(self) -> None:
        await self._websocket.accept(self.protocol or None)

    async def send(self, channel: int, data: bytes) -> None:
        """Send bytes; nothing happens when the client has gone, `receive` tells of that."""
        if self._base64:
            message = f"{channel}{base64.b64encode(data).decode()}"
            await send_if_there(self._websocket, {"type": "websocket.send", "text": message})
        else:
            message_bytes = bytes((channel,)) + data
            await send_if_there(self._websocket, {"type": "websocket.send", "bytes": message_bytes})

    async def receive(self) -> AsyncIterator[tuple[int, bytes | None]]:
        """Yield (channel, bytes), or (channel, None) for a channel that ends, until the client goes."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            data = message.get("bytes")
            if data is None:
                data = message["text"].encode()
            if decoded := self._decode(data):
                yield decoded

    def _decode(self, data: bytes) -> tuple[int, bytes | None] | None:
        if not data:
            return None
        if self._base64:
            try:
                return data[0] - ord("0"), base64.b64decode(data[1:], validate=True)
            except binascii.Error:
                return None  # upstream drops such a frame too
        if self._can_end and data[0] == CLOSE:
            return (data[1], None) if len(data) == 2 else None
        return data[0], data[1:]

    async def close(self) -> None:
        await send_if_there(self._websocket, {"type": "websocket.close", "code": NORMAL_CLOSURE})


async def send_if_there(websocket: WebSocket, message: Message) -> None:
    """Send an ASGI message unless the client has gone."""
    if websocket.application_state is WebSocketState.DISCONNECTED:
        return
    try:
        await websocket.send(message)
    except WebSocketDisconnect:
        return


def choose_protocol(websocket: WebSocket, supported: Collection[str]) -> str:
    """Answer the first protocol that the client offers and we speak; raises `ApiError` 400."""
    offered = websocket.scope.get("subprotocols") or [""]
    for protocol in offered:
        if protocol in supported:
            return str(protocol)
    raise bad_request(
        f"requested protocol(s) are not supported: [{' '.join(offered)}]; supports [{' '.join(sorted(supported))}]"
    )
