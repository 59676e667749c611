"""What a run of several lessons came to: a table to read, one line per lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.lab.run import Run

HEAD = ("LESSON", "CELLS", "SECONDS", "SLOWEST CELL", "")


def table(runs: Sequence[Run]) -> str:
    rows = [HEAD, *(_row(run) for run in runs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    failed = sum(bool(run.trouble) for run in runs)
    verdict = f"{failed} of {len(runs)} lessons failed" if failed else f"All {len(runs)} lessons ran"
    seconds = sum(run.seconds for run in runs)
    return "\n".join([*(line.rstrip() for line in lines), f"{verdict}, in {seconds:.1f} s."])


def _row(run: Run) -> tuple[str, str, str, str, str]:
    cell, seconds = run.slowest
    slowest = f"{cell} {seconds:.1f} s" if cell else ""
    verdict = f"FAILED: {run.trouble.splitlines()[0].rstrip(':')}" if run.trouble else "ok"
    return run.lesson, f"{len(run.cell_seconds)} of {run.cells}", f"{run.seconds:.1f}", slowest, verdict
