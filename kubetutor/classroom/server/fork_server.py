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
import os
import socket
import sys
import threading

from kubetutor.classroom.server import forking, learner, relay
from kubetutor.cluster import share

PATIENCE = 30.0  # seconds for a learner's processes to end
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
    _put_file_names_side_by_side()
    if threading.active_count() > 1:
        raise RuntimeError(
            f"Something that was loaded has started threads, so nothing can be forked: {threading.enumerate()}"
        )
    gc.collect()
    gc.freeze()


def _put_file_names_side_by_side() -> None:
    """Make the names of all modules' files anew, one after the other.

    A kernel looks at each when it starts. To look at an object is to write into its page, which then is no longer shared: where
    the names are spread over all memory that is 4 MB for each kernel.
    """
    for module in list(sys.modules.values()):
        if name := getattr(module, "__file__", None):
            module.__file__ = f"{name}."[:-1]


def _read_a_notebook() -> None:
    """Read a lesson as JupyterLab does: what checks a notebook is made at the first, and takes 15 MB."""
    import nbformat  # noqa: PLC0415  # only the fork server, which has loaded it

    lesson = min(share.folder("lessons").glob("*.ipynb"))
    nbformat.validate(nbformat.read(lesson, as_version=nbformat.NO_CONVERT))  # type: ignore[no-untyped-call]  # its types are half there


if __name__ == "__main__":
    main()
