"""The memory limit of a container: what it uses is measured, and a process over its limit is killed.

Unlike upstream: the kernel does not enforce it (that takes a control group, and root to make one); it is looked
at once a second, so a process that grows very fast gets over its limit before it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

from kubetutor.api.quantities import parse

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.clock import Clock

PERIOD = 1.0


def limit_of(container: Object) -> int | None:
    """Answer the memory limit in bytes, if there is one."""
    limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
    return None if limit is None else int(parse(limit))


def used_by(pid: int) -> int:
    """Answer the bytes that a process and its descendants have for themselves."""
    used = 0
    try:
        process = psutil.Process(pid)
        for member in (process, *process.children(recursive=True)):
            used += member.memory_full_info().uss
    except psutil.Error:
        return used  # it ended while we looked
    return used


async def until_over(limit: int, pid: int, clock: Clock) -> None:
    """Return once the process uses more than its limit."""
    while used_by(pid) <= limit:
        await clock.sleep(PERIOD)
