"""Checks lessons one after the other. Says what is wrong as soon as it is found, and then of each lesson, in one line, how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster import share
from kubetutor.course import catalogue
from kubetutor.lab import progress
from kubetutor.lab.check import exercises, files, links, minutes, proof, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from kubetutor.exercises.exercise import Cluster
    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.check.proof import Proof
    from kubetutor.lab.check.reading import Reading

    Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do beyond reading: prove on a cluster, all of it twice, and ask for pages of the web."""

    cluster: Cluster | None = None
    twice: bool = True
    online: bool = False


class Found:
    """Says each trouble at once, with where it is, and counts them: a proof takes minutes, and its reader need not wait."""

    def __init__(self, where: str, say: Say) -> None:
        self.where, self.count = where, 0
        self._say = say

    def __call__(self, trouble: str) -> None:
        self.count += 1
        first, *rest = trouble.splitlines()
        self._say("\n".join([f"wrong   {self.where}: {first}", *(f"            {line}" for line in rest)]))


def check(lessons: Sequence[Lesson], wanted: Wanted, say: Say) -> int:
    """Check these lessons, and the course as a whole when they are all. Answer how many troubles there are."""
    readings = [reading.read_lesson(lesson) for lesson in lessons]
    count = 0
    for place, (lesson, read) in enumerate(zip(lessons, readings, strict=True), 1):
        found = Found(catalogue.stem(lesson.slug), say)
        for trouble in (*read.troubles, *_online(read, wanted)):
            found(trouble)
        proven = _proven(lesson, wanted, f"{found.where} ({place} of {len(lessons)})", found)
        say(line_of(lesson, read, proven, troubles=found.count))
        count += found.count
    found = Found("the course", say)
    for trouble in _of_the_course(lessons):
        found(trouble)
    count += found.count
    for line in _summary(lessons, readings, wanted, count):
        say(line)
    return count


def line_of(lesson: Lesson, read: Reading, proven: Proof | None, *, troubles: int) -> str:
    measured, all_of_them = exercises.share_measured([lesson])
    parts = [
        f"{all_of_them} exercise{'s' * (all_of_them != 1)}, {measured} measured",
        f"{len(lesson.teaches)} concepts taught",
        f"{read.links} links",
        minutes.in_words(read.notebook) or "minutes not measured",
    ]
    if proven:
        parts.append(f"{proven.cases} cases proven in {proven.seconds:.0f} s")
    if troubles:
        parts.append(f"{in_words(troubles)}, above")
    return f"{'FAILED' if troubles else 'ok    '}  {catalogue.stem(lesson.slug)}: {'; '.join(parts)}"


def in_words(troubles: int) -> str:
    return f"{troubles} trouble{'s' * (troubles != 1)}"


def _proven(lesson: Lesson, wanted: Wanted, title: str, found: Found) -> Proof | None:
    if wanted.cluster is None:
        return None
    with progress.shown(title, noun="case") as show:
        return proof.prove_lesson(lesson, wanted.cluster, twice=wanted.twice, show=show, tell=found)


def _online(read: Reading, wanted: Wanted) -> list[str]:
    if not wanted.online:
        return []
    return [trouble for page in read.pages if (trouble := links.trouble_online(page))]


def _of_the_course(lessons: Sequence[Lesson]) -> list[str]:
    if not {lesson.slug for lesson in lessons}.issuperset(catalogue.slugs()):
        return []
    measured, all_of_them = exercises.share_measured(lessons)
    troubles = list(files.strays(share.folder("lessons")))
    if 2 * measured < all_of_them:
        troubles.append(
            f"{measured} of {all_of_them} exercises are judged by measured behaviour: it must be half of them at least"
        )
    return troubles


def _summary(lessons: Sequence[Lesson], readings: Sequence[Reading], wanted: Wanted, count: int) -> list[str]:
    measured, all_of_them = exercises.share_measured(lessons)
    lines = [f"{measured} of {all_of_them} exercises are judged by what was measured."]
    pages = sorted({page for read in readings for page in read.pages})
    if pages and not wanted.online:
        lines += ["Pages linked to, not asked for (--online does):", *(f"  {page}" for page in pages)]
    lines.append(f"{in_words(count)}: what to do stands beside each." if count else "All is well.")
    return lines
