"""What a backend is: a few methods and some flags. Its whole product is a kubeconfig."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from kubetutor.errors import NotPossibleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from kubetutor.cluster.home import Home

Progress: TypeAlias = "Callable[[str], None]"  # told one short sentence per step


class Capability(enum.Flag):
    """What a cluster can do beyond the Kubernetes API."""

    NONE = 0
    ADD_IMAGES = enum.auto()  # make a local command an image
    LOAD_IMAGES = enum.auto()  # bring a container image into the nodes
    STOP_NODES = enum.auto()  # stop a node and start it again
    LOCAL_PROCESSES = enum.auto()  # a pod is a process that this machine shows


ABLE_TO = {
    Capability.ADD_IMAGES: "make a local command an image",
    Capability.LOAD_IMAGES: "take images of this machine into its nodes",
    Capability.STOP_NODES: "stop and start nodes",
    Capability.LOCAL_PROCESSES: "show its pods as processes of this machine",
}


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend could run here. `why` is what was seen, `fix` what to do about it.

    `offer`: a question; who says yes to it has `Backend.mend` do what is missing.
    """

    ok: bool
    why: str
    fix: str = ""
    offer: str = ""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    name: str
    role: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Status:
    """One cluster that is up, as `kubetutor status --json` prints it. `ready`: the API and every node are.

    On a cluster of somebody else `ready` means: the API answers, and lessons may use the namespace. `notes` are
    sentences on what is refused there, `user` is the name that the cluster has for the learner.
    """

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
    user: str = ""
    namespace: str = ""
    notes: tuple[str, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """Leave out what does not concern this cluster."""
        optional = ("trouble", "user", "namespace", "notes")
        return {key: value for key, value in asdict(self).items() if value or key not in optional}

    def as_text(self) -> str:
        """Say it in lines, for people."""
        state = "ready" if self.ready else self.trouble or "not ready"
        rows = [
            ("cluster", f"{self.name} ({self.backend}), {state}"),
            ("server", f"{self.server}  {self.version}"),
            ("context", self.context),
            ("kubeconfig", self.kubeconfig),
            ("process", "" if self.pid is None else str(self.pid)),
            ("user", self.user),
            ("namespace", self.namespace),
            *(("note", note) for note in self.notes),
            *(
                ("node", f"{node.name}  {'Ready' if node.ready else 'NotReady'}  {node.role}")
                for node in self.nodes
            ),
        ]
        return "\n".join(f"{label:<11} {value}" for label, value in rows if value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `up` was asked for. A part that is None was not said: the backend knows its own default."""

    name: str | None = None
    config: Path | None = None  # a cluster file in kind's format
    timings: str = "classroom"
    context: str | None = None  # of the user's own kubeconfig
    kubernetes: str | None = None  # a minor release, like 1.36: for a backend that can choose
    namespace: str | None = None  # with `context`: where lessons work, if not in namespaces of their own


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where lessons work. `namespace`: the only one that they may use; empty: each makes one of its own.

    `is_shared`: others work on this cluster too, so nothing may be removed that a lesson did not make.
    """

    namespace: str = ""
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """What `up` did. `already`: the cluster was up before. `nodes`: how many, 0 when that may not be known."""

    name: str
    kubeconfig: Path
    already: bool
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """What `down` found and did."""

    name: str
    was_up: bool
    kept: bool
    note: str = ""  # said in place of the usual words


class Backend(ABC):
    """One way to have a cluster. What it cannot do says so in a sentence: `why_not` has one per capability."""

    name: ClassVar[str]
    title: ClassVar[str]  # in words, for messages
    capabilities: ClassVar[Capability]
    why_not: ClassVar[Mapping[Capability, str]] = {}

    def __init__(self, home: Home) -> None:
        self.home = home

    def names(self) -> list[str]:
        """List the clusters of this backend that have anything left here, up or not."""
        return [folder.name for folder in self.home.clusters() if folder.backend == self.name]

    def kubeconfig(self, name: str) -> Path:
        """Answer where its kubeconfig is."""
        return self.home.cluster(name).kubeconfig

    def workspace(self, name: str) -> Workspace:
        """Answer where lessons work on this cluster."""
        del name
        return Workspace()

    @abstractmethod
    def available(self) -> Availability:
        """Say whether it can run on this machine. Quick: nothing is started."""

    @abstractmethod
    def is_up(self, name: str) -> bool:
        """Say whether this cluster runs. Quick: nothing beyond this machine is asked."""

    @abstractmethod
    def up(self, wanted: Wanted, *, progress: Progress) -> Started:
        """Start the cluster, or find that it is up. The nodes are Ready when this returns."""

    @abstractmethod
    def down(self, name: str, *, keep: bool, progress: Progress) -> Ended:
        """End every process of the cluster, and remove its state unless `keep`."""

    @abstractmethod
    def status(self, name: str) -> Status:
        """Ask the cluster how it is. Raise NoClusterError when it is not up."""

    def mend(self, *, progress: Progress) -> None:
        """Do what `available().offer` offers."""
        del progress
        raise NotPossibleError(
            f"There is nothing that kubetutor could do to make {self.title} possible here."
        )

    def trouble(self, name: str) -> str:
        """Say what is wrong with a cluster that should be up, and what to do; empty when nothing is known. Takes a second or so."""
        del name
        return ""

    def add_image(self, name: str, image: str, command: Sequence[str]) -> None:
        """With ADD_IMAGES: make `image` mean this command."""
        del image, command
        raise self.cannot(Capability.ADD_IMAGES, name)

    def load_images(self, name: str, images: Sequence[str], *, progress: Progress) -> None:
        """With LOAD_IMAGES: bring container images of this machine's engine into every node."""
        del images, progress
        raise self.cannot(Capability.LOAD_IMAGES, name)

    def stop_node(self, name: str, node: str) -> None:
        """With STOP_NODES: stop a node without a word to the cluster, as if its power was cut."""
        del node
        raise self.cannot(Capability.STOP_NODES, name)

    def start_node(self, name: str, node: str) -> None:
        """With STOP_NODES: start a node that was stopped."""
        del node
        raise self.cannot(Capability.STOP_NODES, name)

    def cannot(self, capability: Capability, name: str) -> NotPossibleError:
        """Make the error that says why this cluster has no such capability."""
        what = ABLE_TO[capability]
        why = self.why_not.get(capability, "")
        return NotPossibleError(f"The cluster {name!r} ({self.title}) cannot {what}. {why}".rstrip())
