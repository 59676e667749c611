"""The standard streams of a child process, as the event loop reads and writes them: pipes or a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
from typing import TYPE_CHECKING

from kubetutor.embedded.node_api import STDERR, STDOUT

if TYPE_CHECKING:
    from kubetutor.embedded.kubelet.runtime import Program, Sink

CHUNK = 65536
END_OF_TRANSMISSION = b"\x04"


class Streams:
    """Made before the child, which inherits `child_ends`; `read` begins when it runs."""

    def __init__(self, program: Program, sink: Sink) -> None:
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._input: int | None = None
        self._outputs: dict[int, int] = {}
        self._held = False
        self._terminal = program.tty
        self.child_ends: tuple[int, ...] = ()
        try:
            self._open_terminal() if program.tty else self._open_pipes(program)
        except OSError:  # too many open files: give back those that we got
            for fd in {
                *self.child_ends,
                *self._outputs,
                *((self._input,) if self._input is not None else ()),
            }:
                os.close(fd)
            raise
        for fd in {*self._outputs, *((self._input,) if self._input is not None else ())}:
            os.set_blocking(fd, False)

    def _open_terminal(self) -> None:
        ours, theirs = os.openpty()
        self._input = ours
        self._outputs[ours] = STDOUT
        self.child_ends = (theirs,)

    def _open_pipes(self, program: Program) -> None:
        if program.stdin:
            child_input, self._input = os.pipe()
        else:
            child_input = os.open(os.devnull, os.O_RDONLY)
        self.child_ends = (child_input,)
        for stream in (STDOUT, STDERR):
            ours, theirs = os.pipe()
            self._outputs[ours] = stream
            self.child_ends += (theirs,)

    def close_child_ends(self) -> None:
        for fd in self.child_ends:
            os.close(fd)
        self.child_ends = ()

    def read(self) -> None:
        for fd in self._outputs:
            self._loop.add_reader(fd, self._on_readable, fd)

    def hold(self, held: bool) -> None:
        if held == self._held:
            return
        self._held = held
        for fd in self._outputs:
            if held:
                self._loop.remove_reader(fd)
            else:
                self._loop.add_reader(fd, self._on_readable, fd)

    def _on_readable(self, fd: int) -> bool:
        """Hand on what is there; say whether there may be more."""
        try:
            data = os.read(fd, CHUNK)
        except BlockingIOError:
            return False
        except OSError:  # a terminal whose other end has closed says EIO
            data = b""
        if data:
            self._sink(self._outputs[fd], data)
            return True
        self._close_output(fd)
        return False

    def _close_output(self, fd: int) -> None:
        self._loop.remove_reader(fd)
        stream = self._outputs.pop(fd)
        if fd == self._input:
            self._input = None
        os.close(fd)
        self._sink(stream, b"")

    def finish(self) -> None:
        """The process has ended: take what it has written, then close everything."""
        self.close_child_ends()
        self._held = False
        for fd in list(self._outputs):
            while self._on_readable(fd):
                pass
            if fd in self._outputs:
                self._close_output(fd)
        self._close_input()

    async def write(self, data: bytes) -> None:
        while data and self._input is not None:
            try:
                data = data[os.write(self._input, data) :]
            except BlockingIOError:
                await self._until_writable(self._input)
            except OSError:  # it reads no more
                self._close_input()

    async def _until_writable(self, fd: int) -> None:
        ready = asyncio.Event()
        self._loop.add_writer(fd, ready.set)
        try:
            await ready.wait()
        finally:
            self._loop.remove_writer(fd)

    def end_input(self) -> None:
        if self._input is None:
            return
        if self._terminal:
            with contextlib.suppress(OSError):  # it is closing by itself
                os.write(self._input, END_OF_TRANSMISSION)
        else:
            self._close_input()

    def _close_input(self) -> None:
        fd, self._input = self._input, None
        if fd is not None and fd not in self._outputs:
            self._loop.remove_writer(fd)
            os.close(fd)

    def resize(self, width: int, height: int) -> None:
        if self._terminal and self._input is not None:
            fcntl.ioctl(self._input, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
