"""Runs one exercise: sets the scene, measures what the learner does, judges, hints, and shows the solution in the end.

1. `start` brings the namespace to the exercise's first state and begins to measure.
2. The learner works, with any commands.
3. `check` looks, and looks again for some seconds where waiting can help. It never raises for a wrong answer.
4. `hint` climbs one step of the hint that fits the present state. `solution` opens after success, or when asked three times.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kubetutor.api.objects import uid_of
from kubetutor.cluster import share
from kubetutor.cluster.load.pod import Load
from kubetutor.errors import LessonError, LoadError
from kubetutor.exercises import display, progress
from kubetutor.exercises.expect import judge
from kubetutor.exercises.hints import HintLadder
from kubetutor.exercises.own_kubeconfig import OWN_KUBECONFIG, lesson_kubeconfig
from kubetutor.exercises.result import NOT_YET, PASSED, Result
from kubetutor.exercises.timeline import Moment, Timeline, count_ready, fewest_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kubetutor.cluster.backend import Workspace
    from kubetutor.cluster.load.tally import Tally
    from kubetutor.exercises.expect import Judgement, Rule
    from kubetutor.exercises.hints import HintStep
    from kubetutor.exercises.progress import Progress
    from kubetutor.widgets.live.feed import Feed, Following

WAIT_SECONDS = 15.0
DELAY_SECONDS = 0.25
LOAD_SECONDS = 30.0  # for the load pod to start, and for the service to answer it
ASKED_ENOUGH = 3
ANEW = "The pod load had to begin anew on the way, and did not ask for a while."
NODE_POWER = ("kubetutor", "node")  # what a command begins with that is not kubectl's
Command = tuple[str, ...]


class Cluster(Protocol):
    """What an exercise needs of `kubetutor.cluster.Cluster`."""

    @property
    def api(self) -> Any:
        """The client: `list`, `get`, ..."""

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


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """An exercise as data. `observe` reads facts; `rules` judge them; `setup` brings any state to the start.

    `scene` does what commands for this cluster cannot, before `setup`: it gets the cluster and the lesson's namespace.
    `service` is asked 50 times a second from the start; without one no load pod starts. Counting begins with its first
    answer, or, unless it `answers_at_start`, with the first question. `measured` names those facts that
    come from measuring what the cluster does (requests, seconds, counts over time): a rule must read one of them. An
    exercise that is judged by how things stand at the end names none. `minutes` is what a learner is given to try it.
    """

    slug: str
    task: str
    service: str = ""
    answers_at_start: bool = True
    scene: Callable[[Cluster, str], None] | None = None
    setup: tuple[Command, ...] = ()
    observe: Callable[[Evidence], Any]
    measured: tuple[str, ...] = ()
    untouched: Rule[Any]
    rules: tuple[Rule[Any], ...]
    passed: Callable[[Any], str]
    solution: Attempt
    other_right: tuple[Attempt, ...] = ()
    typical_wrong: tuple[Attempt, ...] = ()
    minutes: float = 4.0


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


class Runner:
    """One exercise on one cluster. `feed` measures Ready pods, `load` sends requests from inside the cluster."""

    def __init__(
        self, exercise: Exercise, cluster: Cluster, *,
        namespace: str, feed: Feed, progress: Progress, load: Load | None = None,
    ) -> None:  # fmt: skip
        self.exercise, self.cluster, self.namespace = exercise, cluster, namespace
        self._feed, self._progress = feed, progress
        self.how_far: Callable[[], str] = lambda: ""  # what each check says of the learner's progress
        self._timeline = Timeline()
        self._following: Following | None = None
        self._load = load or Load(cluster.api, namespace)
        self._is_started = False
        self._pods_at_start: frozenset[str] = frozenset()
        self._hints = HintLadder()
        self._asked = 0
        self._last: Result | None = None

    def start(self) -> Note:
        """Set the scene, from any state, and begin to measure."""
        self.stop()
        self._last, self._is_started = None, False
        if self.exercise.scene is not None:
            self.exercise.scene(self.cluster, self.namespace)
        for command in self.exercise.setup:
            self._do(command)
        if self.exercise.service:
            self._start_load()
        pods = self.cluster.api.list("pods", namespace=self.namespace)
        self._pods_at_start = frozenset(uid_of(pod) for pod in pods)
        self._measure_pods(ready=count_ready(pods)[0])
        self._is_started = True
        return Note(
            "Exercise started", (("Task", self.exercise.task), ("Measured", self._what_is_measured()))
        )

    def check(self, *, wait: float = WAIT_SECONDS) -> Result:
        """Judge what the cluster does. Where waiting can help, look again for `wait` seconds."""
        deadline = time.monotonic() + wait
        if self.exercise.service:
            self._load.wait_for_news(timeout=wait)
        judgement = self._judge()
        while judgement.may_mend and time.monotonic() < deadline:
            time.sleep(DELAY_SECONDS)
            judgement = self._judge()
        self._keep(judgement.result)
        if judgement.result.passed:
            self.stop()
        self._last = replace(judgement.result, progress=self.how_far())
        return self._last

    def reset(self) -> None:
        """Forget that the exercise was tried or passed, and which hints were given."""
        self.stop()
        self._progress.reset(self.exercise.slug)
        self._is_started, self._last, self._asked, self._hints = False, None, 0, HintLadder()

    def hint(self) -> HintStep | Note:
        """Answer the next step of the hint that fits the present state."""
        result = self._judge().result if self._last is None or not self._last.passed else self._last
        if result.hint is None:
            return Note("Hint", (("Passed", "There is nothing left to do here."),))
        return self._hints.next(result.hint)

    def solution(self) -> Note:
        """Show the solution after success, or when it is asked for the third time."""
        self._asked += 1
        passed = self._last is not None and self._last.verdict is PASSED
        if not passed and self._asked < ASKED_ENOUGH:
            left = ASKED_ENOUGH - self._asked
            return Note(
                "Solution",
                (("Not yet", f"Try first. Ask {left} more {'time' if left == 1 else 'times'} to see it."),),
            )
        return Note("One solution", _in_words(self.exercise.solution))

    def attempt(self, attempt: Attempt) -> None:
        """Do what an attempt does: how exercises are proven."""
        with tempfile.TemporaryDirectory(prefix="kubetutor-attempt-") as folder:
            for name, text in attempt.files.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            for command in attempt.commands:
                self._do(tuple(str(Path(folder, arg)) if arg in attempt.files else arg for arg in command))

    def kubectl(self, *args: str) -> Any:
        """Run kubectl in the lesson's namespace. Manifests are found from any working folder."""
        return self.cluster.kubectl("--namespace", self.namespace, *map(_resolved, args))

    def moments(self) -> list[Moment]:
        return self._timeline.moments()

    def stop(self) -> None:
        """End measuring. What was measured stays."""
        if self._following is not None:
            self._following.close()
            self._following = None
        self._load.stop()

    def _keep(self, result: Result) -> None:
        """Keep the time of the first try and of the first pass. To look without a change is no try."""
        group = {PASSED: progress.PASSED, NOT_YET: progress.TRIED}.get(result.verdict)
        if group and not self._progress.get(group, self.exercise.slug):
            self._progress.keep(group, self.exercise.slug, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))

    def evidence(self) -> Evidence:
        """Answer what there is to judge by now. Raise LessonError when something was not measured."""
        if not self._is_started:
            raise LessonError(
                f"The exercise {self.exercise.slug} has not been started. Run the cell with start() first."
            )
        tally = self._load.tally()
        if trouble := self._load.trouble or (ANEW if len(tally.runs) > 1 else ""):
            raise LessonError(
                f"{trouble} What is not measured cannot be judged: run the cell with start() again."
            )
        moments = tuple(self._timeline.moments())
        return Evidence(
            self.cluster,
            self.namespace,
            tally,
            fewest_ready(moments),
            self._pods_at_start,
            moments,
            self._load.address,
        )

    def _do(self, command: Command) -> None:
        if command[:2] == NODE_POWER:
            acts = {"stop": self.cluster.stop_node, "start": self.cluster.start_node}
            acts[command[2]](command[3])
        elif OWN_KUBECONFIG in command:
            path = f"--kubeconfig={lesson_kubeconfig(self.cluster)}"
            self.cluster.kubectl(*(path if arg == OWN_KUBECONFIG else _resolved(arg) for arg in command))
        else:
            self.kubectl(*command)

    def _judge(self) -> Judgement:
        exercise, facts = self.exercise, self.exercise.observe(self.evidence())
        return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed)

    def _what_is_measured(self) -> str:
        if not self.exercise.service:
            return "how many pods are Ready, at every moment"
        return f"the pod {self._load.name} asks {self.exercise.service} {self._load.rate:g} times a second"

    def _measure_pods(self, *, ready: int) -> None:
        """Begin to count Ready pods, once the watch has seen as many as are there."""
        self._timeline = timeline = Timeline()
        self._following = self._feed.follow(self.namespace, lambda _objects: None, record=timeline.take)
        if not eventually(lambda: any(moment.ready >= ready for moment in timeline.moments()[-1:])):
            self.stop()
            raise LessonError(
                f"The watch on the pods of {self.namespace} does not show the {ready} Ready pods that are there. "
                "Look at the live view's note, then run this cell again."
            )
        timeline.clear()

    def _start_load(self) -> None:
        """Have the service asked, and wait until it answers, where it can. Only then the counting begins."""
        try:
            self._load.start(self.exercise.service)
            if self.exercise.answers_at_start:
                self._load.wait_for_answer(timeout=LOAD_SECONDS)
            else:
                self._load.wait_for_report(timeout=LOAD_SECONDS)
        except LoadError as error:
            self.stop()
            raise LessonError(f"{error} So the exercise cannot start; then run this cell again.") from error


def _in_words(attempt: Attempt) -> tuple[tuple[str, str], ...]:
    """Write an attempt as the files and commands that a learner would use."""
    files = [(f"file {name}", text) for name, text in attempt.files.items()]
    lines = [
        " ".join(command if command[:2] == NODE_POWER else ("kubectl", *command))
        for command in attempt.commands
    ]
    return (*files, *((str(place), line) for place, line in enumerate(lines, 1)))


def _resolved(arg: str) -> str:
    """Take the learner's own copy of a manifest where there is one, else the one that came with kubetutor."""
    if not arg.startswith("manifests/") or Path(arg).exists():
        return arg
    return str(share.folder("lessons") / arg)


def eventually(holds: Callable[[], bool], *, seconds: float | None = None) -> bool:
    deadline = time.monotonic() + (WAIT_SECONDS if seconds is None else seconds)
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(DELAY_SECONDS)
    return True
