"""The lowest layer of a protobuf body: numbered fields, each a number or bytes. It knows no types.

Models: https://protobuf.dev/programming-guides/encoding (wire types 0, 1, 2 and 5; groups were never used here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def walk(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Walk a message: each field's number, and its value as a number or as bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise ValueError("a field has the number 0")
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        size = {FIXED64: 8, FIXED32: 4}.get(wire)
        if wire == BYTES:
            size, at = _varint(data, at)
        if size is None:
            raise ValueError(f"field {number} has the unknown wire type {wire}")
        if at + size > len(data):
            raise ValueError(f"field {number} is cut off: {size} bytes announced, {len(data) - at} left")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Answer the number that starts there, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ValueError("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
    raise ValueError("a number has more than ten bytes")


def as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number was found where bytes belong")  # noqa: TRY004  # garbage input, not a wrong call
    return value


def as_int(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("bytes were found where a number belongs")  # noqa: TRY004  # garbage input, not a wrong call
    return value - (1 << 64) if value >> 63 else value
