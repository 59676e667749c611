"""An autoscaler's metrics in one cell: `cpu: 12%/50%`.

Models: pkg/printers/internalversion/printers.go (formatHPAMetrics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.tables.layout import NONE, UNKNOWN, at, first_few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.objects import Object

SHOWN = 2
SOURCES = {  # a metric's type, and the field that holds it
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}


def format_metrics(metrics: Sequence[Object], statuses: Sequence[Object]) -> str:
    if not metrics:
        return NONE
    texts = [
        _format_metric(metric, statuses[index] if index < len(statuses) else {})
        for index, metric in enumerate(metrics)
    ]
    return first_few(texts, SHOWN, ", ")


def _format_metric(metric: Object, status: Object) -> str:
    source = SOURCES.get(metric.get("type", ""))
    if source is None:
        return "<unknown type>"
    target, current = at(metric, f"{source}.target", {}), at(status, f"{source}.current", {})
    if source in {"resource", "containerResource"}:
        return f"{at(metric, f'{source}.name', '')}: {_format_usage(target, current)}"
    if target.get("averageValue") is None:
        return f"{current.get('value', UNKNOWN)}/{target.get('value', UNKNOWN)}"
    suffix = "" if source == "pods" else " (avg)"
    return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']}{suffix}"


def _format_usage(target: Object, current: Object) -> str:
    if target.get("averageValue") is not None:
        return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']}"
    return f"{_percent(current, UNKNOWN)}/{_percent(target, '<auto>')}"


def _percent(value: Object, otherwise: str) -> str:
    share = value.get("averageUtilization")
    return otherwise if share is None else f"{share}%"
