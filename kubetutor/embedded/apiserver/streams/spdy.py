"""SPDY/3.1 frames: several streams of bytes in one connection. Bytes in, frames out, and back; no sockets here.

Source: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/. As in moby/spdystream, which kubectl
uses, there is no flow control: WINDOW_UPDATE and SETTINGS are read and mean nothing.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.embedded.apiserver.streams.spdy_dictionary import DICTIONARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION = 3
SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
FIN = 0x01
PROTOCOL_ERROR, REFUSED_STREAM, CANCEL = 1, 3, 5
HEADER = struct.Struct("!II")
WORD = struct.Struct("!I")
ID_MASK = 0x7FFFFFFF
MOST_HEADER_BYTES = 64 * 1024
MOST_CONTROL_BYTES = 64 * 1024
MOST_DATA = 64 * 1024  # per frame that we send, so that streams take turns


class SpdyError(Exception):
    """The other end does not speak SPDY/3."""


@dataclass(frozen=True, slots=True)
class SynStream:
    """The client opens a stream."""

    stream: int
    headers: Mapping[str, str]
    fin: bool = False


@dataclass(frozen=True, slots=True)
class Data:
    stream: int
    data: bytes
    fin: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """RST_STREAM: the stream is over, in both directions."""

    stream: int
    status: int = CANCEL


@dataclass(frozen=True, slots=True)
class Ping:
    number: int


@dataclass(frozen=True, slots=True)
class GoAway:
    last_stream: int


Frame: TypeAlias = SynStream | Data | Reset | Ping | GoAway


class Decoder:
    """Turns bytes, however they are cut, into frames. Kinds that a server need not know are left out."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are complete now; raises `SpdyError`."""
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            first, second = HEADER.unpack_from(self._buffer)
            flags, length = second >> 24, second & 0xFFFFFF
            is_control = bool(first >> 31)
            if is_control and (first >> 16 & 0x7FFF != VERSION or length > MOST_CONTROL_BYTES):
                raise SpdyError(f"not a SPDY/3 control frame: {bytes(self._buffer[:8]).hex()}")
            end = HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(memoryview(self._buffer)[HEADER.size : end])
            del self._buffer[:end]
            if not is_control:
                yield Data(first & ID_MASK, body, bool(flags & FIN))
            elif frame := self._control(first & 0xFFFF, flags, body):
                yield frame

    def _control(self, kind: int, flags: int, body: bytes) -> Frame | None:
        try:
            if kind == SYN_STREAM:
                headers = self._read_headers(body[10:])
                return SynStream(WORD.unpack_from(body)[0] & ID_MASK, headers, bool(flags & FIN))
            if kind in {SYN_REPLY, 8}:  # HEADERS; nothing in them matters, but the compression goes on
                self._read_headers(body[4:])
            if kind == RST_STREAM:
                stream, status = HEADER.unpack_from(body)
                return Reset(stream & ID_MASK, status)
            if kind == PING:
                return Ping(WORD.unpack_from(body)[0])
            if kind == GOAWAY:
                return GoAway(WORD.unpack_from(body)[0] & ID_MASK)
        except (struct.error, zlib.error, UnicodeDecodeError) as error:
            raise SpdyError(f"a broken control frame of type {kind}: {error}") from error
        return None

    def _read_headers(self, block: bytes) -> dict[str, str]:
        plain = self._inflate.decompress(block, MOST_HEADER_BYTES)
        if self._inflate.unconsumed_tail:
            raise SpdyError(f"headers of more than {MOST_HEADER_BYTES} bytes")
        (count,) = WORD.unpack_from(plain)
        texts, at = [], WORD.size
        for _ in range(2 * count):
            (length,) = WORD.unpack_from(plain, at)
            at += WORD.size + length
            if at > len(plain):
                raise SpdyError("a header that ends too soon")
            texts.append(plain[at - length : at].decode())
        return {name.lower(): value for name, value in zip(texts[::2], texts[1::2], strict=True)}


class Encoder:
    """Writes the frames that a server sends (and, for tests, SYN_STREAM)."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def syn_stream(self, stream: int, headers: Mapping[str, str], *, fin: bool = False) -> bytes:
        body = struct.pack("!IIH", stream, 0, 0) + self._headers(headers)
        return _control_frame(SYN_STREAM, body, FIN if fin else 0)

    def syn_reply(self, stream: int) -> bytes:
        return _control_frame(SYN_REPLY, WORD.pack(stream) + self._headers({}))

    def _headers(self, headers: Mapping[str, str]) -> bytes:
        texts = [text.encode() for pair in headers.items() for text in pair]
        plain = WORD.pack(len(headers)) + b"".join(WORD.pack(len(text)) + text for text in texts)
        return self._deflate.compress(plain) + self._deflate.flush(zlib.Z_SYNC_FLUSH)


def data_frame(stream: int, data: bytes, *, fin: bool = False) -> bytes:
    return HEADER.pack(stream, (FIN if fin else 0) << 24 | len(data)) + data


def reset_frame(stream: int, status: int = CANCEL) -> bytes:
    return _control_frame(RST_STREAM, HEADER.pack(stream, status))


def ping_frame(number: int) -> bytes:
    return _control_frame(PING, WORD.pack(number))


def goaway_frame(last_stream: int) -> bytes:
    return _control_frame(GOAWAY, HEADER.pack(last_stream, 0))


def _control_frame(kind: int, body: bytes, flags: int = 0) -> bytes:
    return HEADER.pack(0x80000000 | VERSION << 16 | kind, flags << 24 | len(body)) + body
