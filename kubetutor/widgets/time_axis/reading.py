"""What an object says that belongs on the axis: pure functions of one object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_true, labels_of, name_of

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.widgets.cluster_map.snapshot import PodView

WORKLOADS = {
    "deployments.apps": "Deployment",
    "statefulsets.apps": "StatefulSet",
    "daemonsets.apps": "DaemonSet",
}
SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What an Event says. `when` is in seconds since 1970, or None."""

    type: str
    reason: str
    subject: str
    message: str
    count: int
    when: float | None


def replicas_of(resource: str, workload: Object) -> dict[str, int]:
    """Answer how many replicas are wanted, ready, and, where a pod must stay ready for some time first, available."""
    spec, status = workload.get("spec", {}), workload.get("status", {})
    if resource == "daemonsets.apps":
        names = ("desiredNumberScheduled", "numberReady", "numberAvailable")
        wanted, ready, available = (int(status.get(name, 0)) for name in names)
    else:
        wanted = int(spec.get("replicas", 1))
        ready, available = int(status.get("readyReplicas", 0)), int(status.get("availableReplicas", 0))
    numbers = {"wanted": wanted, "ready": ready}
    return {**numbers, "available": available} if spec.get("minReadySeconds") else numbers


def ready_addresses(piece: Object) -> frozenset[str]:
    """Answer the addresses of an EndpointSlice that get requests. A condition that is not said counts as true."""
    return frozenset(
        str(address)
        for endpoint in piece.get("endpoints") or ()
        if (endpoint.get("conditions") or {}).get("ready") is not False
        for address in (endpoint.get("addresses") or ())[:1]
    )


def service_of(piece: Object) -> str:
    return labels_of(piece).get(SERVICE_NAME, "") or name_of(piece)


def occurrence_of(event: Object) -> Occurrence:
    """Read an Event of either group: `events` and `events.k8s.io` name its parts differently."""
    about = event.get("involvedObject") or event.get("regarding") or {}
    series = event.get("series") or {}
    count = series.get("count") or event.get("count") or event.get("deprecatedCount") or 1
    times = (
        series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("deprecatedLastTimestamp"),
        event.get("eventTime"), event.get("metadata", {}).get("creationTimestamp"),
    )  # fmt: skip
    return Occurrence(
        type=str(event.get("type") or "Normal"),
        reason=str(event.get("reason") or ""),
        subject=f"{about.get('kind', '')} {about.get('name', '')}".strip(),
        message=str(event.get("message") or event.get("note") or ""),
        count=int(count),
        when=next((seconds_of(time) for time in times if time), None),
    )


def is_node_down(node: Object) -> bool:
    return not is_true(node, "Ready")


def word_of(pod: PodView) -> str:
    """Answer the cluster map's word for a pod's state, or a plainer one where `Running` can mean two things."""
    words = {
        "ready": "Ready",
        "running": f"{pod.status}, not ready",
        "lost": f"{pod.status}, node does not answer",
    }
    return words.get(pod.mood, pod.status)


def seconds_of(time: str) -> float | None:
    """Answer the seconds since 1970 of `2026-01-31T12:00:00Z`, or None if it is no time."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def created_at(obj: Object) -> float | None:
    return seconds_of(str(obj.get("metadata", {}).get("creationTimestamp") or ""))
