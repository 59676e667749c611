"""How soon a daemon's pod that failed is deleted, so that another comes: later each time on the same node.

Models: k8s.io/client-go/util/flowcontrol (Backoff), as pkg/controller/daemon uses it.
"""

from __future__ import annotations

FIRST, LONGEST = 1.0, 900.0  # seconds, the same as upstream's


class FailedPods:
    """Remembers, for each key, how long the last wait was and when it began."""

    def __init__(self) -> None:
        self._waits: dict[str, tuple[float, float]] = {}

    def seconds_left(self, key: str, now: float) -> float:
        """Answer how long to wait yet; 0 lets the pod go and begins the next wait."""
        wait, since = self._waits.get(key, (0.0, now))
        if now - since < wait:
            return wait - (now - since)
        fresh = not wait or now - since > 2 * LONGEST
        self._waits[key] = (FIRST if fresh else min(wait * 2, LONGEST), now)
        return 0.0
