"""Connections into containers: what the API server asks of a node on behalf of kubectl.

Models: pkg/kubelet/server/server.go; the words are upstream's and containerd's.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from kubetutor.api.objects import uid_of
from kubetutor.embedded.kubelet.logs import read_log, run_to_read
from kubetutor.embedded.kubelet.probes import dial_reason
from kubetutor.embedded.kubelet.runtime import ProgramError
from kubetutor.embedded.kubelet.sessions import ProcessSession
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.container import Container
    from kubetutor.embedded.kubelet.node_context import NodeContext
    from kubetutor.embedded.kubelet.pod_worker import PodWorker
    from kubetutor.embedded.node_api import LogOptions

EXEC_FAILED = (  # the kubelet's words, wrapped twice on their way as upstream's are
    "Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: "
    'failed to start exec "{id}": OCI runtime exec failed: exec failed: '
    "unable to start container process: {error}"
)


class Connections:
    """The part of a kubelet that satisfies `NodeApi`."""

    def __init__(self, context: NodeContext, workers: Mapping[str, PodWorker]) -> None:
        self._node, self._workers_by_uid = context, workers

    def logs(self, pod: Object, options: LogOptions) -> AsyncIterator[bytes]:
        """Raise `ApiError` at once when there is nothing to read; else answer the log."""
        current = self._node.current(pod) or pod
        run = run_to_read(current, options)
        path = self._node.log_path(current, options.container, run)
        if not path.exists():
            return _once(f"unable to retrieve container logs for {run}".encode())
        container = self._find(pod, options.container)
        log = container.log if container is not None else None
        return read_log(path, options, log if log is not None and log.path == path else None)

    async def exec(
        self, pod: Object, container: str, command: Sequence[str], *, stdin: bool, tty: bool
    ) -> ProcessSession:
        target = self._running(pod, container)
        if target.launch is None or target.process is None:
            raise _not_found(container)
        session = ProcessSession(ends_process=True, streams=1 if tty else 2)
        program = target.launch.exec_program(command, main_pid=target.process.pid, stdin=stdin, tty=tty)
        try:
            process = await self._node.runtime.start_process(program, session.take)
        except ProgramError as error:
            text = EXEC_FAILED.format(id=secrets.token_hex(32), error=error)
            raise ApiError(500, "InternalError", text) from error
        session.attach_to(process)
        target.sessions.add(session)
        session.on_close = lambda: target.sessions.discard(session)
        return session

    async def attach(self, pod: Object, container: str, *, stdin: bool, tty: bool) -> ProcessSession:
        target = self._running(pod, container)
        if target.process is None:
            raise _not_found(container)
        if stdin and not target.spec.get("stdin"):
            raise ApiError(
                400, "BadRequest", f"container {container} did not allocate stdin; set stdin: true"
            )
        is_terminal = bool(target.spec.get("tty"))
        if tty and not is_terminal:
            raise ApiError(400, "BadRequest", f"container {container} did not allocate one; set tty: true")
        session = ProcessSession(ends_process=False, streams=1 if is_terminal else 2)
        session.ends_input = bool(target.spec.get("stdinOnce"))
        session.attach_to(target.process)
        target.taps.add(session.take)
        session.on_close = lambda: target.taps.discard(session.take)
        return session

    async def connect(self, pod: Object, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = (self._node.current(pod) or pod).get("status", {}).get("podIP")
        if not address:
            raise ApiError(400, "BadRequest", f'pod "{pod["metadata"]["name"]}" has no address yet')
        try:
            return await asyncio.open_connection(address, port)
        except OSError as error:
            reason = dial_reason(error)
            text = f"failed to connect to localhost:{port} inside namespace: dial tcp4 {address}:{port}: connect: {reason}"
            raise ApiError(500, "InternalError", f"Internal error occurred: {text}") from error

    def _find(self, pod: Object, container: str) -> Container | None:
        worker = self._workers_by_uid.get(uid_of(pod))
        return worker.containers.find(container) if worker is not None else None

    def _running(self, pod: Object, container: str) -> Container:
        found = self._find(pod, container)
        if found is None or found.process is None:
            raise _not_found(container)
        return found


def _not_found(container: str) -> ApiError:
    return ApiError(404, "NotFound", f'container not found ("{container}")')


async def _once(text: bytes) -> AsyncIterator[bytes]:
    yield text
