"""File locks: they end with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from kubetutor.errors import ClusterBusyError, ClusterError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INTERVAL = 0.05  # seconds between two attempts


def is_held(path: Path) -> bool:
    """Say whether some process holds this lock now. Two who ask at once do not see each other."""
    _refuse_windows()
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try(handle, shared=True)
    finally:
        os.close(handle)


@contextlib.contextmanager
def held(
    path: Path,
    *,
    on_wait: Callable[[], None] = lambda: None,
    prepare: Callable[[], None] = lambda: None,
    timeout: float = 60.0,
) -> Iterator[None]:
    """Hold the lock. `on_wait` is called once if somebody else has it; ClusterBusyError after `timeout` seconds.

    `prepare` makes the folder. It is called again when another has removed it meanwhile.
    """
    _refuse_windows()
    deadline, told = time.monotonic() + timeout, False
    while True:
        prepare()
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            if path.parent.exists() or time.monotonic() > deadline:
                raise
            continue  # removed between the two lines above
        try:
            if _try(handle) and _is_still(handle, path):
                yield
                return
        finally:
            os.close(handle)
        if time.monotonic() > deadline:
            raise ClusterBusyError(
                f"Another kubetutor command has held {path} for more than {timeout:g} s. "
                "Wait for it, or end it, then try again."
            )
        if not told:
            on_wait()
            told = True
        time.sleep(INTERVAL)


def _try(handle: int, *, shared: bool = False) -> bool:
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(handle: int, path: Path) -> bool:
    """Say whether the file was not removed, with its folder, by the one who had the lock before us."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _refuse_windows() -> None:
    if sys.platform == "win32":
        raise ClusterError(
            "The embedded cluster needs Linux or WSL: it runs pods as POSIX processes. "
            "On Windows, install WSL and run kubetutor there."
        )
