"""`up` without a command line: choose a backend, say why, start the cluster or find it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from kubetutor.cluster import backends
from kubetutor.cluster.choose import VARIABLE, Choice, choose
from kubetutor.cluster.cluster import Cluster, connect
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.cluster.backend import Progress, Wanted
    from kubetutor.cluster.home import Home


def choice(home: Home, explicit: str | None) -> Choice:
    """Choose a backend for this machine and this environment."""
    up = [(name, backend.name) for name, backend in backends.running(home)]
    return choose(explicit, os.environ.get(VARIABLE), up, lambda: backends.get("kind", home).available())


def start(
    home: Home, explicit: str | None, wanted: Wanted, *, say: Callable[[str], None], progress: Progress
) -> Cluster:
    """Start the cluster, or find that it is up. `say` is told which backend, why, and what came of it."""
    chosen = choice(home, explicit)
    say(f"Using {chosen.backend}: {chosen.why}.")
    backend = backends.get(chosen.backend, home)
    availability = backend.available()
    if not availability.ok:
        raise ClusterError(f"{backend.title} cannot run here: {availability.why}. {availability.fix}")
    began = time.monotonic()
    started = backend.up(wanted, progress=progress)
    if started.already:
        say(f"The cluster {started.name!r} is already up.")
    else:
        ready = (
            f"{started.nodes} node{'s' if started.nodes > 1 else ''} Ready after " if started.nodes else ""
        )
        say(f"The cluster {started.name!r} is up: {ready}{time.monotonic() - began:.1f} s.")
    return connect(started.name, home=home)
