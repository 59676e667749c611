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

PATIENCE = 30.0  # seconds for a learner's processes to end
LOADED = (
    "jupyterhub.singleuser",
    "jupyterhub.singleuser.extension",
    "jupyterlab.labapp",
    "jupyterlab.labhubapp",
    "jupyter_lsp",
    "jupyter_server_terminals",
    "nbconvert",
    "notebook_shim",
    "ipykernel.kernelapp",
    "kubetutor.classroom.server.kernels",
    "kubetutor.course.deployments",
    "kubetutor.embedded.daemon",
    "kubernetes.client",
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
    for name in LOADED:
        with contextlib.suppress(ModuleNotFoundError):  # not all of them are everywhere; then they are loaded nowhere
            importlib.import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError(f"Something that was loaded has started threads, so nothing can be forked: {threading.enumerate()}")
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
