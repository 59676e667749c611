"""What a lesson needs in a kind cluster beyond Kubernetes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.kind.nodes import KindNodes


def make_ready(cluster: KindNodes, *, progress: Progress) -> None:
    """Bring it into the nodes."""
    del cluster, progress
