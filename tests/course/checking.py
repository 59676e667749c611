"""Checking an attempt on a cluster that may be busy."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kubetutor.exercises.result import PASSED

if TYPE_CHECKING:
    from kubetutor.exercises.result import Result
    from kubetutor.exercises.runner import Runner

LOOK = 4.0  # seconds of one check


def hinted(runner: Runner, hint: str, *, within: float = 30.0) -> Result:
    """Check until the cluster shows what is wrong, which takes a busy one some seconds. It must never pass on the way."""
    end = time.monotonic() + within
    while True:
        result = runner.check(wait=LOOK)
        assert result.verdict != PASSED, str(result)
        assert result.hint is not None
        if result.hint.slug == hint or time.monotonic() > end:
            return result
