"""Runs one exercise: sets the scene, measures what the learner does, judges, hints, and shows the solution in the end.

1. `start` brings the namespace to the exercise's first state and begins to measure.
2. The learner works, with any commands.
3. `check` looks, and looks again for some seconds where waiting can help. It never raises for a wrong answer.
   Where the exercise brings trouble, `check` then breaks something, once, and judges what is left.
4. `hint` climbs one step of the hint that fits the present state. `solution` opens after success, or when asked three times.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from kubetutor.api.objects import uid_of
from kubetutor.cluster.load.pod import Load
from kubetutor.cluster.load.tally import Tally
from kubetutor.errors import LessonError
from kubetutor.exercises import progress
from kubetutor.exercises.asking import Asking
from kubetutor.exercises.doing import Doing, in_words
from kubetutor.exercises.exercise import Evidence, Note
from kubetutor.exercises.expect import judge
from kubetutor.exercises.hints import HintLadder
from kubetutor.exercises.result import NOT_YET, PASSED, Result
from kubetutor.exercises.timeline import Moment, Timeline, count_ready, fewest_ready
from kubetutor.exercises.waiting import DELAY_SECONDS, eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kubetutor.exercises.exercise import Attempt, Cluster, Command, Exercise
    from kubetutor.exercises.expect import Judgement
    from kubetutor.exercises.hints import HintStep
    from kubetutor.exercises.progress import Progress
    from kubetutor.widgets.live.feed import Feed, Following

ASKED_ENOUGH = 3
SILENT_SECONDS = 3.0  # that a check may look without a word
TROUBLE_SECONDS = 3.0  # for which what was broken is looked at, before it counts as survived


class Runner:
    """One exercise on one cluster. `feed` measures Ready pods, `make_load` makes a load pod of a name."""

    def __init__(
        self, exercise: Exercise, cluster: Cluster, *,
        namespace: str, feed: Feed, progress: Progress,
        make_load: Callable[[str], Load] | None = None,
    ) -> None:  # fmt: skip
        self.exercise, self.cluster, self.namespace = exercise, cluster, namespace
        self._feed, self._progress = feed, progress
        self.how_far: Callable[[], str] = lambda: ""  # what each check says of the learner's progress
        self.say: Callable[[str], object] = lambda _line: None  # to who waits for a check
        self._timeline = Timeline()
        self._following: Following | None = None
        self._make_load = make_load or (lambda name: Load(cluster.api, namespace, name=name))
        self._asking = Asking(exercise, self._make_load)
        self.files: Path | None = None  # the folder of a lesson that did not come with kubetutor
        self._is_broken = False
        self._is_started = False
        self._is_to_restore = False
        self._clock_from: float | None = None  # of a drill that is under way
        self._pods_at_start: frozenset[str] = frozenset()
        self._asked = 0
        self._last: Result | None = None

    @property
    def _doing(self) -> Doing:
        return Doing(self.cluster, self.namespace, self.files)

    def start(self) -> Note:
        """Set the scene, from any state, and begin to measure."""
        self.stop()
        self._last, self._is_started, self._is_broken = None, False, False
        self._is_to_restore = True
        if self.exercise.scene is not None:
            self.exercise.scene(self.cluster, self.namespace)
        for command in self.exercise.setup:
            self._doing.do(command)
        self._asking = Asking(self.exercise, self._make_load)
        self._asking.start()
        pods = self.cluster.api.list("pods", namespace=self.namespace)
        self._pods_at_start = frozenset(uid_of(pod) for pod in pods)
        self._measure_pods(ready=count_ready(pods)[0])
        self._is_started = True
        self._clock_from = time.monotonic() if self.exercise.timed else None
        self._move(progress.STARTED)
        return Note(
            "Exercise started", (("Task", self.exercise.task), ("Measured", self._what_is_measured()))
        )

    def check(self, *, wait: float | None = None) -> Result:
        """Judge what the cluster does. Where waiting can help, look again for `wait` seconds, or as the exercise says."""
        wait = self.exercise.patience if wait is None else wait
        asked = time.monotonic()
        deadline = asked + wait
        self._asking.wait_for_news(timeout=wait)
        judgement = self._judge_until(deadline)
        if judgement.result.passed and self.exercise.trouble is not None and not self._is_broken:
            self._break(self.exercise.trouble(self.evidence()))
            judgement = self._judge_until(time.monotonic() + wait)
        self._keep(judgement.result)
        result = replace(judgement.result, progress=self.how_far())
        if result.passed:
            self.stop()
            result = replace(result, seen=f"{result.seen} {self._stop_clock(asked)}".rstrip())
        self._last = result
        return result

    def reset(self) -> None:
        """Forget that the exercise was tried or passed, and which hints were given."""
        self.stop()
        self._progress.reset(self.exercise.slug)
        self._is_started, self._last, self._asked = False, None, 0
        self._clock_from = None

    def hint(self) -> HintStep | Note:
        """Answer the next step of the hint that fits the present state."""
        result = self._judge().result if self._last is None or not self._last.passed else self._last
        if result.hint is None:
            return Note("Hint", (("Passed", "There is nothing left to do here."),))
        ladder = HintLadder(dict(self._progress.get(progress.HINTS, self.exercise.slug) or {}))
        step = ladder.next(result.hint)
        self._progress.move(self.exercise.slug, {progress.HINTS: ladder.climbed})
        return step

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
        return Note("One solution", in_words(self.exercise.solution))

    def attempt(self, attempt: Attempt) -> None:
        """Do what an attempt does: how exercises are proven."""
        self._doing.attempt(attempt)

    def moments(self) -> list[Moment]:
        return self._timeline.moments()

    def stop(self) -> None:
        """End measuring, and put back what is not the lesson's own. What was measured stays."""
        if self._following is not None:
            self._following.close()
            self._following = None
        self._asking.stop()
        if self._is_to_restore and self.exercise.restore is not None:
            self.exercise.restore(self.cluster)
        self._is_to_restore = False

    def _keep(self, result: Result) -> None:
        """Keep the time of the first try and of the first pass. To look without a change is no try."""
        self._move({PASSED: progress.PASSED, NOT_YET: progress.TRIED}.get(result.verdict, ""))

    def _move(self, group: str) -> None:
        """Note that something was done here; in the group the first time is kept."""
        is_first = group and not self._progress.get(group, self.exercise.slug)
        self._progress.move(self.exercise.slug, {group: progress.now()} if is_first else None)

    @property
    def best(self) -> float | None:
        """The seconds of the learner's fastest pass; None without one."""
        kept: float | None = self._progress.get(progress.BEST, self.exercise.slug)
        return kept

    def _stop_clock(self, now: float) -> str:
        """Stop the clock of a drill, keep a better time, and say both. Nothing where no clock runs."""
        if self._clock_from is None:
            return ""
        seconds, before = round(now - self._clock_from, 1), self.best
        self._clock_from = None
        if before is None or seconds < before:
            self._progress.keep(progress.BEST, self.exercise.slug, seconds)
        words = "the first one" if before is None else f"your best so far was {before:g} s"
        return f"Your time: {seconds:g} s; {words}."

    def evidence(self) -> Evidence:
        """Answer what there is to judge by now. Raise LessonError when something was not measured."""
        if not self._is_started:
            raise LessonError(
                f"The exercise {self.exercise.slug} has not been started. Run the cell with start() first."
            )
        tallies, moments = self._asking.tallies(), tuple(self._timeline.moments())
        return Evidence(
            self.cluster,
            self.namespace,
            tallies.get(self.exercise.service, Tally()),
            fewest_ready(moments),
            self._pods_at_start,
            moments,
            self._asking.address_of(self.exercise.service),
            tallies,
            self._is_broken,
        )

    def _break(self, commands: tuple[Command, ...]) -> None:
        """Do what the exercise breaks, and let it have its effect."""
        for command in commands:
            self._doing.do(command)
        self._is_broken = True
        time.sleep(TROUBLE_SECONDS)

    def _judge_until(self, deadline: float) -> Judgement:
        """Judge; where waiting can help, again and again until the deadline."""
        judgement, silent_until = self._judge(), time.monotonic() + SILENT_SECONDS
        while judgement.may_mend and (now := time.monotonic()) < deadline:
            if now > silent_until:
                self.say(f"Not yet. Looking again, for up to {deadline - now:.0f} s.")
                silent_until = deadline
            time.sleep(DELAY_SECONDS)
            judgement = self._judge()
        return judgement

    def _judge(self) -> Judgement:
        exercise, facts = self.exercise, self.exercise.observe(self.evidence())
        return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed)

    def _what_is_measured(self) -> str:
        return str(self._asking) or "how many pods are Ready, at every moment"

    def _measure_pods(self, *, ready: int) -> None:
        """Begin to count Ready pods, once the watch has seen as many as are there. Of no pods it has nothing to show."""
        self._timeline = timeline = Timeline()
        self._following = self._feed.follow(self.namespace, lambda _objects: None, record=timeline.take)
        if ready and not eventually(lambda: any(moment.ready >= ready for moment in timeline.moments()[-1:])):
            self.stop()
            raise LessonError(
                f"The watch on the pods of {self.namespace} does not show the {ready} Ready pods that are there. "
                "Look at the live view's note, then run this cell again."
            )
        timeline.clear()
