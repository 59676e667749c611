"""A cluster for a while: in a state folder of its own, gone afterwards. For headless lessons and for tests."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.cluster import backends, share
from kubetutor.cluster.backend import Wanted
from kubetutor.cluster.cluster import found
from kubetutor.cluster.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.cluster import Cluster


# A shell that reads until nobody writes any more, which is when we have ended, whatever ended us.
KEEPER = (
    'read -r _; if [ -d "$KUBETUTOR_HOME" ]; then "$0" -m kubetutor down --all; rm -rf "$KUBETUTOR_HOME"; fi'
)


@contextlib.contextmanager
def temporary_cluster(
    backend: str = "embedded", wanted: Wanted | None = None, *, progress: Progress = lambda _text: None
) -> Iterator[Cluster]:
    """Start a cluster, hand it over, end it and remove its state. It touches no other cluster of this user.

    Clusters of kind share one engine: without a name in `wanted` each gets one of its own.
    """
    path = Path(tempfile.mkdtemp(prefix="kubetutor-"))  # short: sockets in it have paths of 108 bytes at most
    chosen = backends.get(backend, Home(path))
    wanted = wanted or Wanted(config=share.default_cluster_file())
    if backend == "kind" and wanted.name is None:
        wanted = replace(wanted, name=f"kubetutor-{secrets.token_hex(3)}")
    with _kept_by_a_shell(path), _clearing_up_when_told_to_end():
        try:
            started = chosen.up(wanted, progress=progress)
            yield found(started.name, chosen)
        finally:
            for folder in chosen.home.clusters():  # a lesson may have made one more, of another backend
                backends.get(folder.backend, chosen.home).down(folder.name, keep=False, progress=progress)
            shutil.rmtree(path)


@contextlib.contextmanager
def _kept_by_a_shell(home: Path) -> Iterator[None]:
    """Have what is still there when this program is gone taken away: not even `kill -9` leaves a cluster behind."""
    with subprocess.Popen(
        ["sh", "-c", KEEPER, sys.executable],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "KUBETUTOR_HOME": str(home)}, start_new_session=True,
    ):  # fmt: skip
        yield


@contextlib.contextmanager
def _clearing_up_when_told_to_end() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end this program as an error does: from inside, so that no cluster stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [
        number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) == signal.SIG_DFL
    ]
    for number in ours:
        signal.signal(number, lambda told, _frame: sys.exit(128 + told))
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
