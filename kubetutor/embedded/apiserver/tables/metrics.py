"""What pods and nodes use, as tables: `kubectl get podmetrics`.

Models: sigs.k8s.io/metrics-server/pkg/api/table.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.quantities import parse, write
from kubetutor.embedded.apiserver.tables.layout import NAME, Column, Layout, name

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object

COLUMNS = (
    NAME,
    Column("cpu", format="quantity"),
    Column("memory", format="quantity"),
    Column("Window", format="duration"),
)


def _node(metrics: Object, _: dt.datetime) -> list[Any]:
    return [name(metrics), *_sums([metrics.get("usage", {})]), metrics.get("window", "0s")]


def _pod(metrics: Object, _: dt.datetime) -> list[Any]:
    used = [container["usage"] for container in metrics.get("containers", ())]
    return [name(metrics), *_sums(used), metrics.get("window", "0s")]


def _sums(used: list[Object]) -> tuple[str, str]:
    cpu, memory = (sum(parse(usage.get(what, "0")) for usage in used) for what in ("cpu", "memory"))
    return write(cpu), write(memory, "binary")


LAYOUTS: dict[str, Layout] = {
    "nodes.metrics.k8s.io": Layout(COLUMNS, _node),
    "pods.metrics.k8s.io": Layout(COLUMNS, _pod),
}
