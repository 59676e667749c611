"""The parts of the control plane as the containers of pods, so that they can be looked at, read and ended like one.

1. A static pod of the control plane's node names an image that stands for a part, such as `kube-scheduler`.
2. Starting its container starts the part; the end of the part is the end of the container, and the other way round.
3. What the part logs is what the container writes.

The API server and the store are parts that only show: without them there is no cluster, so they run on.
Satisfies `kubetutor.embedded.kubelet.runtime.Runtime`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.embedded.kubelet.runtime import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from kubetutor.embedded.kubelet.runtime import Process, Program, Runtime, Sink

log = logging.getLogger(__name__)

STDERR = 2
LETTERS = {
    logging.DEBUG: "I",
    logging.INFO: "I",
    logging.WARNING: "W",
    logging.ERROR: "E",
    logging.CRITICAL: "F",
}


@dataclass(frozen=True, slots=True)
class Part:
    """What runs until it is cancelled, and the Python packages whose log is the part's log."""

    run: Callable[[], Coroutine[None, None, None]]
    packages: tuple[str, ...]


class Parts:
    """Runs parts in this process, and every other program where `programs` runs them."""

    def __init__(self, programs: Runtime, parts: Mapping[str, Part]) -> None:
        self._programs, self._parts = programs, parts
        self._missing = set(parts)
        self.have_started = asyncio.Event()

    async def can_mount(self) -> bool:
        return await self._programs.can_mount()

    async def start_process(self, program: Program, sink: Sink) -> Process:
        if not program.part:
            return await self._programs.start_process(program, sink)
        process = PartProcess(program.part, self._parts[program.part], sink)
        self._missing.discard(program.part)
        if not self._missing:
            self.have_started.set()
        return process


class PartProcess:
    """A part that runs. Its process is ours, so signals reach its tasks and nothing else."""

    def __init__(self, name: str, part: Part, sink: Sink) -> None:
        self._name, self._sink = name, sink
        self._handler = _Handler(sink)
        self._loggers = [logging.getLogger(package) for package in part.packages]
        for logger in self._loggers:
            logger.addHandler(self._handler)
        self._exit: Exit | None = None
        self._ended_by = 0
        self._task = asyncio.create_task(part.run(), name=name)
        self._task.add_done_callback(self._note_end)
        self._loggers[0].info("Starting %s", name)

    @property
    def pid(self) -> int:
        """None of its own: all parts share the cluster's process."""
        return 0

    @property
    def exit(self) -> Exit | None:
        return self._exit

    async def wait(self) -> Exit:
        await asyncio.wait({self._task})
        await asyncio.sleep(0)  # `_note_end` comes first
        return self._exit or Exit(1)

    def signal(self, number: int) -> None:
        if number in {signal.SIGTERM, signal.SIGINT, signal.SIGKILL}:
            self._ended_by = number
            self._task.cancel()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    async def write(self, data: bytes) -> None:
        """Take input that no part reads."""

    def end_input(self) -> None:
        """Nobody reads it."""

    def resize(self, width: int, height: int) -> None:
        """There is no terminal."""

    def hold_output(self, held: bool) -> None:
        """A part does not wait for who reads its log."""

    def _note_end(self, task: asyncio.Task[None]) -> None:
        for logger in self._loggers:
            logger.removeHandler(self._handler)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.critical("%s failed", self._name, exc_info=error)
            self._sink(STDERR, f"{self._name} failed: {error!r}\n".encode())
        killed = task.cancelled() and self._ended_by == signal.SIGKILL
        self._exit = Exit(137, signal.SIGKILL) if killed else Exit(0 if task.cancelled() else 1)
        for stream in (1, STDERR):
            self._sink(stream, b"")


class _Handler(logging.Handler):
    """Writes records in the form that Kubernetes' parts use: letter and date, time, process, place, message."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(logging.INFO)
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        when = dt.datetime.fromtimestamp(record.created, dt.UTC)
        letter = LETTERS.get(record.levelno, "I")
        head = f"{letter}{when:%m%d %H:%M:%S.%f} {record.process:7d} {record.filename}:{record.lineno}]"
        text = f"{head} {record.getMessage()}\n"
        if record.exc_info:
            text += f"{logging.Formatter().formatException(record.exc_info)}\n"
        self._sink(STDERR, text.encode())
