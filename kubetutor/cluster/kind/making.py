"""Making a cluster from a cluster file: the steps, and taking them back when one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.cluster.kind import brought, clearing, cluster_file, creating, machine, trouble, waiting
from kubetutor.cluster.kind.record import Record
from kubetutor.errors import ClusterError, CommandFailedError, StartFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.kind.cluster_file import ClusterFile
    from kubetutor.cluster.kind.nodes import KindNodes


def refuse_taken_ports(file: ClusterFile) -> None:
    """Raise ClusterError for a port that kind will be asked for and cannot have: sooner than after a download."""
    for address, port in file.ports():
        if why := cluster_file.taken(address, port):
            raise ClusterError(
                f"The cluster file {file.path} asks for the port {address}:{port} of this machine, and it is taken ({why}). "
                f"End the program that has it (`ss -ltnp | grep :{port}` shows which), or change hostPort or apiServerPort there."
            )


def make(cluster: KindNodes, file: ClusterFile, image: str | None, *, log: Path, progress: Progress) -> None:
    """Create the nodes, wait until they are Ready, and bring what lessons need. Raise StartFailedError, explained."""
    warnings = machine.warnings(machine.look(cluster.engine), image)
    for warning in warnings:
        progress(f"note: {warning}")
    try:
        known = brought.known_as(cluster.engine, brought.home_of(cluster), image)
        creating.create(cluster, config=file.path, image=known, log=log, progress=progress)
    except CommandFailedError as error:
        raise StartFailedError(
            f"The cluster {cluster.name!r} was not made: {trouble.explain(error.output, warnings)}\n"
            f"All that kind said: {log}"
        ) from error
    log.unlink()
    cluster.kubeconfig.chmod(0o600)
    finish(cluster, len(file.roles), progress)


def finish(cluster: KindNodes, nodes: int, progress: Progress) -> None:
    """Wait until the nodes are Ready, then bring what lessons need and is not there yet."""
    progress("waiting for the nodes to be Ready")
    waiting.wait_until_ready(cluster, nodes)
    from kubetutor.cluster.kind import ready  # noqa: PLC0415  # it brings along more than `down` needs

    ready.make_ready(cluster, progress=progress)


def unmake(cluster: KindNodes, why: BaseException, progress: Progress) -> None:
    """Delete what was made so far. Raise ClusterError, with both reasons, when that fails too."""
    progress("clearing up: deleting what was made so far")
    try:
        clearing.delete(cluster, interrupted=True)
    except ClusterError as error:
        told = str(why) or "it was interrupted"
        raise ClusterError(
            f"The cluster {cluster.name!r} was not made: {told}\nAnd what was made so far could not be deleted: {error}\n"
            "`kubetutor up` and `kubetutor down` try again."
        ) from why


def describe(cluster: KindNodes, image: str | None) -> Record:
    """Answer what is to be written down of a cluster that is finished."""
    from kubetutor.api import kubeconfig  # noqa: PLC0415  # YAML, which `down` does not need

    return Record(
        server=kubeconfig.read(cluster.kubeconfig).server,
        engine=cluster.engine.name,
        image=image,
        nodes=len(cluster.ids()),
        containers=cluster.ids(),
    )


def start_again(cluster: KindNodes) -> None:
    """Start the containers of a cluster that is stopped. Raise StartFailedError, explained."""
    try:
        cluster.start()
    except CommandFailedError as error:
        warnings = machine.warnings(machine.look(cluster.engine), None)
        raise StartFailedError(
            f"The nodes of the cluster {cluster.name!r} did not start: {trouble.explain(error.output, warnings)}"
        ) from error
