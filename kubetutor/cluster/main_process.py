"""Starting, finding and ending the main process of an embedded cluster.

The process holds `lock` as long as it lives and writes `cluster.json` once it serves. So "is it up?" needs no
guess: the lock is held. The pid in the file is believed only when the lock is held and the command line is ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from kubetutor.cluster import commands, lock
from kubetutor.errors import ClusterBusyError, StartFailedError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psutil

    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.home import ClusterFolder

MODULE = "kubetutor.embedded"
START_SECONDS = 60.0  # for one step of its start: a slow machine takes them one by one too
TERM_SECONDS = 15.0  # for an orderly end; then it is killed
KILL_SECONDS = 5.0
LOG_BYTES = 5_000_000  # of the cluster's log, after which the next start begins a new one
LOG_LINES = 15  # of the cluster's log, shown when it did not start


def is_running(folder: ClusterFolder) -> bool:
    """Say whether the cluster serves: it wrote who it is, and it is alive."""
    return folder.description.exists() and lock.is_held(folder.lock)


def describe(folder: ClusterFolder) -> dict[str, Any]:
    """Read cluster.json. Raise StateError when it is not what the main process writes."""
    try:
        document = json.loads(folder.description.read_text(encoding="utf-8"))
        return {**document, "pid": int(document["pid"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{folder.description} cannot be read: {error!r}. `kubetutor down`, then `kubetutor up`, mends it."
        ) from error


def start(
    folder: ClusterFolder, *, timings: str, progress: Progress, command: tuple[str, ...] = ("-m", MODULE),
    popen: Callable[..., Any] = subprocess.Popen,
) -> None:  # fmt: skip
    """Start the main process and wait until it says that it is ready. Interrupted: end it, and pass that on."""
    said_before = _put_old_log_aside(folder)
    reader, writer = os.pipe()
    argv = [
        sys.executable, "-P", *command, "--home", str(folder.path), "--name", folder.name,
        "--spec", str(folder.spec), "--timings", timings, "--ready-fd", str(writer),
    ]  # fmt: skip
    try:
        with open(folder.log, "ab", opener=_private) as log:  # a path's own open takes no opener
            process = popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder.path,
                env=commands.with_our_package(os.environ), pass_fds=(writer,), start_new_session=True, umask=0o077,
            )  # fmt: skip
    except BaseException:
        os.close(reader)
        _stop_unknown(folder)
        raise
    finally:
        os.close(writer)
    try:
        _await_ready(reader, process, folder, progress, said_before)
    except BaseException:
        _stop_child(process)
        raise
    finally:
        os.close(reader)


def _put_old_log_aside(folder: ClusterFolder) -> int:
    """Begin a new log when it has grown long; the one before is kept beside it. Answer the bytes of the log that goes on."""
    size = folder.log.stat().st_size if folder.log.exists() else 0
    if size <= LOG_BYTES:
        return size
    folder.log.replace(folder.log.with_suffix(".log.1"))
    return 0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _await_ready(
    reader: int, process: subprocess.Popen[bytes], folder: ClusterFolder, progress: Progress, said_before: int
) -> None:
    for message in _messages(reader):
        if message.get("ready"):
            process.returncode = (
                0  # it lives on without us: keep Popen from warning about a child left running
            )
            return
        if error := message.get("error"):
            raise StartFailedError(
                f"The cluster {folder.name!r} did not start: {error}\nIts log: {folder.log}"
            )
        progress(str(message.get("text", message.get("step", ""))))
    try:
        code = process.wait(timeout=2)
        what = f"its process ended with exit code {code}"
    except subprocess.TimeoutExpired:
        what = f"it was not ready, and took no step for {START_SECONDS:g} s"
    raise StartFailedError(
        f"The cluster {folder.name!r} did not start: {what}. The end of its log, {folder.log}:\n"
        f"{log_tail(folder, said_before)}"
    )


def _messages(reader: int) -> Iterator[dict[str, Any]]:
    """Yield the JSON lines that the child writes, until it closes the pipe or writes nothing for too long."""
    rest = b""
    while select.select([reader], [], [], START_SECONDS)[0]:
        chunk = os.read(reader, 65536)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _stop_child(process: subprocess.Popen[bytes]) -> None:
    """End a child that must not live on; it is ours, so its pid cannot have been reused."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=TERM_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stop_unknown(folder: ClusterFolder) -> None:
    """End a child that may run although starting it was interrupted before we were told its number."""
    import psutil  # noqa: PLC0415  # slow to import, and only needed to end a cluster

    processes = list(_main_processes(folder))
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # gone already is what we want
            process.kill()  # it is too young to have started anything
    psutil.wait_procs(processes, timeout=KILL_SECONDS)


def log_tail(folder: ClusterFolder, said_before: int) -> str:
    """Answer the last lines of the log, of those after its first `said_before` bytes."""
    try:
        lines = folder.log.read_bytes()[said_before:].decode(errors="replace").splitlines()
    except OSError as error:
        return f"(the log cannot be read: {error})"
    return "\n".join(lines[-LOG_LINES:]) or "(the log is empty)"


def end(folder: ClusterFolder) -> bool:
    """End the main process: ask, wait, then kill. Answer whether it was alive. Raise ClusterBusyError if it stays."""
    if not lock.is_held(folder.lock):
        return False
    import psutil  # noqa: PLC0415  # slow to import, and only needed to end a cluster

    processes = list(_main_processes(folder))
    for sign, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):  # gone already is what we want
                process.send_signal(sign)  # psutil compares the create time: never a reused pid
        _gone, processes = psutil.wait_procs(processes, timeout=seconds)
        if not processes and not _lock_stays(folder):
            return True
    pids = ", ".join(str(process.pid) for process in processes) or "unknown"
    raise ClusterBusyError(
        f"The cluster {folder.name!r} did not end: something still holds {folder.lock} (pids: {pids}). "
        "Look at it with `ps`, end it, then `kubetutor down` again."
    )


def _lock_stays(folder: ClusterFolder) -> bool:
    """Give the system a moment to let go of the lock of a process that has ended."""
    deadline = time.monotonic() + 1
    while lock.is_held(folder.lock):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.02)
    return False


def _main_processes(folder: ClusterFolder) -> Iterator[psutil.Process]:
    """Find the processes that were started for this folder, by their command line."""
    import psutil  # noqa: PLC0415  # slow to import, and only needed to end a cluster

    wanted = ["--home", str(folder.path), "--name", folder.name]
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            argv = process.cmdline()
            starts = (index for index, word in enumerate(argv) if word == "--home")
            if any(argv[index : index + 4] == wanted for index in starts):
                yield process
