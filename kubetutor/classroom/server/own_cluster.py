"""A learner's own embedded cluster, whose main process is forked instead of started."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from kubetutor.classroom.server import forking
from kubetutor.cluster.backend import Wanted
from kubetutor.cluster.backends.embedded import EmbeddedBackend
from kubetutor.cluster.cluster import found

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.cluster.home import Home


def start_cluster(home: Home, launcher: socket.socket, say: Callable[[str], None]) -> Cluster:
    """Start the learner's cluster, or find that it is up."""
    backend = EmbeddedBackend(home)
    backend.popen = partial(popen, launcher)
    started = backend.up(Wanted(), progress=lambda _text: None)
    say(f"the cluster {started.name!r} is up")
    return found(started.name, backend)


def popen(
    launcher: socket.socket, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Any = None,
    pass_fds: Sequence[int] = (), umask: int = 0o077, **streams: Any,
) -> forking.Forked:  # fmt: skip
    """Do what `subprocess.Popen` does for a Python process that leads a session of its own, by forking it."""
    numbers = {0: streams.get("stdin"), 1: streams.get("stdout"), 2: streams.get("stderr")}
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123  # a path's own open would do no more
        given = {number: _descriptor(stream, number, nothing.fileno()) for number, stream in numbers.items()}
        given.update({fd: fd for fd in pass_fds})
        wanted = {
            "argv": list(argv), "env": dict(os.environ if env is None else env), "cwd": str(cwd or os.getcwd()),  # noqa: PTH109  # as it is
            "umask": umask, "numbers": list(given),
        }  # fmt: skip
        return forking.Forked(launcher, wanted, list(given.values()))


def _descriptor(stream: Any, number: int, nothing: int) -> int:
    """Answer the descriptor for one of the three standard streams, as Popen's arguments mean it."""
    if stream is None:
        return number
    if isinstance(stream, int):
        return nothing if stream < 0 else stream
    return int(stream.fileno())


def is_ours(argv: Sequence[str], module: str) -> bool:
    """Say whether this runs a module with this very Python, so that a fork is the same."""
    return bool(argv) and argv[0] == sys.executable and "-m" in argv and argv[argv.index("-m") + 1] == module
