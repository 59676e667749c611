"""The indexes of an Indexed job as its status writes them: `0,2-4,7,8`.

Models: pkg/controller/job/indexed_job_utils.go (orderedIntervals).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse_indexes(text: str | None, completions: int) -> frozenset[int]:
    """Read a text; what is no number, or no index of so many completions, is left out."""
    found: set[int] = set()
    for part in (text or "").split(","):
        first, dash, last = part.partition("-")
        if first.isdecimal() and (not dash or last.isdecimal()):
            found.update(range(int(first), min(int(last or first), completions - 1) + 1))
    return frozenset(found)


def write_indexes(indexes: Iterable[int]) -> str:
    """Write indexes in order; three or more in a row become a range."""
    runs: list[list[int]] = []
    for index in sorted(indexes):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ",".join(
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(str(index) for index in run) for run in runs
    )
