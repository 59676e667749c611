"""Makes a report of what is kept in the learner's progress file."""

from __future__ import annotations

import calendar
import time
from typing import TYPE_CHECKING, Any

from kubetutor.exercises import progress
from kubetutor.exercises.report.report import (
    MOST_EXERCISES,
    MOST_HINTS,
    MOST_SECONDS,
    PASSED,
    SLUG,
    TRYING,
    Exercise,
    Report,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubetutor.exercises.report.membership import Membership


def report_of(kept: Mapping[str, Any], member: Membership, now: float) -> Report:
    """Make the report. `kept`: the entries of all lessons, by lesson and group; `now`: seconds since 1970, as all times."""
    begun = [
        exercise
        for lesson, groups in kept.items()
        if SLUG.fullmatch(lesson) and isinstance(groups, dict)
        for exercise in _begun(lesson, groups, now)
    ]
    newest = sorted(begun, key=lambda each: each.changed)[:MOST_EXERCISES]
    return Report(member.name, tuple(newest), _ago(member.hand, now) if member.hand else None)


def _begun(lesson: str, groups: Mapping[str, Any], now: float) -> list[Exercise]:
    """Answer the exercises of one lesson that have an entry of any kind."""
    groups = {name: group for name in progress.OF_AN_EXERCISE if isinstance(group := groups.get(name), dict)}
    slugs = sorted({slug for group in groups.values() for slug in group if SLUG.fullmatch(slug)})
    return [
        _exercise(lesson, slug, {name: group.get(slug) for name, group in groups.items()}, now)
        for slug in slugs
    ]


def _exercise(lesson: str, slug: str, entries: Mapping[str, Any], now: float) -> Exercise:
    """Read one exercise. Who passed before times of starts were kept began when the first try or pass was."""
    passed, tried = entries.get(progress.PASSED), entries.get(progress.TRIED)
    began = entries.get(progress.STARTED) or tried or passed
    changed = passed or entries.get(progress.CHANGED) or began
    hints = entries.get(progress.HINTS)
    shown = sum(hints.values()) if isinstance(hints, dict) else 0
    return Exercise(
        lesson, slug, PASSED if passed else TRYING,
        began=max(_ago(began, now), _ago(changed, now)),
        changed=_ago(changed, now), hints=min(shown, MOST_HINTS),
    )  # fmt: skip


def _ago(moment: Any, now: float) -> int:
    """Answer how many seconds ago that was; 0 for what is no time, or lies ahead."""
    try:
        then = calendar.timegm(time.strptime(str(moment), progress.TIME))
    except ValueError:
        return 0
    return min(max(0, int(now - then)), MOST_SECONDS)
