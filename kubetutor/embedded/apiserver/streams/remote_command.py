"""exec and attach: a client's terminal joined to a process.

1. The request is checked; what is wrong with it is answered as a `Status`.
2. Channel 0 brings standard input, 4 the size of the terminal; 1 and 2 carry the outputs.
3. When the process has closed its outputs and ended, channel 3 says how, and the connection is closed.
4. When the client goes first, the session is told.

Models: k8s.io/kubelet/pkg/cri/streaming/remotecommand, k8s.io/apiserver/pkg/util/proxy/streamtranslator.go.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

import orjson

from kubetutor.embedded.apiserver.streams.byte_queue import ByteQueue
from kubetutor.embedded.apiserver.streams.channels import Channels, choose_protocol
from kubetutor.embedded.apiserver.streams.closing import closing
from kubetutor.embedded.apiserver.streams.options import RemoteCommandOptions, read_remote_command
from kubetutor.embedded.apiserver.streams.refusal import refuse
from kubetutor.embedded.node_api import STDERR, STDOUT
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.datastructures import QueryParams
    from starlette.websockets import WebSocket

    from kubetutor.api.objects import Object
    from kubetutor.embedded.node_api import NodeApi, Session

    Start: TypeAlias = Callable[[RemoteCommandOptions], Awaitable[Session]]

STDIN, ERROR, RESIZE = 0, 3, 4
PROTOCOLS = (
    "",
    "channel.k8s.io",
    "base64.channel.k8s.io",
    "v4.channel.k8s.io",
    "v4.base64.channel.k8s.io",
    "v5.channel.k8s.io",
)
SUCCESS: Object = {"metadata": {}, "status": "Success"}


async def serve_exec(websocket: WebSocket, node: NodeApi, pod: Object, params: QueryParams) -> None:
    """Run a command in a container of the pod; its exit code is told."""

    async def start(options: RemoteCommandOptions) -> Session:
        return await node.exec(pod, options.container, options.command, stdin=options.stdin, tty=options.tty)

    await _serve(websocket, pod, params, start=start, status_of=exit_status)


async def serve_attach(websocket: WebSocket, node: NodeApi, pod: Object, params: QueryParams) -> None:
    """Join the main process of a container. Its exit code is not told: upstream does not either."""

    async def start(options: RemoteCommandOptions) -> Session:
        return await node.attach(pod, options.container, stdin=options.stdin, tty=options.tty)

    await _serve(websocket, pod, params, start=start, status_of=lambda _code: SUCCESS)


async def _serve(
    websocket: WebSocket,
    pod: Object,
    params: QueryParams,
    *,
    start: Start,
    status_of: Callable[[int], Object],
) -> None:
    try:
        options = read_remote_command(pod, params)
        channels = Channels(websocket, choose_protocol(websocket, PROTOCOLS))
    except ApiError as error:
        await refuse(websocket, error)
        return
    await channels.accept()
    try:
        session = await start(options)
    except ApiError as error:
        await _finish(channels, _refused(error).status())
        return
    # An empty message says that the process runs; some clients wait for it.
    await channels.send(STDOUT if options.stdout else STDERR if options.stderr else ERROR, b"")
    code = await _join(channels, session, options)
    if code is not None:
        await _finish(channels, status_of(code))


def _refused(error: ApiError) -> ApiError:
    """Say that there was nothing to connect to, where upstream's kubelet refuses the connection itself."""
    if error.code != 404:
        return error
    return ApiError(error.code, error.reason, f"unable to upgrade connection: {error.message}")


async def _join(channels: Channels, session: Session, options: RemoteCommandOptions) -> int | None:
    """Carry bytes both ways until the process or the client ends; answer the exit code, None without one."""
    inbox = ByteQueue()
    client = asyncio.create_task(_read_client(channels, session, options, inbox))
    typing = asyncio.create_task(_write_input(session, inbox))
    process = asyncio.create_task(_read_process(channels, session, options))
    try:
        await asyncio.wait({client, process}, return_when=asyncio.FIRST_COMPLETED)
        code = process.result() if process.done() else None
    finally:
        for task in (client, typing, process):
            task.cancel()
        results = await asyncio.gather(client, typing, process, return_exceptions=True)
        await session.close()
    for problem in results:
        if isinstance(problem, Exception):
            raise problem
    return code


async def _read_client(
    channels: Channels, session: Session, options: RemoteCommandOptions, inbox: ByteQueue
) -> None:
    async for channel, data in channels.receive():
        if channel == STDIN and options.stdin:
            if data is None:
                inbox.end()
            else:
                await inbox.put(data)
        elif channel == RESIZE and options.tty and data and (size := read_size(data)):
            await session.resize(*size)


async def _write_input(session: Session, inbox: ByteQueue) -> None:
    try:
        while data := await inbox.get():
            await session.write(data)
        await session.end_input()
    except (BrokenPipeError, ConnectionResetError):  # the process has closed its input, which it may
        inbox.discard()


async def _read_process(channels: Channels, session: Session, options: RemoteCommandOptions) -> int:
    wanted = {STDOUT: options.stdout, STDERR: options.stderr}
    async with closing(session.output()) as output:
        async for stream, data in output:
            if wanted[stream]:
                await channels.send(stream, data)
    return await session.wait()


def read_size(data: bytes) -> tuple[int, int] | None:
    """Read `{"Width": 80, "Height": 24}`; None if it is not that."""
    try:
        size = orjson.loads(data)
        width, height = int(size["Width"]), int(size["Height"])
    except (ValueError, KeyError, TypeError):
        return None
    return (width, height) if 0 < width < 65536 and 0 < height < 65536 else None


def exit_status(code: int) -> Object:
    """Write how a command ended."""
    if code == 0:
        return SUCCESS
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


async def _finish(channels: Channels, status: Object) -> None:
    if channels.protocol.startswith(("v4.", "v5.")):
        await channels.send(ERROR, orjson.dumps(status))
    elif status is not SUCCESS:  # the first protocol has text only
        await channels.send(ERROR, str(status["message"]).encode())
    await channels.close()
