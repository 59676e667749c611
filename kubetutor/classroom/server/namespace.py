"""A network of its own for a process: with loopback and nothing else, so what it serves is for those in it alone.

It needs root. It goes when its last process ends: there is nothing to remove.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
IFF_UP = 1
OURS = "/proc/thread-self/ns/net"


def leave_network() -> None:
    """Go into a new network, and switch its loopback on."""
    _done(_libc().unshare(CLONE_NEWNET), "make a network of its own")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        name, flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, asked))
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", name, flags | IFF_UP))


@contextlib.contextmanager
def inside(network: int) -> Iterator[None]:
    """Be in a network, given as a descriptor. A socket stays in the network in which it was made."""
    before = os.open(OURS, os.O_RDONLY)
    try:
        _done(_libc().setns(network, CLONE_NEWNET), "go into a network")
        try:
            yield
        finally:
            _done(_libc().setns(before, CLONE_NEWNET), "come back into our network")
    finally:
        os.close(before)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"Cannot {what}: {os.strerror(number)}. It needs root.")
