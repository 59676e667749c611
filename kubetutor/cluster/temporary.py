"""A cluster for a while: in a state folder of its own, gone afterwards. For headless lessons and for tests."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.cluster import share, spec
from kubetutor.cluster.backends.embedded import EmbeddedBackend
from kubetutor.cluster.cluster import Cluster
from kubetutor.cluster.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.cluster.backend import Progress


@contextlib.contextmanager
def temporary_cluster(
    *, config: Path | None = None, timings: str = "classroom", progress: Progress = lambda _text: None
) -> Iterator[Cluster]:
    """Start a cluster, hand it over, end it and remove its state. It touches no other cluster of this user."""
    home = Home(
        Path(tempfile.mkdtemp(prefix="kubetutor-"))
    )  # short: sockets in it have paths of 108 bytes at most
    backend = EmbeddedBackend(home)
    wanted = spec.read(config or share.default_cluster_file())
    try:
        started = backend.up(wanted, timings=timings, progress=progress)
        yield Cluster(started.name, backend.name, started.kubeconfig, backend.capabilities)
    finally:
        backend.down(wanted.name, keep=False, progress=progress)
        shutil.rmtree(home.path)
