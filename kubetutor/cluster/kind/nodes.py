"""The containers that are the nodes of one kind cluster, and the programs that look after them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.cluster.kind.engine import Engine

CLUSTER_LABEL = "io.x-k8s.kind.cluster"  # kind puts it on each node: pkg/cluster/constants
ROLE_LABEL = "io.x-k8s.kind.role"


@dataclass(frozen=True)
class KindNodes:
    """One cluster of kind: its name, its kubeconfig, the engine that its nodes run in, and the `kind` command."""

    name: str
    kubeconfig: Path
    engine: Engine
    kind: Path

    def containers(self) -> dict[str, str]:
        """Answer the state of each node's container (`running`, `exited`, ...) by the node's name."""
        label = f"label={CLUSTER_LABEL}={self.name}"
        listed = self.engine.run("ps", "--all", "--filter", label, "--format", "{{.Names}} {{.State}}")
        rows = (line.split(maxsplit=1) for line in listed.splitlines() if line.strip())
        return {name: state.strip().lower() for name, state in sorted(rows)}
