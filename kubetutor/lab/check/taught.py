"""Nothing is used before it is taught: in this lesson, in its order, or in an earlier one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubetutor.course import catalogue, concepts
from kubetutor.lab.check import uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.check.notebook import Notebook

AHEAD = {"Where to go next"}  # sections that may name what comes later


def troubles(lesson: Lesson, notebook: Notebook, manifests: Mapping[str, str]) -> Iterator[str]:
    """Answer what is used before it is taught. `manifests` maps names of the lesson's files to their texts."""
    known = known_before(lesson)
    named = sections_that_name(notebook, lesson.teaches)
    for slug in lesson.teaches:
        if slug not in concepts.by_slug():
            yield f"teaches {slug!r}, which is no concept of course/concepts.py"
        elif slug not in named:
            words = ", ".join(concepts.by_slug()[slug].words)
            yield f"teaches {slug!r}, but its prose has none of the words: {words}"
    for (slug, place), section in first_uses(lesson, notebook, manifests).items():
        if slug in known:
            continue
        if slug not in concepts.by_slug():
            yield f"{place} uses `{slug}`, which no concept of course/concepts.py covers: add one"
        elif slug not in lesson.teaches:
            yield (
                f"{place} uses {slug!r}, which no lesson before has taught: explain it here and name it in `teaches`, "
                "or do without"
            )
        elif section < named.get(slug, 0):
            yield f"{place} uses {slug!r} in a section before the one that explains it"


def known_before(lesson: Lesson) -> set[str]:
    """Answer what earlier lessons have taught. One that is not written yet is taken to teach what it is planned to."""
    earlier = catalogue.ORDER[: catalogue.number(lesson.slug)]
    written = catalogue.slugs()
    known = {concept.slug for concept in concepts.CONCEPTS if concept.lesson in set(earlier) - set(written)}
    for slug in earlier:
        if slug in written:
            known.update(catalogue.find(slug).teaches)
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
