"""What the exercises of the lesson `services` are judged by: the service, who is behind it, and what requests met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import (
    controller_of,
    is_being_deleted,
    is_load,
    is_pod_ready,
    labels_of,
    name_of,
    uid_of,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Evidence

SERVICE = "web-service"
NEWEST = 25  # requests


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What both exercises are judged by."""

    exists: bool = False
    unchanged: bool = False  # the service and the pods are as they were at the start
    address_kept: bool = False
    endpoints: tuple[str, ...] = ()  # names of the Ready pods behind the service
    strays: int = 0  # of them, those that no controller looks after
    not_green: int = 0  # of them, those of another Deployment than the green one
    answering: int = 0  # pods that are Ready, belong to the service, and have answered
    smallest_share: float = 0.0
    answers: int = 0
    newest: tuple[str, ...] = ()  # versions of the newest answers
    sent: int = 0
    lost: int = 0
    silence: float = 0.0


def observe_for(selector: dict[str, str], target: int, *, has_endpoints: bool) -> Any:
    """Answer how to read the facts of an exercise whose service begins with this selector and target port."""

    def observe(evidence: Evidence) -> ServiceFacts:
        api, namespace, tally = evidence.cluster.api, evidence.namespace, evidence.tally
        service = api.find("services", SERVICE, namespace=namespace)
        if service is None:
            return ServiceFacts(sent=tally.sent, lost=tally.lost)
        there = {name_of(pod): pod for pod in api.list("pods", namespace=namespace) if not is_load(pod)}
        return facts_of(
            service,
            there,
            endpoints_of(api, namespace, SERVICE),
            evidence,
            start=(selector, target, has_endpoints),
        )

    return observe


def facts_of(
    service: Object, pods: dict[str, Object], endpoints: tuple[str, ...], evidence: Evidence, *,
    start: tuple[dict[str, str], int, bool],
) -> ServiceFacts:  # fmt: skip
    spec, tally = service["spec"], evidence.tally
    first: dict[str, Any] = (spec.get("ports") or [{}])[0]
    living = [pod for pod in pods.values() if not is_being_deleted(pod)]
    behind = [pods[name] for name in endpoints if name in pods]
    counts = dict(tally.pods)
    shares = [counts.get(name_of(pod), 0) for pod in behind if is_pod_ready(pod)]
    return ServiceFacts(
        exists=True,
        unchanged=(spec.get("selector"), first.get("targetPort"), bool(endpoints)) == start
        and {uid_of(pod) for pod in living} <= evidence.pods_at_start,
        address_kept=f"{spec.get('clusterIP')}:{first.get('port')}" == evidence.asked,
        endpoints=endpoints,
        strays=sum(controller_of(pod) is None for pod in behind),
        not_green=sum(labels_of(pod).get("colour") != "green" for pod in behind),
        answering=sum(count > 0 for count in shares),
        smallest_share=min(shares, default=0) / max(1, sum(shares)),
        answers=sum(shares),
        newest=tally.newest_versions(NEWEST),
        sent=tally.sent,
        lost=tally.lost,
        silence=tally.longest_silence,
    )


def endpoints_of(api: Any, namespace: str, service: str) -> tuple[str, ...]:
    """Answer the names of the Ready pods that a service leads to."""
    slices = api.list("endpointslices.discovery.k8s.io", namespace=namespace)
    ready = {
        str((entry.get("targetRef") or {}).get("name"))
        for item in slices
        if labels_of(item).get("kubernetes.io/service-name") == service
        for entry in item.get("endpoints") or ()
        if (entry.get("conditions") or {}).get("ready")
    }
    return tuple(sorted(ready))
