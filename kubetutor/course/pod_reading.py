"""Reading one pod of a lesson: how its containers are, how long its runs took."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubetutor.api.objects import Object


def statuses_of(pod: Object) -> dict[str, dict[str, Any]]:
    """Map the names of the pod's containers, without init containers, to their statuses."""
    return {entry["name"]: entry for entry in pod.get("status", {}).get("containerStatuses") or ()}


def restarts_of(pod: Object) -> int:
    return sum(int(entry.get("restartCount", 0)) for entry in statuses_of(pod).values())


def seconds_between(first: str, last: str) -> float:
    """Answer the seconds from one time of the API to another."""
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
