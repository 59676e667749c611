"""Forking instead of starting: a Python process that has loaded what its children need becomes each of them when asked.

1. Who wants a process sends the fork server two sockets, and no word.
2. The fork server forks. The child reads from one socket what it is to be, its environment above all. The fork server has never
   read that: it is not in the memory that the next children are forked from.
3. On the other socket the fork server tells the child's number, and how it ended.
4. When the socket of requests closes, or on SIGTERM, all children are told to end, and after a while killed.

Standard library only: JupyterHub loads this too.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_BYTES = 200_000  # of one message: an environment is smaller
MOST_FDS = 16
PADDING = "." * 2000  # an argument that makes room for the command lines that children show
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
TURNS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def pair() -> tuple[socket.socket, socket.socket]:
    """Make two ends of one connection that keeps messages apart."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Forked:
    """A process that a fork server forks, with what its users need of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, server: socket.socket, wanted: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        self.args = wanted.get("argv", ())
        self.returncode: int | None = None
        self._talk, servers = pair()
        order, childs = pair()
        with order:
            with servers, childs:
                socket.send_fds(server, [b"fork"], [servers.fileno(), childs.fileno()])
            socket.send_fds(order, [json.dumps(wanted).encode()], list(fds))
        self.pid = int(self._next(None).get("pid", 0))
        if not self.pid:
            raise OSError("The fork server has ended: its log says why.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._talk.close()

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and answer its exit code. Raise subprocess.TimeoutExpired, as Popen does."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = int(self._next(timeout).get("code", -signal.SIGKILL))
            except TimeoutError:
                return None
        return self.returncode

    def _next(self, timeout: float | None) -> dict[str, Any]:
        """Read one message; none where the other end is closed. Raise TimeoutError."""
        self._talk.settimeout(None if timeout is None else max(timeout, 1e-6))
        try:
            message = self._talk.recv(MOST_BYTES)
        except ConnectionError:
            message = b""
        answer: dict[str, Any] = json.loads(message) if message else {}
        return answer


def popen(
    launcher: socket.socket, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Any = None,
    pass_fds: Sequence[int] = (), umask: int = 0o077, **streams: Any,
) -> Forked:  # fmt: skip
    """Do what `subprocess.Popen` does for a Python process that leads a session of its own, by forking it."""
    numbers = {0: streams.get("stdin"), 1: streams.get("stdout"), 2: streams.get("stderr")}
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123  # a path's own open would do no more
        given = {number: _descriptor(stream, number, nothing.fileno()) for number, stream in numbers.items()}
        given.update({fd: fd for fd in pass_fds})
        wanted = {
            "argv": list(argv), "env": dict(os.environ if env is None else env), "cwd": str(cwd or os.getcwd()),  # noqa: PTH109  # as it is
            "umask": umask, "numbers": list(given),
        }  # fmt: skip
        return Forked(launcher, wanted, list(given.values()))


def _descriptor(stream: Any, number: int, nothing: int) -> int:
    """Answer the descriptor for one of the three standard streams, as Popen's arguments mean it."""
    if stream is None:
        return number
    if isinstance(stream, int):
        return nothing if stream < 0 else stream
    return int(stream.fileno())


class ForkServer:
    """Forks on request, reaps, and tells how each process has ended."""

    def __init__(self, requests: socket.socket, *, patience: float) -> None:
        self._requests = requests
        self._patience = patience  # seconds for children to end in an orderly way
        self._children: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._told = socket.socketpair()

    def serve(self) -> socket.socket | None:
        """Serve to the end, and answer None. In a child it answers at once: the socket on which it is told what to be."""
        self._told.setblocking(False)
        self._wake.setblocking(False)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        for number in TURNS:
            signal.signal(number, _note)
        for source in (self._requests, self._wake):
            self._selector.register(source, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in self._selector.select()]
            if self._wake in ready and self._woken():
                break
            if self._requests in ready:
                message, fds, _, _ = socket.recv_fds(self._requests, 16, 2)
                if not message:
                    break
                talk, order = (socket.socket(fileno=fd) for fd in fds)
                if self._fork(talk, order):
                    return order
        self._end_all()
        return None

    def _fork(self, talk: socket.socket, order: socket.socket) -> bool:
        """Fork. Answer whether we are the child."""
        signal.pthread_sigmask(signal.SIG_BLOCK, TURNS)  # the child must not take one as the server would
        try:
            pid = os.fork()
            if pid == 0:
                talk.close()
                self._forget()
                return True
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, TURNS)
        order.close()
        self._children[pid] = talk
        self._say(talk, pid=pid)
        return False

    def _forget(self) -> None:
        """In a child: let go of all that is the server's."""
        signal.set_wakeup_fd(-1)
        for number in TURNS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        self._selector.close()
        for each in (self._requests, self._wake, self._told, *self._children.values()):
            each.close()
        self._children.clear()
        end_with_parent()

    def _woken(self) -> bool:
        """Reap. Answer whether we are to end."""
        numbers = self._wake.recv(4096)
        self._reap()
        return signal.SIGTERM in numbers or signal.SIGINT in numbers

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = found
                talk = self._children.pop(pid, None)
                if talk is None:
                    continue  # a child's child, whose parent is gone
                with talk:
                    self._say(talk, code=os.waitstatus_to_exitcode(status))

    def _end_all(self) -> None:
        for number, seconds in ((signal.SIGTERM, self._patience), (signal.SIGKILL, 5.0)):
            for pid in self._children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while self._children and time.monotonic() < deadline:
                self._reap()
                time.sleep(0.02)

    def _say(self, talk: socket.socket, **words: int) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            talk.send(json.dumps(words).encode())


def _note(_number: int, _frame: object) -> None:
    """Only wake the server up: what is to be done is done in its loop."""


def end_with_parent() -> None:
    """In a child: be told to end when the fork server is killed. Changing the user switches it off."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def told(order: socket.socket) -> dict[str, Any]:
    """In a child: read what it is to be. Descriptors that came along are in `fds`."""
    with order:
        message, fds, _, _ = socket.recv_fds(order, MOST_BYTES, MOST_FDS)
    if not message:
        sys.exit("Whoever asked for this process has gone.")
    return {**json.loads(message), "fds": fds}


def set_title(argv: Sequence[str]) -> None:
    """Show this command line to `ps` and to whoever looks for a process by it, in the room that the server's own makes."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])  # arg_start and arg_end: fields 48 and 49, counted from 1
    room = end - start
    text = b"\0".join(os.fsencode(word) for word in argv)[: room - 1]
    ctypes.memmove(start, text.ljust(room, b"\0"), room)
