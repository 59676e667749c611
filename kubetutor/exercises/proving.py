"""Proves an exercise on a live cluster: what must pass passes, and what is wrong gets the hint meant for it.

1. Untouched, it is not started.
2. The solution passes; so does every other right answer.
3. Every typical wrong answer gets the hint that it names.
4. All of it happens on one cluster, in one namespace: each case starts from what the one before has left.
5. An exercise that claims to measure has a rule that reads a measured fact.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kubetutor.errors import KubetutorError
from kubetutor.exercises.exercise import Attempt
from kubetutor.exercises.result import NOT_STARTED

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Exercise
    from kubetutor.exercises.lesson import LessonSession
    from kubetutor.exercises.result import Result
    from kubetutor.exercises.runner import Runner

LOOK = 4.0  # seconds of one check
PATIENCE = 30.0  # seconds until a busy cluster shows what is wrong


class Way(StrEnum):
    UNTOUCHED = "untouched"
    SOLUTION = "solution"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Case:
    """One way to prove an exercise."""

    exercise: Exercise
    way: Way
    attempt: Attempt

    def __str__(self) -> str:
        names = [self.exercise.slug, str(self.way)]
        return ": ".join(names if self.way is Way.UNTOUCHED else [*names, self.attempt.name])


def cases(exercise: Exercise) -> tuple[Case, ...]:
    untouched = Attempt("nothing", (), hint=exercise.untouched.hint.slug)
    return (
        Case(exercise, Way.UNTOUCHED, untouched),
        Case(exercise, Way.SOLUTION, exercise.solution),
        *(Case(exercise, Way.RIGHT, attempt) for attempt in exercise.other_right),
        *(Case(exercise, Way.WRONG, attempt) for attempt in exercise.typical_wrong),
    )


def prove(session: LessonSession, case: Case, *, patience: float = PATIENCE) -> str:
    """Try one case from the exercise's start. Answer what is wrong with the exercise, or nothing."""
    runner = session.exercise(case.exercise.slug)
    try:
        runner.start()
        runner.attempt(case.attempt)
        return _judged(runner, case, patience)
    except KubetutorError as error:
        return f"it could not be tried: {error}"
    finally:
        runner.stop()


def _judged(runner: Runner, case: Case, patience: float) -> str:
    if case.way in {Way.UNTOUCHED, Way.WRONG}:
        return _trouble_of_wrong(case, hinted(runner, case.attempt.hint, within=patience))
    result = runner.check()
    if not result.passed:
        return f"it is right and does not pass:\n{result}"
    return _trouble_of_measures(runner) if case.way is Way.SOLUTION else ""


def _trouble_of_wrong(case: Case, result: Result) -> str:
    wanted = case.attempt.hint
    if result.passed:
        return f"it is wrong and passes:\n{result}"
    got = result.hint.slug if result.hint else "none"
    if got != wanted:
        return f"it gets the hint {got!r}, and {wanted!r} is meant for it:\n{result}"
    if case.way is Way.UNTOUCHED and result.verdict is not NOT_STARTED:
        return f"nothing was done, and the verdict is not {NOT_STARTED}:\n{result}"
    return ""


def hinted(runner: Runner, hint: str, *, within: float = PATIENCE) -> Result:
    """Check until the cluster shows what is wrong, which takes a busy one some seconds. Stop at once when it passes."""
    end = time.monotonic() + within
    while True:
        result = runner.check(wait=LOOK)
        if result.passed or (result.hint and result.hint.slug == hint) or time.monotonic() > end:
            return result


def _trouble_of_measures(runner: Runner) -> str:
    """Say whether the rules read what the exercise claims to measure."""
    exercise = runner.exercise
    recorder = Recorder(exercise.observe(runner.evidence()))
    for rule in (exercise.untouched, *exercise.rules):
        rule.holds(recorder)
    if exercise.measured and not recorder.names_read & set(exercise.measured):
        read = ", ".join(sorted(recorder.names_read)) or "nothing"
        return (
            f"no rule reads a measured fact ({', '.join(exercise.measured)}); what the rules read is {read}"
        )
    return ""


class Recorder:
    """Facts that write down which of them are read."""

    def __init__(self, facts: Any) -> None:
        self._facts = facts
        self.names_read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._facts, name)
        self.names_read.add(name)
        return value
