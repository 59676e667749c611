"""What an exercise expects, as a list of rules: the first that does not hold is what the learner hears about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.exercises.hints import Hint

Facts = TypeVar("Facts")


@dataclass(frozen=True)  # no slots: Python 3.11 cannot combine them with a generic class
class Rule(Generic[Facts]):
    """One thing that must hold. Where `may_mend` says that waiting can help, the check looks again."""

    expected: str
    holds: Callable[[Facts], bool]
    seen: Callable[[Facts], str]
    look_at: str
    hint: Hint
    may_mend: Callable[[Facts], bool] = lambda _facts: False


@dataclass(frozen=True, slots=True)
class Judgement:
    """A result, and whether it is worth while to look again."""

    result: Result
    may_mend: bool = False


def judge(
    rules: Sequence[Rule[Facts]], facts: Facts, *, untouched: Rule[Facts], passed: Callable[[Facts], str]
) -> Judgement:
    """Answer the verdict on these facts. `untouched` holds once the learner has done something."""
    if not untouched.holds(facts):
        return Judgement(_failed(NOT_STARTED, untouched, facts))
    for rule in rules:
        if not rule.holds(facts):
            return Judgement(_failed(NOT_YET, rule, facts), may_mend=rule.may_mend(facts))
    return Judgement(Result(PASSED, " ".join(rule.expected for rule in rules), passed(facts)))


def _failed(verdict: Verdict, rule: Rule[Facts], facts: Facts) -> Result:
    return Result(verdict, rule.expected, rule.seen(facts), rule.look_at, rule.hint)
