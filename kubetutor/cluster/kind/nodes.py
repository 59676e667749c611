"""The containers that are the nodes of one kind cluster, and the programs that look after them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.cluster.kind.engine import Engine

CLUSTER_LABEL = "io.x-k8s.kind.cluster"  # kind puts it on each node: pkg/cluster/constants/constants.go
ROLE_LABEL = "io.x-k8s.kind.role"  # control-plane, worker, or external-load-balancer
STOP_SECONDS = 20  # for a node's orderly end; then its power is cut


@dataclass(frozen=True)
class KindNodes:
    """One cluster of kind: its name, its kubeconfig, the engine that its nodes run in, and the `kind` command."""

    name: str
    kubeconfig: Path
    engine: Engine
    kind: Path

    def containers(self) -> dict[str, str]:
        """Answer the state of each node's container (`running`, `exited`, ...) by the node's name."""
        return {name: state_in(said) for name, said in sorted(self._listed("{{.Names}} {{.State}}"))}

    def ids(self) -> dict[str, str]:
        """Answer the id of each node's container by the node's name: who has the same name need not be the same."""
        return dict(sorted(self._listed("{{.Names}} {{.ID}}", "--no-trunc")))

    def _listed(self, form: str, *flags: str) -> list[tuple[str, str]]:
        label = f"label={CLUSTER_LABEL}={self.name}"
        listed = self.engine.run("ps", "--all", *flags, "--filter", label, "--format", form)
        rows = (line.split(maxsplit=1) for line in listed.splitlines() if line.strip())
        return [(name, value.strip().lower()) for name, value in rows]

    def start(self) -> None:
        """Start every container that does not run."""
        asleep = [name for name, state in self.containers().items() if state != "running"]
        if asleep:
            self.engine.run("start", *asleep, timeout=180)

    def stop(self) -> None:
        """Stop every container and keep it."""
        if awake := [name for name, state in self.containers().items() if state == "running"]:
            self.engine.run(
                "stop", "--time", str(STOP_SECONDS), *awake, timeout=60 + STOP_SECONDS * len(awake)
            )

    def started_at(self, node: str) -> dt.datetime:
        """Answer when the container of a node was started, by the clock that the node has too."""
        said = self.engine.run("inspect", "--format", "{{json .State.StartedAt}}", node)
        return dt.datetime.fromisoformat(json.loads(said))


def state_in(said: str) -> str:
    """Answer the state in an engine's words: Docker says `running`, older Podman `Up 2 minutes ago`."""
    first = said.split(maxsplit=1)[0]
    return "running" if first == "up" else first
