"""The machines that the nodes are. Each can lose its power and get it back, while the rest of the cluster lives on.

1. Power off: the kubelet and every process of its pods are gone at once, and nobody is told. The lease is no longer
   renewed, so the node lifecycle controller finds out.
2. Power on: a new kubelet registers as after a reboot. It finds the pods that are still bound to its node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.kubelet.node_context import CONTROL_PLANE
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from kubetutor.embedded.kubelet.kubelet import Kubelet
    from kubetutor.embedded.kubelet.node_context import NodeConfig


class Machines:
    """`make` builds the kubelet of a node, `run` runs one of the cluster's parts, by its name."""

    def __init__(
        self,
        nodes: tuple[NodeConfig, ...],
        make: Callable[[NodeConfig], Kubelet],
        run: Callable[[str, Coroutine[None, None, None]], None],
    ) -> None:
        self._nodes = {node.name: node for node in nodes}
        self._make, self._run = make, run
        self.kubelets: dict[str, Kubelet] = {}

    def start_all(self) -> None:
        for node in self._nodes.values():
            self._start(node)

    async def start_node(self, name: str) -> None:
        """Give a node its power back."""
        node = self._known(name)
        if name in self.kubelets:
            raise ClusterError(f"The node {name!r} runs already.")
        self._start(node)

    async def stop_node(self, name: str) -> None:
        """Cut the power of a node. The control plane's stays: without it there is no cluster to notice anything."""
        node = self._known(name)
        if node.role == CONTROL_PLANE:
            raise ClusterError(
                f"{name!r} is the control plane: without it there is no cluster. Stop a worker instead."
            )
        kubelet = self.kubelets.pop(name, None)
        if kubelet is None:
            raise ClusterError(f"The node {name!r} is stopped already.")
        await kubelet.stop(graceful=False)

    async def end(self) -> None:
        """The whole cluster ends."""
        for kubelet in list(self.kubelets.values()):
            await kubelet.stop(graceful=False)

    def _known(self, name: str) -> NodeConfig:
        if name not in self._nodes:
            raise ClusterError(f"There is no node {name!r}. There are: {', '.join(self._nodes)}.")
        return self._nodes[name]

    def _start(self, node: NodeConfig) -> None:
        kubelet = self.kubelets[node.name] = self._make(node)
        self._run(f"kubelet {node.name}", kubelet.run())
