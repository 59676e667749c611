"""One file per backend. A backend's whole product is a kubeconfig."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.cluster.backend import Backend
    from kubetutor.cluster.home import Home

PLACES = {
    "embedded": ("kubetutor.cluster.backends.embedded", "EmbeddedBackend"),
    "kind": ("kubetutor.cluster.backends.kind", "KindBackend"),
    "context": ("kubetutor.cluster.backends.context", "ContextBackend"),
}


def get(name: str, home: Home) -> Backend:
    """Answer a backend by its name; its module is loaded when it is first asked for."""
    module, attribute = PLACES[name]
    backend: Backend = getattr(import_module(module), attribute)(home)
    return backend


def running(home: Home) -> Iterator[tuple[str, Backend]]:
    """Yield every cluster that is up, by name, with its backend."""
    for folder in home.clusters():
        if folder.backend in PLACES:
            backend = get(folder.backend, home)
            if backend.is_up(folder.name):
                yield folder.name, backend


def trouble(home: Home, name: str = "") -> str:
    """Say what is wrong with the cluster of this name, or with any that is down; empty when nothing is known."""
    folders = [folder for folder in home.clusters() if folder.backend in PLACES and name in {"", folder.name}]
    told = (get(folder.backend, home).trouble(folder.name) for folder in folders)
    return next(filter(None, told), "")
