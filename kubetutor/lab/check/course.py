"""Checks lessons one after the other and says of each, in one line, how it is; below it, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster import share
from kubetutor.course import catalogue
from kubetutor.lab import progress
from kubetutor.lab.check import exercises, files, links, minutes, proof, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
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


def check(lessons: Sequence[Lesson], wanted: Wanted, say: Say) -> int:
    """Check these lessons, and the course as a whole when they are all. Answer how many troubles there are."""
    folder = share.folder("lessons")
    readings = [reading.read_lesson(lesson, folder) for lesson in lessons]
    count = 0
    for place, (lesson, read) in enumerate(zip(lessons, readings, strict=True), 1):
        proven = _proven(lesson, wanted, f"{catalogue.stem(lesson.slug)} ({place} of {len(lessons)})")
        troubles = [*read.troubles, *_online(read, wanted), *(proven.troubles if proven else ())]
        say(line_of(lesson, read, proven, is_well=not troubles))
        for trouble in troubles:
            say(_indented(trouble))
        count += len(troubles)
    for trouble in _of_the_course(lessons, folder):
        say(f"FAILED  the course\n{_indented(trouble)}")
        count += 1
    for line in _summary(lessons, readings, wanted, count):
        say(line)
    return count


def line_of(lesson: Lesson, read: Reading, proven: Proof | None, *, is_well: bool) -> str:
    measured, all_of_them = exercises.share_measured([lesson])
    parts = [
        f"{all_of_them} exercise{'s' * (all_of_them != 1)}, {measured} measured",
        f"{len(lesson.teaches)} concepts taught",
        f"{read.links} links",
        minutes.in_words(read.notebook) or "minutes not measured",
    ]
    if proven:
        parts.append(f"{proven.cases} cases proven in {proven.seconds:.0f} s")
    return f"{'ok    ' if is_well else 'FAILED'}  {catalogue.stem(lesson.slug)}: {'; '.join(parts)}"


def _proven(lesson: Lesson, wanted: Wanted, title: str) -> Proof | None:
    if wanted.cluster is None:
        return None
    with progress.shown(title, noun="case") as show:
        return proof.prove_lesson(lesson, wanted.cluster, twice=wanted.twice, show=show)


def _online(read: Reading, wanted: Wanted) -> list[str]:
    if not wanted.online:
        return []
    return [trouble for page in read.pages if (trouble := links.trouble_online(page))]


def _of_the_course(lessons: Sequence[Lesson], folder: Path) -> list[str]:
    if len(lessons) < len(catalogue.slugs()):
        return []
    measured, all_of_them = exercises.share_measured(lessons)
    troubles = list(files.strays(folder))
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
    lines.append(
        f"{count} trouble{'s' * (count != 1)}: what to do stands beside each." if count else "All is well."
    )
    return lines


def _indented(trouble: str) -> str:
    first, *rest = trouble.splitlines()
    return "\n".join([f"        - {first}", *(f"          {line}" for line in rest)])
