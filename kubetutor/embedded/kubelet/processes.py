"""Containers as processes: the runtime over the fork server.

Each process has pipes (or a terminal) of its own; the event loop reads them, there is no thread.
Unlike upstream: no root file system, so a process sees the machine as its user does, with its volumes mounted
where the kernel allows that (`mounting.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.kubelet.forkserver import HEADER
from kubetutor.embedded.kubelet.leftovers import MARK
from kubetutor.embedded.kubelet.runtime import Exit, ProgramError
from kubetutor.embedded.kubelet.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kubetutor.embedded.kubelet.runtime import Program, Sink

AT_ONCE = 8  # forks that may be asked for before the first is answered
PATIENCE = 3.0  # seconds that the fork server has to end
FILES = 65536
KEPT_FILES = 128  # that containers may not use up
ROOT = "root"  # an empty folder, over which a container's root is made if it must differ from the machine's


class ChildProcess:
    """A child of the fork server. Satisfies `Process`."""

    def __init__(self, pid: int, runtime: ProcessRuntime, streams: Streams) -> None:
        self.pid = pid
        self._runtime, self._streams = runtime, streams
        self._ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()

    @property
    def exit(self) -> Exit | None:
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> Exit:
        return await asyncio.shield(self._ended)

    def signal(self, number: int) -> None:
        self._runtime.send_signal(self.pid, number, group=False)

    def kill(self) -> None:
        self._runtime.send_signal(self.pid, signal.SIGKILL, group=True)

    async def write(self, data: bytes) -> None:
        await self._streams.write(data)

    def end_input(self) -> None:
        self._streams.end_input()

    def resize(self, width: int, height: int) -> None:
        self._streams.resize(width, height)

    def hold_output(self, held: bool) -> None:
        self._streams.hold(held)

    def has_ended(self, how: Exit) -> None:
        self._streams.finish()
        if not self._ended.done():
            self._ended.set_result(how)


class ProcessRuntime:
    """Starts processes through one fork server for the whole cluster. Satisfies `Runtime`."""

    def __init__(self, data_dir: Path, cluster_id: str, *, tries_mounts: bool) -> None:
        self._data_dir, self._cluster_id, self._tries_mounts = data_dir, cluster_id, tries_mounts
        self._mounts: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[ChildProcess]] = {}
        self._streams_by_number: dict[int, Streams] = {}
        self._processes: dict[int, ChildProcess] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._closing = False
        self._rest = b""

    @classmethod
    async def start(cls, data_dir: Path, cluster_id: str, *, tries_mounts: bool = True) -> ProcessRuntime:
        """Spawn the fork server; it loads while the caller goes on. `tries_mounts` False: be as where that is forbidden."""
        runtime = cls(data_dir, cluster_id, tries_mounts=tries_mounts)
        _allow_many_files()
        runtime._spawn()
        return runtime

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        root = self._data_dir / ROOT
        root.mkdir(exist_ok=True)
        argv = (sys.executable, "-m", "kubetutor.embedded.kubelet.forkserver")
        self._server = subprocess.Popen(
            (*argv, str(theirs.fileno()), str(write_end), str(root) if self._tries_mounts else ""),
            env=_server_environment(self._cluster_id),
            pass_fds=(theirs.fileno(), write_end),
            stdin=subprocess.DEVNULL,
            cwd=self._data_dir,
            start_new_session=True,
        )
        theirs.close()
        os.close(write_end)
        self._requests, self._events = ours, read_end
        os.set_blocking(read_end, False)
        asyncio.get_running_loop().add_reader(read_end, self._on_events)

    async def can_mount(self) -> bool:
        """Wait until the fork server knows; say whether it can mount: it has no reason why not."""
        return not await asyncio.shield(self._mounts)

    async def start_process(self, program: Program, sink: Sink) -> ChildProcess:
        number = next(self._numbers)
        async with self._room:
            if self._requests.fileno() == -1 and not self._closing:
                self._spawn()
            try:
                self._keep_files_for_clients()
                streams = Streams(program, sink)
            except OSError as error:
                raise ProgramError(f"its streams cannot be opened: {error.strerror}") from error
            self._streams_by_number[number] = streams
            answer = self._asked[number] = asyncio.get_running_loop().create_future()
            try:
                self._send(self._request(number, program), streams.child_ends)
                streams.close_child_ends()
                streams.read()  # it may have said all it has to say before we hear that it has started
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                answer.add_done_callback(self._end_unwanted)
                raise
            except ProgramError:
                self._asked.pop(number, None)
                self._streams_by_number.pop(number, None)
                streams.finish()
                raise

    def _keep_files_for_clients(self) -> None:
        """Refuse a process that would leave the API server too few open files to answer anybody."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        lowest_free = os.dup(self._requests.fileno())
        os.close(lowest_free)
        if limit != resource.RLIM_INFINITY and lowest_free >= limit - min(KEPT_FILES, limit // 4):
            raise OSError(errno.EMFILE, f"Too many open files: the limit is {limit}, see `ulimit -n`")

    def _request(self, number: int, program: Program) -> dict[str, Any]:
        return {
            "id": number,
            "argv": program.argv,
            "app": program.app,
            "env": {**program.environment, MARK: self._cluster_id},
            "cwd": str(program.folder),
            "tty": program.tty,
            "work": program.work,
            "mounts": [(str(mount.source), mount.target, mount.is_read_only) for mount in program.mounts],
            "enter": program.beside,
        }

    def _end_unwanted(self, answer: asyncio.Future[ChildProcess]) -> None:
        """Nobody waits for this process any more: it must not live on."""
        if not answer.cancelled() and answer.exception() is None:
            answer.result().kill()

    def send_signal(self, pid: int, number: int, *, group: bool) -> None:
        process = self._processes.get(pid)
        if process is not None and process.exit is None:
            self._send({"signal": int(number), "pid": pid, "group": group}, ())

    def _send(self, message: dict[str, Any], fds: Sequence[int]) -> None:
        body = json.dumps(message).encode()
        data = HEADER.pack(len(body)) + body
        try:
            sent = socket.send_fds(self._requests, [data], list(fds))
            self._requests.sendall(data[sent:])
        except OSError as error:
            if "id" in message:
                raise ProgramError(f"The fork server does not answer: {error.strerror}.") from error

    def _on_events(self) -> None:
        try:
            data = os.read(self._events, 65536)
        except BlockingIOError:
            return
        if not data:
            self._server_ended()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take_event(json.loads(line))

    def _take_event(self, event: dict[str, Any]) -> None:
        if "no_mounts" in event:
            if not self._mounts.done():  # else it is another fork server on the same machine
                self._mounts.set_result(event["no_mounts"])
            return
        if "exit" in event:
            process = self._processes.pop(event["exit"], None)
            if process is not None:
                number = event["signal"]
                process.has_ended(Exit(128 + number if number else event["code"], number))
            return
        answer = self._asked.pop(event["id"])
        streams = self._streams_by_number.pop(event["id"])
        if "error" in event:
            streams.finish()
            answer.set_exception(ProgramError(event["error"]))
            answer.exception()  # seen: nobody may be waiting any more
            return
        process = self._processes[event["pid"]] = ChildProcess(event["pid"], self, streams)
        answer.set_result(process)

    def _server_ended(self) -> None:
        """All children ended with it (by PR_SET_PDEATHSIG). The next start spawns a new one."""
        asyncio.get_running_loop().remove_reader(self._events)
        os.close(self._events)
        self._requests.close()
        if not self._mounts.done():
            self._mounts.set_result("the fork server ended")
        for answer in self._asked.values():
            answer.set_exception(ProgramError("The fork server ended."))
            answer.exception()  # seen: nobody may be waiting any more
        for process in list(self._processes.values()):
            process.has_ended(Exit(128 + signal.SIGKILL, signal.SIGKILL))
        self._asked.clear()
        self._streams_by_number.clear()
        self._processes.clear()
        if not self._closing:
            self._server.kill()
            self._server.wait()
            self._rest = b""

    async def close(self) -> None:
        """End the fork server, and with it every process it started."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(OSError):  # it may have ended by itself
            self._requests.shutdown(socket.SHUT_RDWR)
        try:
            await asyncio.wait_for(asyncio.to_thread(self._server.wait, PATIENCE), PATIENCE + 1)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        while self._requests.fileno() != -1:
            self._on_events()
            await asyncio.sleep(0)


def _server_environment(cluster_id: str) -> dict[str, str]:
    """Answer what the fork server needs, plus the mark by which leftovers are found."""
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}
    }
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100  # plain strings are wanted
    return {**kept, MARK: cluster_id, "PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def _allow_many_files() -> None:
    """Three files are open for each container: 1024, a usual limit, is soon reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
