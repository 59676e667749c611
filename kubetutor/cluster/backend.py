"""What a backend is: eight methods and some flags. Its whole product is a kubeconfig."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kubetutor.cluster.spec import ClusterSpec

Progress: TypeAlias = "Callable[[str], None]"  # told one short sentence per step


class Capability(enum.Flag):
    """What a cluster can do beyond the Kubernetes API."""

    NONE = 0
    ADD_IMAGES = enum.auto()  # make a local command an image
    LOAD_IMAGES = enum.auto()  # bring a container image into the nodes
    STOP_NODES = enum.auto()  # stop a node and start it again
    LOCAL_PROCESSES = enum.auto()  # a pod is a process that this machine shows


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend could run here. `why` is what was seen, `fix` what to do about it."""

    ok: bool
    why: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    name: str
    role: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Status:
    """One cluster that is up, as `kubetutor status --json` prints it. `ready`: the API and every node are."""

    backend: str
    name: str
    context: str
    kubeconfig: str
    server: str
    version: str
    ready: bool
    nodes: tuple[NodeStatus, ...] = ()
    pid: int | None = None
    trouble: str = field(default="")

    def as_document(self) -> dict[str, Any]:
        document = asdict(self)
        if not self.trouble:
            del document["trouble"]
        return document


@dataclass(frozen=True, slots=True)
class Started:
    """What `up` did. `already`: the cluster was up before."""

    name: str
    kubeconfig: Path
    already: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """What `down` found and did."""

    name: str
    was_up: bool
    kept: bool


class Backend(Protocol):
    name: str
    capabilities: Capability

    def available(self) -> Availability:
        """Say whether it can run on this machine. Quick: nothing is started."""

    def names(self) -> list[str]:
        """List the clusters of this backend that have anything left here, up or not."""

    def is_up(self, name: str) -> bool:
        """Say whether this cluster runs. Quick: no network."""

    def up(self, spec: ClusterSpec, *, timings: str, progress: Progress) -> Started:
        """Start the cluster, or find that it is up. The nodes are Ready when this returns."""

    def down(self, name: str, *, keep: bool, progress: Progress) -> Ended:
        """End every process of the cluster, and remove its state unless `keep`."""

    def status(self, name: str) -> Status:
        """Ask the cluster how it is. Raise NoClusterError when it is not up."""

    def kubeconfig(self, name: str) -> Path:
        """Answer where its kubeconfig is."""

    def add_image(self, name: str, image: str, command: Sequence[str]) -> None:
        """Only with ADD_IMAGES: make `image` mean this command."""
