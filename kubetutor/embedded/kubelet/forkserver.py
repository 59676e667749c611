"""The fork server: a small Python process that becomes each container when asked to. Run with -m.

A fresh interpreter takes 50 ms and 10 MB. This one loads once what the sample applications need, before the first of them,
freezes it, and forks: a few milliseconds and 3 MB each, since the rest is shared. Other programs are forked, then executed.

1. Try whether processes can have volumes mounted, and report why not, if they cannot.
2. A request comes on a socket, with the child's standard streams as file descriptors beside it.
3. Fork; the child leads a session of its own, arranges the files that it is to see, and runs an application's `main`
   or executes a program. A pipe says what went wrong before that; it closes when all went well, which is reported.
4. When a child ends, the rest of its process group is killed, and its end is reported on a pipe.
5. When the socket closes the cluster is gone, even by kill -9: kill every group that is left, and end.

It imports the standard library only, and little of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
import termios
import time
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

from kubetutor.embedded.kubelet import mounting

if TYPE_CHECKING:
    from collections.abc import Iterable

PRELOADED = ("kubetutor.images.my_app",)
HEADER = struct.Struct("!I")
PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 1, 15, 36
LAST_WAIT = 1.0  # seconds for killed processes to be gone
MOST_FDS = 3
UMASK = 0o022  # a container runtime's; the cluster's own is stricter
FORWARDED = (signal.SIGTERM, signal.SIGINT)


class ForkServer:
    """Forks on request, reaps, reports."""

    def __init__(self, requests: socket.socket, events: int) -> None:
        self._requests, self._events = requests, events
        self._is_loaded = False
        self._groups: set[int] = set()
        self._starting: dict[int, tuple[int, int]] = {}  # its pipe: the number of the request, the child
        self._pid = os.getpid()
        self._libc = ctypes.CDLL(None) if sys.platform == "linux" else None
        self._mounter: mounting.Mounter | None = None
        self._selector = selectors.DefaultSelector()

    def allow_mounts(self, root: str) -> None:
        """Get ready to mount, if this machine lets us, and report why it does not."""
        reason = mounting.why_not(root) if root else "nobody wants it"
        if not reason:
            self._mounter = mounting.Mounter(root)
        self._report(no_mounts=reason)

    def serve(self) -> None:
        """Serve until the socket closes or SIGTERM comes; then leave no group behind."""
        if self._libc:
            self._libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        wake, told = socket.socketpair()
        told.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, _note)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with self._selector as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while self._serve_once([key.fileobj for key, _ in selector.select()], wake):
                pass
        signal.set_wakeup_fd(-1)
        self._kill_all()

    def _serve_once(self, ready: list[Any], wake: socket.socket) -> bool:
        for pipe in self._starting.keys() & set(ready):
            self._report_start(pipe)
        if wake in ready:
            if signal.SIGTERM in wake.recv(4096):
                return False
            self._reap()
        return self._take_request() if self._requests in ready else True

    def _take_request(self) -> bool:
        header, fds, _, _ = socket.recv_fds(self._requests, HEADER.size, MOST_FDS)
        if not header:
            return False
        size = HEADER.unpack(header + self._read(HEADER.size - len(header)))[0]
        request = json.loads(self._read(size))
        if "signal" in request:
            self._signal(request)
        else:
            self._start(request, fds)
        for fd in fds:
            os.close(fd)
        return True

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._requests.recv(size - len(parts))
            if not part:
                break
            parts += part
        return bytes(parts)

    def _report(self, **event: Any) -> None:
        with contextlib.suppress(BrokenPipeError):  # the cluster is gone; the closed socket says so too
            os.write(self._events, json.dumps(event).encode() + b"\n")

    def _signal(self, request: dict[str, Any]) -> None:
        pid = request["pid"]
        if pid not in self._groups:
            return  # it has ended and was reaped; its number may be another's by now
        if request["group"]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, request["signal"])
                return
        os.kill(pid, request["signal"])  # also when it is so young that it has no group yet

    def _start(self, request: dict[str, Any], fds: list[int]) -> None:
        if request["app"] and not self._is_loaded:
            load(PRELOADED)
            self._is_loaded = True
        try:
            pipe, childs_end = os.pipe()
        except OSError as error:
            self._report(id=request["id"], error=f"pipe: {error.strerror}")
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # the child must not take one as the server would
        try:
            pid = os.fork()
            if pid == 0:
                os.close(pipe)
                self._become(request, fds, childs_end)
        except OSError as error:
            os.close(pipe)
            self._report(id=request["id"], error=f"fork: {error.strerror}")
            return
        finally:
            os.close(childs_end)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        self._groups.add(pid)
        self._starting[pipe] = request["id"], pid
        self._selector.register(pipe, selectors.EVENT_READ)

    def _report_start(self, pipe: int) -> None:
        """Report that a child has become what was asked for, or why not."""
        number, pid = self._starting.pop(pipe)
        self._selector.unregister(pipe)
        with os.fdopen(pipe, "rb") as words:
            error = words.read().decode()
        if error:
            self._report(id=number, error=error)
        else:
            self._report(id=number, pid=pid)

    def _become(self, request: dict[str, Any], fds: list[int], report: int) -> NoReturn:
        """In the child: be what was asked for. Nothing may return from here into the server's loop."""
        code = 126
        try:
            self._settle(request, fds)
            path, error = self._take_place(request)
            if error:
                os.write(report, error.encode())
                os._exit(code)
            os.close(report)
            if request["app"]:
                code = run_app(request["app"], request["argv"])
            else:
                os.execve(path, request["argv"], request["env"])  # noqa: S606  # no shell is wanted
        except OSError as error:
            os.write(2, f"{request['argv'][0]}: {error.strerror}\n".encode())
        finally:
            os._exit(code)

    def _take_place(self, request: dict[str, Any]) -> tuple[str, str]:
        """See the files that are to be seen, be in the folder, find the program: (path, "") or ("", what is wrong)."""
        try:
            if self._mounter is not None:
                self._mounter.take_view(request["enter"], request["mounts"], request["work"])
            go_to(request["work"], request["cwd"])
        except OSError as error:
            return "", mounting.in_words(error)
        if request["app"]:
            return "", ""
        return find_program(request["argv"][0], request["env"].get("PATH", ""), ".")

    def _settle(self, request: dict[str, Any], fds: list[int]) -> None:
        signal.set_wakeup_fd(-1)
        for number in (*FORWARDED, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        os.setsid()
        os.umask(UMASK)
        self._selector.close()
        if self._libc:
            self._libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != self._pid:
                os._exit(128 + signal.SIGKILL)  # the server died before we could ask to die with it
            self._libc.prctl(PR_SET_NAME, os.fsencode(request["argv"][0]), 0, 0, 0)
        if request["tty"]:
            fcntl.ioctl(fds[0], termios.TIOCSCTTY, 0)
        for standard, fd in enumerate(fds * 3 if request["tty"] else fds):
            os.dup2(fd, standard)
        for fd in (*fds, self._requests.fileno(), self._events, *self._starting):
            os.close(fd)
        os.environ.clear()
        os.environ.update(request["env"])

    def _reap(self) -> None:
        while self._groups:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for pipe in [pipe for pipe, (_, child) in self._starting.items() if child == pid]:
                self._report_start(pipe)  # its start comes before its end
            self._groups.discard(pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # what its process 1 leaves behind ends with a container
            code = os.waitstatus_to_exitcode(status)
            self._report(exit=pid, code=max(code, 0), signal=max(-code, 0))

    def _kill_all(self) -> None:
        """Kill every group that is left, and be there until they are gone; orphans came to us, the subreaper.

        A child may be so young that it has no group yet, and have one with more in it a moment later: so again and again.
        """
        alive = set(self._groups)
        end = time.monotonic() + LAST_WAIT
        with contextlib.suppress(ChildProcessError):  # nobody is left
            while time.monotonic() < end:
                self._kill_groups(alive)
                while (ended := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                    alive.discard(ended)
                time.sleep(0.002)

    def _kill_groups(self, alive: set[int]) -> None:
        for pid in self._groups:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                if pid in alive:
                    os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still its own


def _note(_number: int, _frame: Any) -> None:
    """Let the wake-up descriptor tell the loop; there is nothing to do here."""


def go_to(work: str, home: str) -> None:
    """Be in the folder that the container wants, else in its own, else, where a volume hides that one, in the root."""
    if work:
        os.chdir(work)
        return
    try:
        os.chdir(home)
    except FileNotFoundError:
        os.chdir("/")


def find_program(name: str, search: str, folder: str) -> tuple[str, str]:
    """Answer (path, "") or ("", what is wrong, as a container runtime words it)."""
    if "/" not in name:
        found = shutil.which(name, path=search)
        return (found, "") if found else ("", f'exec: "{name}": executable file not found in $PATH')
    path = os.path.join(folder, name)  # noqa: PTH118  # pathlib would cost every child memory
    if not os.path.exists(path):  # noqa: PTH110  # as above
        return "", f'exec: "{name}": stat {name}: no such file or directory'
    if not os.access(path, os.X_OK) or os.path.isdir(path):  # noqa: PTH112  # as above
        return "", f'exec: "{name}": permission denied'
    return path, ""


def load(modules: Iterable[str]) -> None:
    """Load modules, and keep the collector of garbage from touching, and so copying, them in each child."""
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.disable()
    gc.freeze()


def run_app(module: str, argv: list[str]) -> int:
    """Run an application's `main` as the interpreter would run a program; answer its exit code."""
    gc.enable()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as in any interpreter: who hangs up ends no server
    sys.argv = argv
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is the real one here
    try:
        outcome: Any = importlib.import_module(module).main(argv[1:])
    except SystemExit as end:
        outcome = end.code
    except BaseException:  # noqa: BLE001  # the interpreter's own last resort does the same
        traceback.print_exc()
        outcome = 1
    if isinstance(outcome, str):
        sys.stderr.write(f"{outcome}\n")
        outcome = 1
    sys.stdout.flush()
    return int(outcome or 0)


def main() -> None:
    requests, events = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    for fd in (requests.fileno(), events):
        os.set_inheritable(fd, False)
    load(())
    server = ForkServer(requests, events)
    server.allow_mounts(sys.argv[3])
    server.serve()


if __name__ == "__main__":
    main()
