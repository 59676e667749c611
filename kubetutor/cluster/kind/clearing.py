"""Deleting a cluster's containers, until nothing of it is left: also one that is still being made."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from kubetutor.cluster import commands
from kubetutor.cluster.kind import command, creating
from kubetutor.errors import ClusterError, CommandFailedError

if TYPE_CHECKING:
    from kubetutor.cluster.kind.nodes import KindNodes

DELETE_SECONDS = 120.0
SETTLED_SECONDS = 1.0  # an engine may finish making a container after who asked for it was killed
ATTEMPTS = 5


def delete(cluster: KindNodes) -> None:
    """End a creation that may still run, and delete every container of the cluster. Raise ClusterError if some stay."""
    interrupted = creating.end_leftover(cluster.kubeconfig)
    for _attempt in range(ATTEMPTS):
        if cluster.containers():
            _delete_once(cluster)
            interrupted = True
        elif not interrupted:
            return
        else:  # look once more: nobody tells when an engine is done with a request that was cut off
            interrupted = False
            time.sleep(SETTLED_SECONDS)
    if left := cluster.containers():
        raise ClusterError(
            f"Containers of the cluster {cluster.name!r} cannot be deleted: {', '.join(left)}. "
            f"Try it by hand: {cluster.engine.name} rm --force --volumes {' '.join(left)}"
        )


def _delete_once(cluster: KindNodes) -> None:
    """Let kind delete it: it knows the volumes too. Where there is no kind, its engine deletes the containers."""
    argv = [
        str(cluster.kind),
        "delete",
        "cluster",
        "--name",
        cluster.name,
        "--kubeconfig",
        str(cluster.kubeconfig),
    ]
    try:
        environment = command.environment(cluster.engine, os.environ)
        commands.run(argv, env=environment, timeout=DELETE_SECONDS, apart=True)
    except CommandFailedError:
        if left := list(cluster.containers()):
            cluster.engine.run("rm", "--force", "--volumes", *left, timeout=DELETE_SECONDS)
