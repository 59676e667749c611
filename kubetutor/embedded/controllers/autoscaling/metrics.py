"""The metrics of an autoscaler: what each one asks for, what is shown of it, and what is said when it cannot be had.

Resource and ContainerResource are measured. There is no server for Pods, Object and External metrics, and they are
refused in the words of a cluster that has none.

Models: pkg/controller/podautoscaler/horizontal.go (computeReplicasForMetric), pkg/controller/podautoscaler/metrics.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of
from kubetutor.api.quantities import parse_milli, write
from kubetutor.embedded.clock import parse_timestamp
from kubetutor.embedded.controllers.autoscaling.calculator import (
    Patience,
    Proposal,
    ReplicaCountError,
    Sample,
    Target,
    Tolerances,
    propose,
)
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kubetutor.api.objects import Object

NO_CUSTOM = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
NO_EXTERNAL = (
    "unable to fetch metrics from external metrics API: the server could not find the requested resource "
    "(get {name}.external.metrics.k8s.io)"
)
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class MetricError(KubetutorError):
    """A metric cannot be had. The text is for an Event; `reason` its reason, `whole` what is said of the metric."""

    def __init__(self, reason: str, text: str, whole: str) -> None:
        super().__init__(text)
        self.reason, self.whole = reason, whole


@dataclass(frozen=True, slots=True)
class Reading:
    """What one metric says: so many replicas, because of what `name` describes; `status` shows what was seen."""

    replicas: int
    name: str
    status: Object


@dataclass(frozen=True, slots=True)
class Seen:
    """What the metrics of one autoscaler are read from. `measured` are PodMetrics."""

    autoscaler: Object
    replicas: int
    pods: list[Object]
    measured: Sequence[Object]
    patience: Patience
    now: dt.datetime


def read(metric: Object, seen: Seen) -> Reading:
    """Answer what a metric asks for. Raises `MetricError`."""
    kind = metric["type"]
    if kind == "Resource":
        source = metric["resource"]
        whole = f"failed to get {source['name']} resource metric value"
        return _of_resource(seen, kind, source, whole)
    if kind == "ContainerResource":
        source = metric["containerResource"]
        whole = f"failed to get {source['container']} container metric value"
        return _of_resource(seen, kind, source, whole)
    raise _not_served(metric, seen.autoscaler)


def _of_resource(seen: Seen, kind: str, source: Object, whole: str) -> Reading:
    resource, target = source["name"], source["target"]
    by_value = target.get("averageValue") is not None
    try:
        proposal = _proposal(seen, source)
    except ReplicaCountError as error:
        what = "usage" if by_value else "utilization"
        text = f"failed to get {resource} {what}: {error}"
        raise MetricError(f"FailedGet{kind}Metric", text, f"{whole}: {text}") from None
    of = "container resource" if kind == "ContainerResource" else "resource"
    name = f"{resource} {of} utilization (percentage of request)"
    return Reading(
        proposal.replicas, f"{resource} resource" if by_value else name, _status(kind, source, proposal)
    )


def _proposal(seen: Seen, source: Object) -> Proposal:
    target, container = source["target"], source.get("container", "")
    wanted = Target(
        source["name"],
        container,
        utilization=target.get("averageUtilization") or 0,
        value=parse_milli(target.get("averageValue") or "0"),
    )
    return propose(
        seen.replicas,
        wanted,
        seen.pods,
        samples=samples_of(seen.measured, source["name"], container),
        tolerances=tolerances_of(seen.autoscaler),
        patience=seen.patience,
        now=seen.now,
    )


def _status(kind: str, source: Object, proposal: Proposal) -> Object:
    current: Object = {"averageValue": _written(source["name"], proposal.average)}
    if proposal.utilization is not None:
        current["averageUtilization"] = proposal.utilization
    shown = {"name": source["name"], "current": current}
    if kind == "ContainerResource":
        shown["container"] = source["container"]
    return {"type": kind, kind[0].lower() + kind[1:]: shown}


def _written(resource: str, milli: int) -> str:
    return write(Fraction(milli, 1000), "binary" if resource == "memory" else "decimal")


def tolerances_of(autoscaler: Object) -> Tolerances:
    """Answer how far from the target is near enough: 10 %, unless `behavior` says otherwise."""
    behavior = autoscaler["spec"].get("behavior") or {}
    given = {way: (behavior.get(way) or {}).get("tolerance") for way in ("scaleDown", "scaleUp")}
    down, up = (0.1 if text is None else parse_milli(text) / 1000 for text in given.values())
    return Tolerances(down, up)


def samples_of(measured: Iterable[Object], resource: str, container: str = "") -> Mapping[str, Sample]:
    """Answer what each pod used of a resource, all of its containers or one. Raises `ReplicaCountError`."""
    failed = f"unable to get metrics for resource {resource}"
    samples = {}
    for metrics in measured:
        used = {entry["name"]: entry["usage"] for entry in metrics["containers"]}
        if container and container not in used:
            where = f"{namespace_of(metrics)}/{name_of(metrics)}"
            missing = f"container {container} not present in metrics for pod {where}"
            raise ReplicaCountError(f"{failed}: failed to get container metrics: {missing}")
        chosen = [usage for name, usage in used.items() if container in {"", name}]
        if all(resource in usage for usage in chosen):
            value = sum(parse_milli(usage[resource]) for usage in chosen)
            samples[name_of(metrics)] = Sample(
                value, parse_timestamp(metrics["timestamp"]), duration_of(metrics["window"])
            )
    if not samples:
        raise ReplicaCountError(f"{failed}: no metrics returned from resource metrics API")
    return samples


def duration_of(text: str) -> dt.timedelta:
    """Read a duration as Go writes it: `1m0.5s`."""
    parts = re.findall(r"([0-9.]+)(ms|h|m|s)", text)
    return dt.timedelta(seconds=sum(float(amount) * UNITS[unit] for amount, unit in parts))


def _not_served(metric: Object, autoscaler: Object) -> MetricError:
    kind, namespace = metric["type"], namespace_of(autoscaler)
    if kind == "External":
        wanted = metric["external"]["metric"]
        name, selector = wanted["name"], _go_selector(wanted.get("selector"))
        reason = NO_EXTERNAL.format(name=name)
        text = f"unable to get external metric {namespace}/{name}/{selector}: {reason}"
        by_value = metric["external"]["target"].get("averageValue") is None
        failed = (
            f"failed to get external metric {name}" if by_value else f"failed to get {name} external metric"
        )
        return MetricError(
            "FailedGetExternalMetric", text, f"failed to get {name} external metric value: {failed}: {text}"
        )
    source = metric["pods" if kind == "Pods" else "object"]
    name = source["metric"]["name"]
    if kind == "Pods":
        text = f"unable to get metric {name}: {NO_CUSTOM}"
        return MetricError("FailedGetPodsMetric", text, f"failed to get pods metric value: {text}")
    described = source["describedObject"]
    text = f"unable to get metric {name}: {described['kind']} on {namespace} {described['name']}/{NO_CUSTOM}"
    per_pod = "" if source["target"].get("averageValue") is None else f"failed to get {name} object metric: "
    return MetricError("FailedGetObjectMetric", text, f"failed to get object metric value: {per_pod}{text}")


def _go_selector(selector: Object | None) -> str:
    """Write a selector as Go prints its struct."""
    if selector is None:
        return "nil"
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        "MatchExpressions:[]LabelSelectorRequirement{},}"
    )
