"""The root of all learners' processes: `python -m kubetutor.classroom.server.fork_server SOCKET`, which JupyterHub's spawner starts.

A learner needs three Pythons: JupyterLab, a kernel and a cluster. Each alone takes some 50 MB, nearly all of it the same for everybody.
So what they load is loaded here, once, and they are forked:

    fork server (root)
    ├── relay (root): the ways between the proxy, the hub and the learners' networks
    └── one process for each learner, in an own network, as their own account: a fork server again
        ├── JupyterLab
        ├── the cluster
        └── kernels
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from kubetutor.classroom.server import forking, learner, relay
from kubetutor.cluster import share

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30.0  # seconds for a learner's processes to end
FILLING = 8  # texts as long as each name, which take the gaps in memory before the names come
LEFT_OUT = ("debugpy",)  # the debugger of kernels: no lesson needs it, and it would cost each of them 20 MB
LOADED = (
    # JupyterLab
    "jupyterhub.singleuser.extension",
    "jupyterlab.labapp",
    "jupyter_lsp.virtual_documents_shadow",
    "jupyter_server_terminals",
    "jupyter_server.kernelspecs.handlers",
    "jupyter_server.nbconvert.handlers",
    "jupyter_server.services.api.handlers",
    "jupyter_server.services.config.handlers",
    "jupyter_server.services.contents.handlers",
    "jupyter_server.services.events.handlers",
    "jupyter_server.services.kernels.handlers",
    "jupyter_server.services.kernelspecs.handlers",
    "jupyter_server.services.nbconvert.handlers",
    "jupyter_server.services.security.handlers",
    "jupyter_server.services.sessions.handlers",
    "jupyter_server.services.shutdown",
    "jupyter_server.view.handlers",
    "notebook_shim.nbserver",
    "anyio._backends._asyncio",
    "anyio.streams.memory",
    "anyio.streams.tls",
    "encodings.unicode_escape",
    "httpcore",
    "ipykernel.kernelspec",
    "jinja2.ext",
    "jupyter_core.migrate",
    "nbconvert",
    "tornado.platform.asyncio",
    "kubetutor.classroom.server.kernels",
    "kubetutor.classroom.server.own_cluster",
    "kubetutor.cluster.spec",
    "kubetutor.lab.jupyter",
    "kubetutor.lab.lessons",
    # kernels
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.guarded_eval",
    "IPython.core.latex_symbols",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "kubetutor.course.deployments",
    "kubetutor.course.overview",
    "kubetutor.exercises.report.in_cluster",
    "kubetutor.exercises.report.sender",
    "kubetutor.exercises.report.to_receiver",
    "kubernetes.client",
    # the cluster
    "kubetutor.embedded.daemon",
    "kubetutor.embedded.certificates",
    "cryptography.hazmat.backends.openssl.backend",
    "encodings.ascii",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.wsproto_impl",
)


def main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    to_relay, relays = forking.pair()
    if os.fork() == 0:
        to_relay.close()
        requests.close()
        relay.run(relays)
        return
    relays.close()
    load()
    order = forking.ForkServer(requests, patience=PATIENCE).serve()
    if order is not None:
        learner.become(order, to_relay)


def load() -> None:
    """Load what learners' processes need, and keep the collector of garbage from touching, and so copying, it in each of them."""
    for name in LEFT_OUT:
        sys.modules[name] = None  # type: ignore[assignment]  # so Python is told that there is none
    for name in LOADED:
        with contextlib.suppress(
            ModuleNotFoundError
        ):  # not all of them are everywhere; then they are loaded nowhere
            importlib.import_module(name)
    _read_a_notebook()
    _load_the_types()
    _keep_kernels_from_looking_at_all_modules()
    if threading.active_count() > 1:
        raise RuntimeError(
            f"Something that was loaded has started threads, so nothing can be forked: {threading.enumerate()}"
        )
    gc.collect()
    gc.freeze()


class _Sys:
    """The module `sys`, with other modules."""

    def __init__(self, modules: Callable[[], dict[str, None]]) -> None:
        self._modules = modules

    @property
    def modules(self) -> dict[str, None]:
        return self._modules()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


def _keep_kernels_from_looking_at_all_modules() -> None:
    """Let a kernel that starts look at few objects. To look at one is to write into its page, which then is no longer shared.

    ipykernel collects the files of all modules for a debugger, which there is not; IPython notes all names, for `%reset`. Here
    these are new and side by side, instead of spread over all memory. Both together would take 10 MB of each kernel.
    """
    import ipykernel.ipkernel  # noqa: PLC0415  # only the fork server, which has loaded it
    import IPython.core.shellapp  # noqa: PLC0415  # as above

    in_the_way = [f"{name}{number}" for number in range(FILLING) for name in sys.modules]
    names = dict.fromkeys(f"{name}."[:-1] for name in list(sys.modules))
    in_the_way.clear()

    def all_names() -> dict[str, None]:
        newest_first = itertools.takewhile(lambda name: name not in names, reversed(sys.modules))
        return {**names, **dict.fromkeys(newest_first)}

    vars(ipykernel.ipkernel)["sys"] = _Sys(dict)
    vars(IPython.core.shellapp)["sys"] = _Sys(all_names)


def _load_the_types() -> None:
    """Load the types of all kinds as a cluster does that starts for the first time. To make their short form takes 15 MB."""
    from kubetutor.embedded.apiserver.schema import Schema  # noqa: PLC0415  # only the fork server, which has loaded it

    Schema.preload()


def _read_a_notebook() -> None:
    """Read a lesson as JupyterLab does: what checks a notebook is made at the first, and takes 15 MB."""
    import nbformat  # noqa: PLC0415  # only the fork server, which has loaded it

    lesson = min(share.folder("lessons").glob("*.ipynb"))
    nbformat.validate(nbformat.read(lesson, as_version=nbformat.NO_CONVERT))  # type: ignore[no-untyped-call]  # its types are half there


if __name__ == "__main__":
    main()
