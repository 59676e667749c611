"""Sessions: somebody is connected to a process, through exec or attach.

Models: pkg/kubelet/server/server.go and containerd's exec and attach.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from kubetutor.embedded.kubelet.runtime import Process

MOST_WAITING = 64  # chunks that nobody has taken yet, before the process must wait


class ProcessSession:
    """Satisfies `Session`. Its `take` is the sink of the process; `attach_to` names the process."""

    def __init__(self, *, ends_process: bool, streams: int) -> None:
        self._ends_process = ends_process
        self._open_streams = streams
        self._chunks: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        self._process: Process | None = None
        self.on_close: Callable[[], None] = lambda: None
        self.ends_input = True

    def attach_to(self, process: Process) -> None:
        self._process = process

    @property
    def process(self) -> Process:
        if self._process is None:
            raise RuntimeError("The session has no process yet.")
        return self._process

    def take(self, stream: int, data: bytes) -> None:
        if data:
            self._chunks.put_nowait((stream, data))
            if self._ends_process and self._process is not None and self._chunks.qsize() > MOST_WAITING:
                self._process.hold_output(True)
            return
        self._open_streams -= 1
        if self._open_streams == 0:
            self._chunks.put_nowait(None)

    async def output(self) -> AsyncIterator[tuple[int, bytes]]:
        while (chunk := await self._chunks.get()) is not None:
            if self._ends_process and self._chunks.empty():
                self.process.hold_output(False)
            yield chunk

    async def write(self, data: bytes) -> None:
        await self.process.write(data)

    async def end_input(self) -> None:
        if self.ends_input:
            self.process.end_input()

    async def resize(self, width: int, height: int) -> None:
        self.process.resize(width, height)

    async def wait(self) -> int:
        return (await self.process.wait()).code

    async def close(self) -> None:
        self.on_close()
        if self._ends_process and self.process.exit is None:
            self.process.kill()
