"""Nothing is used before it is taught: in this lesson, in its order, or in an earlier one.

Before a lesson of one's own come those that it names in `after`, with all that is before them; without any, the whole course.
A kind or a subcommand that the glossary of the course has no word for is no trouble there: nobody can teach it.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kubetutor.course import catalogue, concepts, own
from kubetutor.errors import LessonError
from kubetutor.lab.check import uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.check.notebook import Notebook

AHEAD = {"Where to go next"}  # sections that may name what comes later


def troubles(lesson: Lesson, notebook: Notebook, manifests: Mapping[str, str]) -> Iterator[str]:
    """Answer what is used before it is taught. `manifests` maps names of the lesson's files to their texts."""
    try:
        known = known_before(lesson)
    except LessonError as error:
        yield f"it says that it comes after {', '.join(lesson.after)}: {error}"
        return
    named = sections_that_name(notebook, lesson.teaches)
    for slug in lesson.teaches:
        if slug not in concepts.by_slug():
            near = ", ".join(get_close_matches(slug, concepts.by_slug())) or "none"
            yield f"teaches {slug!r}, which is no concept of course/concepts.py. Called nearly so: {near}"
        elif slug not in named:
            words = ", ".join(concepts.by_slug()[slug].words)
            yield f"teaches {slug!r}, but its prose has none of the words: {words}"
    for (slug, place), section in first_uses(lesson, notebook, manifests).items():
        if slug not in known and (trouble := _trouble_of_use(slug, place, section, lesson, named)):
            yield trouble


def _trouble_of_use(slug: str, place: str, section: int, lesson: Lesson, named: Mapping[str, int]) -> str:
    is_own = lesson.folder is not None
    if slug not in concepts.by_slug():
        words = f"{place} uses `{slug}`, which no concept of course/concepts.py covers: add one"
        return "" if is_own else words
    if slug not in lesson.teaches:
        way_out = ", or say in `after` which lesson teaches it" if is_own else ""
        return (
            f"{place} uses {slug!r}, which no lesson before has taught: explain it here and name it in `teaches`, "
            f"or do without{way_out}"
        )
    is_early = section < named.get(slug, 0)
    return f"{place} uses {slug!r} in a section before the one that explains it" if is_early else ""


def known_before(lesson: Lesson) -> set[str]:
    """Answer what earlier lessons have taught. One that is not written yet is taken to teach what it is planned to."""
    if lesson.folder is not None:
        return _known_before_own(lesson, lesson.folder)
    earlier = catalogue.ORDER[: catalogue.number(lesson.slug)]
    written = catalogue.slugs()
    known = {concept.slug for concept in concepts.CONCEPTS if concept.lesson in set(earlier) - set(written)}
    for slug in earlier:
        if slug in written:
            known.update(catalogue.find(slug).teaches)
    return known


def _known_before_own(lesson: Lesson, folder: Path) -> set[str]:
    """Go back through `after`, in the course and in the lesson's own folder. Whoever names nobody builds on the whole course."""
    known: set[str] = set()
    to_see, seen = [lesson], {lesson.slug}
    while to_see:
        each = to_see.pop()
        if each is not lesson:
            known.update(each.teaches)
        if each.folder is None:
            known |= known_before(each)
        elif not each.after:
            return set(concepts.by_slug())
        else:
            earlier = [slug for slug in each.after if slug not in seen]
            seen.update(earlier)
            to_see += [
                own.load(slug, folder) if own.module_path(slug, folder) else catalogue.find(slug)
                for slug in earlier
            ]
    return known


def sections_that_name(notebook: Notebook, slugs: tuple[str, ...]) -> dict[str, int]:
    """Map each concept to the first section whose prose has one of its words."""
    found = {}
    for slug in slugs:
        concept = concepts.by_slug().get(slug)
        if concept is None:
            continue
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, concept.words))})(e?s)?\b", re.IGNORECASE)
        for cell in notebook.prose:
            if pattern.search(cell.source):
                found[slug] = cell.section
                break
    return found


def first_uses(
    lesson: Lesson, notebook: Notebook, manifests: Mapping[str, str]
) -> dict[tuple[str, str], int]:
    """Map each concept, with the first place that uses it, to that place's section."""
    found: dict[str, tuple[str, int]] = {}
    for cell in notebook.cells:
        if notebook.titles[cell.section] in AHEAD:
            continue
        used = uses.in_code(cell.source) if cell.is_code else uses.in_prose(cell.source)
        for slug in used:
            found.setdefault(slug, (f"cell {cell.id}", cell.section))
        for name, text in manifests.items():
            if name in cell.source:
                for slug in uses.in_manifest(text):
                    found.setdefault(slug, (name, cell.section))
    for exercise in lesson.exercises:
        for command in exercise.solution.commands:
            for slug in uses.in_command(command):
                found.setdefault(slug, (f"the solution of {exercise.slug}", len(notebook.titles)))
    return {(slug, place): section for slug, (place, section) in found.items()}
