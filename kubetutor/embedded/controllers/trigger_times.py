"""When what an endpoint shows began to change: how long a change took to arrive can be told from it.

1. A pod's time is when it became Ready, or ceased to be; a service's is its creation.
2. Of the times that are new since the last look, the earliest counts; if none is new, there is none.

Models: staging/src/k8s.io/endpointslice/util/trigger_time_tracker.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import condition, key_of, uid_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"


class TriggerTimes:
    """Remembers, for each service, the times that it has seen."""

    def __init__(self) -> None:
        self._seen_by_service: dict[str, dict[str, str]] = {}

    def take(self, service: Object, pods: Iterable[Object]) -> str | None:
        """Answer the earliest new time, and remember all."""
        now = {uid_of(service): str(service["metadata"]["creationTimestamp"])}
        now |= {uid_of(pod): time for pod in pods if (time := _ready_since(pod))}
        seen = self._seen_by_service.get(key_of(service), {})
        self._seen_by_service[key_of(service)] = now
        return min((time for uid, time in now.items() if time > seen.get(uid, "")), default=None)

    def forget(self, key: str) -> None:
        self._seen_by_service.pop(key, None)


def annotated(obj: Object, time: str | None) -> Object:
    """Answer the object with this time in its annotations; without one, if there is none."""
    metadata = dict(obj["metadata"])
    annotations = {
        name: text for name, text in (metadata.pop("annotations", None) or {}).items() if name != ANNOTATION
    }
    if time:
        annotations[ANNOTATION] = time
    return {**obj, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}


def _ready_since(pod: Object) -> str | None:
    ready = condition(pod, "Ready")
    return ready.get("lastTransitionTime") if ready else None
