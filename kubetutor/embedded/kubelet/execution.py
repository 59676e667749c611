"""Runs a command in a container to its end and keeps what it says: exec probes and hooks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.embedded.kubelet.runtime import Program, Runtime

MOST_KEPT = 64 * 1024


async def run_command(runtime: Runtime, program: Program, seconds: float) -> tuple[int, str]:
    """Answer exit code and output, both streams as they came. Raises TimeoutError, and `ProgramError`."""
    output = bytearray()

    def keep(_stream: int, data: bytes) -> None:
        output.extend(data[: MOST_KEPT - len(output)])

    process = await runtime.start_process(program, keep)
    try:
        async with asyncio.timeout(seconds):
            ended = await process.wait()
    finally:
        if process.exit is None:
            process.kill()
    return ended.code, output.decode(errors="replace")
