"""PodMetrics and NodeMetrics, as the metrics server writes them.

Models: sigs.k8s.io/metrics-server/pkg/api, k8s.io/metrics/pkg/apis/metrics/v1beta1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kubetutor.api.kinds import METRICS
from kubetutor.api.objects import labels_of, name_of, namespace_of
from kubetutor.api.quantities import write
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.kubelet.backoff import duration

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from kubetutor.api.objects import Object
    from kubetutor.embedded.metrics.points import Rate

API_VERSION = f"{METRICS}/v1beta1"
NANO = 10**9


def pod_metrics(pod: Object, rates: Mapping[str, Rate], taken_at: dt.datetime, now: dt.datetime) -> Object:
    """`rates` has the containers by their names, at least one."""
    containers = [{"name": name, "usage": _usage(rate)} for name, rate in rates.items()]
    window = min(rate.window for rate in rates.values())
    return {**_head("PodMetrics", pod, now), **_when(taken_at, window), "containers": containers}


def node_metrics(node: Object, rate: Rate, taken_at: dt.datetime, now: dt.datetime) -> Object:
    return {**_head("NodeMetrics", node, now), **_when(taken_at, rate.window), "usage": _usage(rate)}


def _head(kind: str, of: Object, now: dt.datetime) -> Object:
    metadata: Object = {"name": name_of(of), "creationTimestamp": timestamp(now)}
    if namespace := namespace_of(of):
        metadata["namespace"] = namespace
    if labels := labels_of(of):
        metadata["labels"] = labels
    return {"kind": kind, "apiVersion": API_VERSION, "metadata": metadata}


def _when(taken_at: dt.datetime, window: float) -> Object:
    return {"timestamp": timestamp(taken_at), "window": duration(round(window, 3))}


def _usage(rate: Rate) -> Object:
    cpu = Fraction(int(rate.cpu * NANO), NANO)
    return {"cpu": write(cpu), "memory": write(rate.memory, "binary")}
