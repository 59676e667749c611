"""How large an emptyDir may become: a pod that writes more into one is evicted.

Looked at again and again, but only on behalf of pods that have such a limit, and in a thread: counting takes a while.

Unlike upstream: `medium: Memory` is a folder as any other, so that one over its limit is evicted, too.
Models: pkg/kubelet/eviction/eviction_manager.go (emptyDirLimitEviction).
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from kubetutor.api.quantities import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.embedded.clock import Clock

EXCEEDED = 'Usage of EmptyDir volume "{volume}" exceeds the limit "{limit}". '
BLOCK = 512  # bytes: the unit of st_blocks


def size_limits(spec: Object) -> dict[str, str]:
    """Map the volumes of a pod that have a limit to it."""
    limits = {
        volume["name"]: (volume.get("emptyDir") or {}).get("sizeLimit")
        for volume in spec.get("volumes") or ()
    }
    return {volume: limit for volume, limit in limits.items() if limit and parse(limit) > 0}


def first_exceeded(limits: Mapping[str, str], places: Mapping[str, Path]) -> str | None:
    """Say in upstream's words which volume is too large, if one is."""
    for volume, limit in limits.items():
        if volume in places and _used(places[volume]) > parse(limit):
            return EXCEEDED.format(volume=volume, limit=limit)
    return None


async def until_exceeded(
    limits: Mapping[str, str], places: Mapping[str, Path], clock: Clock, period: float
) -> str:
    """Return what to say once a volume is too large; look every so many seconds."""
    while (message := await asyncio.to_thread(first_exceeded, limits, places)) is None:
        await clock.sleep(period)
    return message


def _used(folder: Path) -> int:
    """Answer the bytes on the disk of all that is in a folder. What goes meanwhile does not count."""
    used = 0
    for above, folders, files in os.walk(folder):
        for name in (*folders, *files):
            try:
                used += os.lstat(f"{above}/{name}").st_blocks * BLOCK
            except FileNotFoundError:
                continue  # it was removed while we looked
    return used
