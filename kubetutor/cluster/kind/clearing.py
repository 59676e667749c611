"""Deleting a cluster's containers, until nothing of it is left: also one that is still being made."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from kubetutor.cluster import commands
from kubetutor.cluster.kind import command, creating
from kubetutor.errors import ClusterError, CommandFailedError

if TYPE_CHECKING:
    from kubetutor.cluster.kind.nodes import KindNodes

DELETE_SECONDS = 120.0  # for one attempt
SETTLE_SECONDS = 1.0  # between two looks
MOST_SECONDS = 60.0  # of attempts


def delete(cluster: KindNodes, *, interrupted: bool = False) -> None:
    """End a creation that may still run, and delete every container of the cluster. Raise ClusterError if some stay.

    `interrupted`: a creation was ended just now, so one look that finds nothing is not enough.
    """
    doubtful = creating.end_leftover(cluster) or interrupted
    deadline = time.monotonic() + MOST_SECONDS
    trouble = ""
    while time.monotonic() < deadline:
        if cluster.containers():
            trouble, doubtful = _delete_once(cluster), True
        elif not doubtful:
            return
        else:
            doubtful = False
        time.sleep(SETTLE_SECONDS)
    left = " ".join(cluster.containers())
    raise ClusterError(
        f"Containers of the cluster {cluster.name!r} cannot be deleted: {left}. {trouble}\n"
        f"Try it by hand: {cluster.engine.name} rm --force --volumes {left}"
    )


def _delete_once(cluster: KindNodes) -> str:
    """Let kind delete it, which knows the volumes too; then, or where there is no kind, the engine. Answer what went wrong."""
    words = ("delete", "cluster", "--name", cluster.name, "--kubeconfig", str(cluster.kubeconfig))
    with contextlib.suppress(CommandFailedError):  # the engine's turn is next, and its words count
        environment = command.environment(cluster.engine, os.environ)
        commands.run((cluster.kind, *words), env=environment, timeout=DELETE_SECONDS, apart=True)
    try:
        if left := list(cluster.containers()):
            cluster.engine.run("rm", "--force", "--volumes", *left, timeout=DELETE_SECONDS)
    except CommandFailedError as error:
        return str(error)
    return ""
