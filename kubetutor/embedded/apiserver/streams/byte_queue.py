"""Bytes between a client that sends and a process or a pod that reads, perhaps more slowly."""

from __future__ import annotations

import asyncio
from collections import deque

MOST_WAITING = 4 * 1024 * 1024


class ByteQueue:
    """A pipe that holds its writer back when `most` bytes wait. One writer, one reader."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    @property
    def is_finished(self) -> bool:
        """Say whether the end was reached: nothing waits and no more will come."""
        return self._ended and not self._chunks

    async def put(self, data: bytes) -> None:
        """Add bytes; wait while there are too many. After the end they are dropped."""
        while self._size >= self._most and not self._ended:
            await self._wait()
        if data and not self._ended:
            self._chunks.append(data)
            self._size += len(data)
            self._changed.set()

    async def get(self) -> bytes:
        """Answer the next bytes, or none at the end."""
        while not self._chunks:
            if self._ended:
                return b""
            await self._wait()
        data = self._chunks.popleft()
        self._size -= len(data)
        self._changed.set()
        return data

    def end(self) -> None:
        """No more will come; what is there can still be read."""
        self._ended = True
        self._changed.set()

    def discard(self) -> None:
        """Nobody reads any more."""
        self._chunks.clear()
        self._size = 0
        self.end()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
