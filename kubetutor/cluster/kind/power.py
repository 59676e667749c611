"""Stopping a node of a kind cluster as if its power was cut, and starting it again: the node is a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.cluster.kind.nodes import ROLE_LABEL
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from kubetutor.cluster.kind.nodes import KindNodes

RUNNING = "running"


def stop_node(cluster: KindNodes, node: str) -> None:
    """Kill the node's container: nothing in it can tell the cluster."""
    state = _state(cluster, node)
    role = cluster.engine.run(
        "inspect", "--format", f'{{{{index .Config.Labels "{ROLE_LABEL}"}}}}', node
    ).strip()
    if role != "worker":
        raise ClusterError(
            f"{node!r} is the control plane: without it there is no cluster. Stop a worker instead."
        )
    if state != RUNNING:
        raise ClusterError(f"The node {node!r} is stopped already.")
    cluster.engine.run("stop", "--time", "0", node)


def start_node(cluster: KindNodes, node: str) -> None:
    """Start the node's container. Its kubelet is back some seconds later."""
    if _state(cluster, node) == RUNNING:
        raise ClusterError(f"The node {node!r} runs already.")
    cluster.engine.run("start", node)


def _state(cluster: KindNodes, node: str) -> str:
    containers = cluster.containers()
    if node not in containers:
        raise ClusterError(f"There is no node {node!r}. There are: {', '.join(containers)}.")
    return containers[node]
