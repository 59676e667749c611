"""What the API server asks of a node's kubelet: logs, exec, attach, port-forward.

Upstream's API server speaks HTTPS to port 10250 of the node for this; here it is a call.
Models: pkg/kubelet/server/server.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Sequence

    from kubetutor.api.objects import Object

STDOUT, STDERR = 1, 2


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Models `PodLogOptions`. Times are seconds since the epoch."""

    container: str
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    limit_bytes: int | None = None
    since: float | None = None


class Session(Protocol):
    """A process that somebody is connected to: exec or attach."""

    async def write(self, data: bytes) -> None: ...

    async def end_input(self) -> None: ...

    async def resize(self, width: int, height: int) -> None: ...

    def output(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield (STDOUT or STDERR, bytes) until the process has closed both."""

    async def wait(self) -> int:
        """Answer the exit code; 128 + n after signal n."""

    async def close(self) -> None:
        """The client has gone: end an exec's process, leave an attached container alone."""


class NodeApi(Protocol):
    """One node. Raises `ApiError` (404 for a missing container, 400 for one that is not running, 500)."""

    def logs(self, pod: Object, options: LogOptions) -> AsyncIterator[bytes]: ...

    async def exec(
        self, pod: Object, container: str, command: Sequence[str], *, stdin: bool, tty: bool
    ) -> Session: ...

    async def attach(self, pod: Object, container: str, *, stdin: bool, tty: bool) -> Session: ...

    async def connect(self, pod: Object, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]: ...
