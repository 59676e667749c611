"""An exercise as data: its task, the ways to work on it, what it is judged by, and what it needs of a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from kubetutor.exercises import display
from kubetutor.exercises.waiting import WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kubetutor.cluster.backend import Capability, Workspace
    from kubetutor.cluster.load.tally import Tally
    from kubetutor.exercises.expect import Rule
    from kubetutor.exercises.timeline import Moment

WORKER = "{worker}"
Command = tuple[str, ...]


class Cluster(Protocol):
    """What an exercise needs of `kubetutor.cluster.Cluster`."""

    @property
    def api(self) -> Any:
        """The client: `list`, `get`, ..."""

    @property
    def capabilities(self) -> Capability:
        """What it can do beyond its API."""

    @property
    def workspace(self) -> Workspace:
        """Where lessons work."""

    @property
    def kubeconfig(self) -> Path:
        """The file that leads to it."""

    def kubectl(self, *args: str, timeout: float | None = 60.0) -> Any:
        """Run kubectl for so many seconds at most; raises CommandFailedError."""

    def url(self, service: str, namespace: str) -> str:
        """Answer where a service can be asked from this machine."""

    def stop_node(self, node: str) -> None:
        """Cut a node's power."""

    def start_node(self, node: str) -> None:
        """Give it back."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to work on an exercise, as commands. A wrong one names the hint that it must get.

    A command is what stands after `kubectl`; or, in full, `kubetutor node stop NAME` and `kubetutor node start NAME`.
    One with `--kubeconfig={kubeconfig}` uses the lesson's own kubeconfig, and the namespace of the context there.
    `{worker}` stands for the node with the most pods of the lesson.
    `files` maps names to texts: a command that names one of them gets a file with that text, as if the learner wrote it.
    """

    name: str
    commands: tuple[Command, ...]
    hint: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an exercise is judged by: the cluster now, and what was measured since the start."""

    cluster: Cluster
    namespace: str
    tally: Tally
    fewest_ready: int
    pods_at_start: frozenset[str]
    moments: tuple[Moment, ...] = ()
    asked: str = ""  # the `host:port` that the load pod asks since the start
    tallies: Mapping[str, Tally] = field(default_factory=dict)  # by service, with those of `also`
    is_broken: bool = False  # the check has done what `trouble` says


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """An exercise as data. `observe` reads facts; `rules` judge them; `setup` brings any state to the start.

    `scene` does what commands for this cluster cannot, before `setup`: it gets the cluster and the lesson's namespace.
    `restore` puts back what the exercise changed outside of that namespace, as soon as it has passed or ends.
    `service` is asked from the start, `rate` times a second or else as usual; without one no load pod starts. Counting begins with its first
    answer, or, unless it `answers_at_start`, with the first question; or, with `calm_at_start`, only once no request gets
    lost, as while pods that count as Ready do not listen yet. `also` names further services that are asked, each by a pod
    of its own. `trouble` answers what the check breaks once all rules hold, in commands: it then looks again,
    and only what holds afterwards passes. `measured` names those facts that
    come from measuring what the cluster does (requests, seconds, counts over time): a rule must read one of them. An
    exercise that is judged by how things stand at the end names none. A check looks again for `patience` seconds where
    waiting can help. A drill is `timed`: the clock runs from the end of `start` to the check that passes, and the best
    time is kept. `minutes` is what a learner is given to try it.
    """

    slug: str
    task: str
    service: str = ""
    rate: float = 0.0
    also: tuple[str, ...] = ()
    answers_at_start: bool = True
    calm_at_start: bool = False
    scene: Callable[[Cluster, str], None] | None = None
    setup: tuple[Command, ...] = ()
    restore: Callable[[Cluster], object] | None = None
    trouble: Callable[[Evidence], tuple[Command, ...]] | None = None
    observe: Callable[[Evidence], Any]
    measured: tuple[str, ...] = ()
    untouched: Rule[Any]
    rules: tuple[Rule[Any], ...]
    passed: Callable[[Any], str]
    solution: Attempt
    other_right: tuple[Attempt, ...] = ()
    typical_wrong: tuple[Attempt, ...] = ()
    minutes: float = 4.0
    patience: float = WAIT_SECONDS
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something said to the learner in a card."""

    title: str
    facts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return display.text_card(self.title, self.facts)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return display.html_card(self.title, self.facts)
