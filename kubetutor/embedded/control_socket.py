"""A socket in the cluster's folder, for what no Kubernetes API has: cutting the power of a node, and giving it back.

1. A client writes one line of JSON: {"do": "stop_node", "node": "kubetutor-worker"}.
2. The answer is one line: {} when it is done, {"error": TEXT} when it is refused.

Only the owner of the folder can connect: the folder and the socket are theirs alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from typing import TYPE_CHECKING, Any

from kubetutor.errors import ClusterError, KubetutorError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

NAME = "control.sock"
SECONDS = 10.0  # for the main process to do it and to answer

log = logging.getLogger(__name__)


@contextlib.contextmanager
def address(folder: Path) -> Iterator[str]:
    """Answer an address of the socket in this folder that is short enough: 108 bytes are all that there is."""
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{NAME}"
    finally:
        os.close(handle)


@contextlib.asynccontextmanager
async def served(folder: Path, powers: Mapping[str, Callable[[str], Awaitable[None]]]) -> AsyncIterator[None]:
    """Listen in this folder. `powers` maps what may be asked to what does it to a node, by its name."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError):  # who asked has gone
            line = await reader.readline()
            writer.write(json.dumps(await _done(line, powers)).encode() + b"\n")
            await writer.drain()

    path = folder / NAME
    path.unlink(missing_ok=True)  # of a cluster that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with address(folder) as short:
        listener.bind(short)
    path.chmod(0o600)
    server = await asyncio.start_unix_server(answer, sock=listener)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _done(line: bytes, powers: Mapping[str, Callable[[str], Awaitable[None]]]) -> dict[str, str]:
    try:
        request = json.loads(line)
        await powers[request["do"]](request["node"])
    except KubetutorError as error:
        return {"error": str(error)}
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"The cluster does not understand {line!r}: {error!r}"}
    except Exception:
        log.exception("asked to %r", line)
        return {"error": "The cluster could not do it. Its log says why."}
    return {}


def ask(folder: Path, what: str, node: str) -> None:
    """Ask the cluster that lives in this folder. Raise ClusterError with its words when it refuses."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(SECONDS)
            with address(folder) as short:
                connection.connect(short)
            connection.sendall(json.dumps({"do": what, "node": node}).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: dict[str, Any] = json.loads(lines.readline())
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The cluster's main process does not answer at {folder / NAME}: {error}. "
            "`kubetutor down`, then `kubetutor up`, starts a new one."
        ) from error
    if "error" in answer:
        raise ClusterError(answer["error"])
