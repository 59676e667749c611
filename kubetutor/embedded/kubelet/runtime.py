"""What the kubelet asks of whatever runs containers. Here that is `processes.py`; upstream it is containerd.

Models: k8s.io/cri-api (RuntimeService), in the few words that a process needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Sink: TypeAlias = Callable[[int, bytes], None]
"""Is handed (STDOUT or STDERR, bytes) as they come; empty bytes say that the stream has ended."""


class ProgramError(KubetutorError):
    """A program could not be started. The text is what the system said: `exec: "nope": ...`."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of this machine that a container sees at a path of its own."""

    source: Path
    target: str
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and where."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    app: str = ""  # a Python module whose `main(arguments)` runs, already loaded, in place of argv[0]
    stdin: bool = False
    tty: bool = False
    work: str = ""  # where it begins, in place of `folder`
    mounts: tuple[Mount, ...] = ()
    beside: int = 0  # the process whose mounts it shares, in place of mounts of its own


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: its exit code, or 128 + n when signal n ended it."""

    code: int
    signal: int = 0


class Process(Protocol):
    """A running process that leads a process group of its own."""

    @property
    def pid(self) -> int: ...

    @property
    def exit(self) -> Exit | None:
        """How it ended, None while it runs."""

    async def wait(self) -> Exit: ...

    def signal(self, number: int) -> None:
        """Signal the process itself, as a container runtime signals process 1."""

    def kill(self) -> None:
        """Kill the whole group, now."""

    async def write(self, data: bytes) -> None: ...

    def end_input(self) -> None: ...

    def resize(self, width: int, height: int) -> None: ...

    def hold_output(self, held: bool) -> None:
        """Stop reading what it writes (so that it must wait), or go on."""


class Runtime(Protocol):
    async def can_mount(self) -> bool:
        """Say whether processes can have mounts; where they cannot, `Program.mounts` has no effect."""

    async def start_process(self, program: Program, sink: Sink) -> Process:
        """Start it; raises `ProgramError` when there is no such program."""
