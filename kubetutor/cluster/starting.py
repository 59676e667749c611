"""`up` without a command line: choose a backend, say why, start the cluster or find it."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from kubetutor.cluster import backends
from kubetutor.cluster.choose import VARIABLE, Choice, choose
from kubetutor.cluster.cluster import Cluster, connect
from kubetutor.cluster.spec import DEFAULT_NAME
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kubetutor.cluster.backend import Backend, Progress, Wanted
    from kubetutor.cluster.home import Home


def choice(home: Home, explicit: str | None) -> Choice:
    """Choose a backend for this machine and this environment."""
    up = [(name, backend.name) for name, backend in backends.running(home)]
    return choose(explicit, os.environ.get(VARIABLE), up, lambda: backends.get("kind", home).available())


def start(
    home: Home,
    explicit: str | None,
    wanted: Wanted,
    *,
    say: Callable[[str], None],
    progress: Progress,
    ask: Callable[[str], bool] = lambda _question: False,
) -> Cluster:
    """Start the cluster, or find that it is up. `say` is told which backend, why, and what came of it.

    `ask` puts a question to the learner: whether to do what would make the backend possible.
    """
    chosen = choice(home, explicit)
    say(f"Using {chosen.backend}: {chosen.why}.")
    backend = backends.get(chosen.backend, home)
    began = time.monotonic()
    with offering_embedded(home, chosen.backend, wanted):
        make_possible(backend, ask, progress)
        started = backend.up(wanted, progress=progress)
    if started.already:
        say(f"The cluster {started.name!r} is already up.")
    else:
        ready = (
            f"{started.nodes} node{'s' if started.nodes > 1 else ''} Ready after " if started.nodes else ""
        )
        say(f"The cluster {started.name!r} is up: {ready}{time.monotonic() - began:.1f} s.")
    return connect(started.name, home=home)


def make_possible(backend: Backend, ask: Callable[[str], bool], progress: Progress) -> None:
    """Raise ClusterError unless this backend can run here, or can be made to."""
    found = backend.available()
    if found.offer and ask(f"{found.why[:1].upper()}{found.why[1:]}. {found.offer}"):
        backend.mend(progress=progress)
        found = backend.available()
    if not found.ok:
        raise ClusterError(f"{backend.title.capitalize()} cannot run here: {found.why}. {found.fix}")


@contextlib.contextmanager
def offering_embedded(home: Home, backend: str, wanted: Wanted) -> Iterator[None]:
    """Say in the error how to go on without kind: with the embedded cluster, beside what kind may have here."""
    try:
        yield
    except ClusterError as error:
        if backend != "kind":
            raise
        name = wanted.name or DEFAULT_NAME
        beside = f" --name {name}-embedded" if home.cluster(name).backend == "kind" else ""
        raise ClusterError(
            f"{error}\nTo go on without it: kubetutor up --backend embedded{beside}"
        ) from error
