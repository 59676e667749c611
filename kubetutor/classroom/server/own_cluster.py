"""A learner's own embedded cluster, whose main process is forked instead of started."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kubetutor.classroom.server import forking
from kubetutor.cluster.backend import Wanted
from kubetutor.cluster.backends.embedded import EmbeddedBackend
from kubetutor.cluster.cluster import found

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.cluster.home import Home


def start_cluster(home: Home, launcher: socket.socket, say: Callable[[str], None]) -> Cluster:
    """Start the learner's cluster, or find that it is up."""
    backend = EmbeddedBackend(home, popen=partial(forking.popen, launcher))
    started = backend.up(Wanted(), progress=lambda _text: None)
    say(f"the cluster {started.name!r} is up")
    return found(started.name, backend)
