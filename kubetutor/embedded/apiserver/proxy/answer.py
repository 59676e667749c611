"""What a pod answers to a request: the head first, then the body piece by piece.

Models: net/http's Response, as far as a proxy needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httptools

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

CHUNK = 64 * 1024
FIRST_FINAL_STATUS = 200  # those below tell of something on the way


class AnswerError(Exception):
    """The pod did not answer, or not in HTTP. The text says how."""


class Answer:
    """Reads one answer. An answer to HEAD has no body, whatever its headers say."""

    def __init__(self, reader: asyncio.StreamReader, *, has_body: bool) -> None:
        self._reader, self.has_body = reader, has_body
        self._parser = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._has_head = self._is_whole = False
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []

    async def read_head(self) -> None:
        """Read until status and headers are known; raises `AnswerError`, OSError."""
        while not self._has_head:
            if not await self._read():
                raise AnswerError("EOF")

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; raises `AnswerError` when it ends too early."""
        while True:
            while self._chunks:
                yield self._chunks.pop(0)
            if self._is_whole:
                return
            if not await self._read():
                if self._length is not None:
                    raise AnswerError("unexpected EOF")
                return

    @property
    def _length(self) -> bytes | None:
        """What tells where the body ends, if anything does; else it goes on until the pod hangs up."""
        return next((v for n, v in self.headers if n in {b"content-length", b"transfer-encoding"}), None)

    async def _read(self) -> bool:
        data = await self._reader.read(CHUNK)
        if not data:
            return False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as error:
            raise AnswerError("the answer switches protocols") from error
        except httptools.HttpParserError as error:
            if not self._is_whole:  # what follows the answer is nobody's
                raise AnswerError(f"malformed HTTP response: {error}") from error
        return True

    # What the parser calls

    def on_message_begin(self) -> None:
        if not self._is_whole:
            self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._has_head or status < FIRST_FINAL_STATUS:
            return
        self.status, self._has_head = status, True
        self._is_whole = not self.has_body

    def on_body(self, body: bytes) -> None:
        if not self._is_whole:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        self._is_whole = self._has_head
