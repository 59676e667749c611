"""What people say about time: named moments, what they expected after one, and what was measured. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.errors import LessonError
from kubetutor.widgets.time_axis.lanes import MOMENTS, REPLICAS, Entry, Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kubetutor.widgets.time_axis.lanes import Line


def marked(label: str, at: float) -> Moment:
    return Moment("mark", label, at)


def laid_out(kind: str, label: str, seconds: float, mark: Moment) -> Moment:
    """Answer what was expected or measured `seconds` after a mark."""
    return Moment(kind, label, mark.at, seconds, mark.label)


def find_mark(moments: Sequence[Moment], after: str | None) -> Moment:
    """Answer the newest mark of this name, or the newest of all. Raises LessonError if there is none."""
    marks = [moment for moment in moments if moment.kind == "mark"]
    found = [mark for mark in marks if after in {None, mark.label}]
    if found:
        return found[-1]
    known = ", ".join(repr(mark.label) for mark in marks)
    asked = "No moment has a name yet." if after is None else f"No moment is named {after!r}."
    raise LessonError(f"{asked} Name one with view.mark(...). Named so far: {known or 'none'}.")


def ready_again(lines: Iterable[Line], since: float) -> float | None:
    """Answer when every workload first had as many ready as wanted, after one had not. None: not yet."""
    workloads: dict[str, dict[str, Line]] = {}
    for line in lines:
        if line.lane == REPLICAS:
            workloads.setdefault(line.subject, {})[line.what] = line
    pairs = [lines_of for lines_of in workloads.values() if {"wanted", "ready"} <= lines_of.keys()]
    times = sorted({at for pair in pairs for line in pair.values() for at, _ in line.points if at > since})
    was_short = any(_is_short(pair, since) for pair in pairs)
    for at in times:
        short = any(_is_short(pair, at) for pair in pairs)
        if was_short and not short:
            return at
        was_short = was_short or short
    return None


def entry_of(moment: Moment) -> Entry:
    return Entry(
        moment.at, MOMENTS, moment.label, moment.kind, moment.seconds, moment.after, sentence_of(moment)
    )


def sentence_of(moment: Moment) -> str:
    if moment.seconds is None:
        return f"Moment: {moment.label}"
    word = "expected" if moment.kind == "expected" else "measured"
    return f"{moment.label}: {word} {moment.seconds:.1f} s after “{moment.after}”"


def comparisons(moments: Sequence[Moment]) -> list[str]:
    """Say for each mark how far what was expected is from what was measured. Nothing is graded."""
    measured = {moment.after: moment for moment in moments if moment.kind == "measured"}
    return [
        f"After “{expected.after}”: {expected.label} {expected.seconds:.1f} s, "
        f"{measured[expected.after].label} {measured[expected.after].seconds:.1f} s"
        f"{_difference(measured[expected.after].seconds, expected.seconds)}"
        for expected in moments
        if expected.kind == "expected" and expected.after in measured
    ]


def _difference(measured: float | None, expected: float | None) -> str:
    difference = round((measured or 0.0) - (expected or 0.0), 1)
    if difference == 0:
        return ": just as expected"
    return f": {abs(difference):.1f} s {'later' if difference > 0 else 'sooner'} than expected"


def _is_short(pair: Mapping[str, Line], at: float) -> bool:
    wanted, ready = pair["wanted"].value_at(at), pair["ready"].value_at(at)
    return wanted is not None and wanted != ready
