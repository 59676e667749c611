"""A lesson as data, and a lesson that is being taken.

The notebook holds a `LessonSession` and calls it in one-line cells: prepare, view, predict, ask, exercise, clean up.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubetutor.api import kubeconfig
from kubetutor.cluster import share
from kubetutor.cluster.load.pod import Load
from kubetutor.errors import LessonError
from kubetutor.exercises.counting import Counting
from kubetutor.exercises.exercise import Exercise, Note
from kubetutor.exercises.namespace import RULES, SWEPT, GivenNamespace, OwnNamespace, manifests_in
from kubetutor.exercises.own_kubeconfig import lesson_kubeconfig, notebook_kubeconfig
from kubetutor.exercises.predict import Prediction, Question
from kubetutor.exercises.progress import Progress, Standing
from kubetutor.exercises.runner import Runner
from kubetutor.exercises.shares import Shares, measure_shares
from kubetutor.exercises.timeline import Timeline, count_ready, fewest_ready, recovery, restored
from kubetutor.exercises.traffic import Answers, ask_once
from kubetutor.exercises.waiting import eventually
from kubetutor.widgets.cluster_map.view import ClusterMap
from kubetutor.widgets.live.feed import Feed, kernel_feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kubetutor.exercises.exercise import Cluster
    from kubetutor.exercises.namespace import LessonNamespace
    from kubetutor.exercises.predict import Comparison
    from kubetutor.exercises.timeline import Moment
    from kubetutor.widgets.live.feed import Following
    from kubetutor.widgets.time_axis.view import TimeAxis

SETTLE_SECONDS = 3.0  # for the watch to show what kubectl has just said


@dataclass(frozen=True)
class Lesson:
    """One lesson. `needs` says in words what the cluster must be able to do; `teaches` names concepts of `course/concepts.py`.

    How long it takes is not said here: a run measures it, and writes it into the notebook. `clean_up` removes what the
    lesson made beside its namespace, and answers in words what that was.
    A lesson of one's own may say `after` which lessons it comes: what those and the ones before them teach counts as known.
    """

    slug: str
    title: str
    needs: tuple[str, ...]
    namespace: str
    manifests: str
    questions: tuple[Question, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    teaches: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # more namespaces of the lesson's own, with quotas, limits and roles
    clean_up: Callable[[Cluster], str] | None = None
    changes_nodes: bool = False  # which all who use the cluster share
    after: tuple[str, ...] = ()
    folder: Path | None = (
        None  # where its files are, which who opens it knows; None: among those that came with kubetutor
    )

    @property
    def files(self) -> Path:
        """Answer the folder that holds its notebook and its manifests."""
        return self.folder or share.folder("lessons")

    @property
    def more_than_a_namespace(self) -> str:
        """Say what the lesson does that nobody may who was given one namespace; empty: nothing."""
        if self.also:
            return f"makes the namespaces {', '.join(self.also)}, and you were given one only"
        return "changes nodes, and you were given one namespace only" if self.changes_nodes else ""

    def exercise(self, slug: str) -> Exercise:
        found: Exercise = _named(self.exercises, slug, "exercise")
        return found


class LessonSession:
    """A lesson on a cluster."""

    def __init__(
        self, lesson: Lesson, cluster: Cluster, *,
        feed: Feed | None = None, progress: Progress | None = None, course_line: Callable[[], str] | None = None,
    ) -> None:  # fmt: skip
        self.lesson, self.cluster = lesson, cluster
        self._place = place_for(lesson, cluster)
        self._others = tuple(OwnNamespace(name, cluster, swept=f"{SWEPT},{RULES}") for name in lesson.also)
        self.namespace = self._place.name
        self.progress = progress or Progress(lesson.slug)
        self._feed = feed or kernel_feed()
        self._timeline = Timeline()
        self._measured_from = time.monotonic()
        self._following: Following | None = None
        self._course_line = course_line
        self._runners: dict[str, Runner] = {}
        self.found: dict[str, Any] = {}  # what the lesson's own experiments found, for its questions

    def prepare(self) -> Note:
        """Make the lesson's namespace, or empty it: the lesson can be repeated from here at any time.

        From then on `kubectl` means this namespace when none is named.
        """
        self._stop_measuring()
        if self.cluster.workspace.namespace and (needs := self.lesson.more_than_a_namespace):
            raise LessonError(
                f"This lesson {needs}. Take it on a "
                "cluster of your own: `kubetutor up --backend embedded`, then restart the kernel."
            )
        done = self._place.prepare()
        told = [(f"Namespace {other.name}", other.prepare()) for other in self._others]
        self.let_kubectl_mean(self.namespace)
        self._timeline = Timeline()
        self._following = self._feed.follow(self.namespace, lambda _objects: None, record=self._timeline.take)
        facts = [("Namespace", f"{self.namespace}, {done}"), *told]
        if self.lesson.changes_nodes and self.lesson.clean_up is not None:
            facts.append(("Also", self.lesson.clean_up(self.cluster)))
        if self.progress.trouble:
            facts.append(("Note", self.progress.trouble))
        return Note(self.lesson.title, tuple(facts))

    @cached_property
    def view(self) -> ClusterMap:
        """The live view of the lesson's namespace."""
        return ClusterMap(self.namespace, feed=self._feed)

    def predict(self, slug: str) -> Prediction:
        question = _named(self.lesson.questions, slug, "question")
        return Prediction(question, self.progress)

    def compare(self, slug: str, *, on: TimeAxis | None = None) -> Comparison:
        """Measure now, and lay it beside what was predicted; draw a number of seconds on a time axis, from its newest mark."""
        prediction = self.predict(slug)
        comparison = prediction.compare(prediction.question.measure(self))
        if on is not None:
            comparison.draw_on(on)
        return comparison

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig for this lesson to write."""
        return lesson_kubeconfig(self.cluster)

    def until_ready(self, pods: int, *, timeout: float = 60.0) -> Note:
        """Wait until so many pods of the lesson's namespace are Ready."""
        began = time.monotonic()

        is_so = eventually(lambda: self._count_ready() >= pods, seconds=timeout)
        seen = f"{self._count_ready()} Ready after {time.monotonic() - began:.1f} s"
        return Note("Pods", (("Seen", seen if is_so else f"{seen}; {pods} were expected. Look at them."),))

    def ask(self, service: str, times: int = 20) -> Answers:
        """Send requests through a service, or to an address `http://...`, one after the other, and answer who replied."""
        url = service if service.startswith("http://") else self.cluster.url(service, self.namespace)
        return Answers(url, tuple(ask_once(url) for _ in range(times)))

    def shares(self, service: str, requests: int = 300) -> Shares:
        """Have a pod inside the cluster ask a service so many times at least; answer how many each pod got."""
        shares = measure_shares(self.cluster.api, self.namespace, service, requests)
        self.found["shares"] = shares
        return shares

    @cached_property
    def requests(self) -> Counting:
        """Requests to a service, counted from `requests.start(service)` on."""
        return Counting(Load(self.cluster.api, self.namespace))

    def seconds_to_recover(self) -> float | None:
        """Answer how long it took, the last time fewer pods were Ready, until as many were Ready again."""
        eventually(lambda: recovery(self._timeline.moments()) is not None, seconds=SETTLE_SECONDS)
        return recovery(self._timeline.moments())

    def moments(self) -> list[Moment]:
        """Answer how many pods were Ready at each moment since `prepare`."""
        return self._timeline.moments()

    def measure_from_here(self) -> None:
        """Forget what was counted: the next `fewest_ready` and `seconds_until_restored` begin at this moment."""
        eventually(lambda: self._shown_ready() == self._count_ready(), seconds=SETTLE_SECONDS)
        self._timeline.clear()
        self._measured_from = time.monotonic()

    def fewest_ready(self) -> int:
        """Answer how few pods were Ready at any moment since `measure_from_here`."""
        return fewest_ready(self._timeline.moments())

    def seconds_until_restored(self, *, within: float) -> float | None:
        """Answer the seconds from `measure_from_here` until as many pods were Ready again; wait for it so long at most."""
        eventually(lambda: restored(self._timeline.moments()) is not None, seconds=within)
        back = restored(self._timeline.moments())
        return None if back is None else back.time - self._measured_from

    def exercise(self, slug: str) -> Runner:
        self.requests.stop()  # a namespace has one load pod
        if slug not in self._runners:
            exercise = self.lesson.exercise(slug)
            self._runners[slug] = runner = Runner(
                exercise, self.cluster, namespace=self.namespace, feed=self._feed, progress=self.progress
            )
            runner.files = self.lesson.files
            runner.how_far, runner.say = self.how_far, print
        return self._runners[slug]

    def how_far(self) -> str:
        """Say in one line how many exercises are passed, of this lesson and of the course."""
        standings = [self.progress.standing(exercise.slug) for exercise in self.lesson.exercises]
        line = f"{standings.count(Standing.PASSED)} of {len(standings)} passed in this lesson"
        if self._course_line is not None:
            line = f"{line}; in the course {self._course_line()}"
        return f"{line}. {self.progress.trouble}".rstrip() if self.progress.trouble else line

    def reset(self, exercise: str = "") -> Note:
        """Forget that an exercise was tried or passed; without a name all of this lesson, with its predictions.

        The cluster stays as it is: `prepare()` empties the namespace, and an exercise's `start()` sets its scene anew.
        """
        for slug in [exercise] if exercise else [each.slug for each in self.lesson.exercises]:
            self.exercise(slug).reset()
        if not exercise:
            self.progress.reset()
        forgotten = f"the exercise {exercise}" if exercise else "all of this lesson, with its predictions"
        return Note("Forgotten", (("What", forgotten), ("Progress", self.how_far())))

    def clean_up(self) -> Note:
        """Remove what the lesson made, and stop measuring."""
        self._stop_measuring()
        done = self._place.clean_up()
        told = [(f"Namespace {other.name}", other.clean_up()) for other in self._others]
        self.let_kubectl_mean(self.cluster.workspace.namespace or "default")
        facts = [("Namespace", f"{self.namespace}, {done}"), *told]
        if self.lesson.clean_up is not None:
            facts.append(("Also", self.lesson.clean_up(self.cluster)))
        return Note("Cleaned up", tuple(facts))

    def let_kubectl_mean(self, namespace: str) -> str:
        """Set the namespace that `kubectl` means, in this notebook and in terminals. Answer the notebook's KUBECONFIG."""
        beneath = self.cluster.kubeconfig
        own = notebook_kubeconfig(self.cluster, self.lesson.slug)
        kubeconfig.write_overlay(own, beneath, namespace)
        kubeconfig.set_namespace(beneath, namespace)
        return f"{own}{os.pathsep}{beneath}"

    def _count_ready(self) -> int:
        """Ask the cluster how many pods are Ready now."""
        return count_ready(self.cluster.api.list("pods", namespace=self.namespace))[0]

    def _shown_ready(self) -> int | None:
        """Answer how many the watch has shown to be Ready; None before it shows anything."""
        newest = self._timeline.moments()[-1:]
        return newest[0].ready if newest else None

    def _stop_measuring(self) -> None:
        self.requests.stop()
        for runner in self._runners.values():
            runner.stop()
        if self._following is not None:
            self._following.close()
            self._following = None


def place_for(lesson: Lesson, cluster: Cluster) -> LessonNamespace:
    """Choose where the lesson works on this cluster."""
    given = cluster.workspace.namespace
    if given:
        return GivenNamespace(given, cluster, manifests_in(lesson.files / lesson.manifests))
    swept = f"{SWEPT},{RULES}" if lesson.also else SWEPT
    return OwnNamespace(lesson.namespace, cluster, swept=swept)


def _named(things: tuple[Any, ...], slug: str, noun: str) -> Any:
    found = next((thing for thing in things if thing.slug == slug), None)
    if found is None:
        known = ", ".join(thing.slug for thing in things)
        raise LessonError(f"This lesson has no {noun} called {slug!r}. It has: {known}.")
    return found
