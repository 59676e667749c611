"""What can be said of a lesson's exercises without a cluster: their hints above all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubetutor.exercises.exercise import Exercise
    from kubetutor.exercises.hints import Hint
    from kubetutor.exercises.lesson import Lesson

MOST = 3
COMMAND = re.compile(r"kubectl \w|(?<!\w)--\w|(?<!\w)-[a-z] \w")


def troubles(lesson: Lesson) -> Iterator[str]:
    if len(lesson.exercises) > MOST:
        yield f"has {len(lesson.exercises)} exercises: {MOST} at most"
    if not lesson.questions:
        yield "has no prediction: add a Question"
    for exercise in lesson.exercises:
        for trouble in troubles_of(exercise):
            yield f"exercise {exercise.slug}: {trouble}"


def troubles_of(exercise: Exercise) -> Iterator[str]:
    rules = (exercise.untouched, *exercise.rules)
    yield from _unreachable(exercise, [rule.hint.slug for rule in rules])
    for rule in rules:
        yield from _of_texts(rule.hint, _commands(exercise))
        if not (rule.expected and rule.look_at):
            yield f"the rule of the hint {rule.hint.slug!r} does not say what it expects or where to look"


def _unreachable(exercise: Exercise, slugs: list[str]) -> Iterator[str]:
    """Answer the hints that no wrong answer gets, and those that are wanted and do not exist. Untouched gets its own."""
    reached = {exercise.untouched.hint.slug, *(attempt.hint for attempt in exercise.typical_wrong)}
    for slug in dict.fromkeys(slugs):
        if slugs.count(slug) > 1:
            yield f"{slugs.count(slug)} rules have a hint called {slug!r}"
        if slug not in reached:
            yield f"the hint {slug!r} is unreachable: no typical wrong answer gets it"
    for attempt in exercise.typical_wrong:
        if attempt.hint not in slugs:
            yield f"the wrong answer {attempt.name!r} wants the hint {attempt.hint!r}, which no rule has"


def _of_texts(hint: Hint, commands: list[str]) -> Iterator[str]:
    if not all(text.strip() for text in hint.texts):
        yield f"the hint {hint.slug!r} has an empty step"
    for text in hint.texts:
        if COMMAND.search(text) or any(command in text for command in commands):
            yield f"the hint {hint.slug!r} holds a command: {text}"


def is_measured(exercise: Exercise) -> bool:
    return bool(exercise.measured)


def share_measured(lessons: Sequence[Lesson]) -> tuple[int, int]:
    """Count the exercises that are judged by measured behaviour, and all."""
    exercises = [exercise for lesson in lessons for exercise in lesson.exercises]
    return sum(map(is_measured, exercises)), len(exercises)


def _commands(exercise: Exercise) -> list[str]:
    return [" ".join(command) for command in exercise.solution.commands]
