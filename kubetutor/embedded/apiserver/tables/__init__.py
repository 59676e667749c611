"""Objects as tables: what `kubectl get` asks for and prints.

One module per group of kinds holds the layouts: the columns, and a function that makes one object's cells.
The columns of lower priority, which `-o wide` adds, are always sent; kubectl hides them.

Models: pkg/printers/internalversion, k8s.io/apiserver/pkg/endpoints/handlers/response.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.tables import (
    access,
    aggregation,
    cluster,
    custom,
    events,
    metrics,
    network,
    pods,
    storage,
    workloads,
)
from kubetutor.embedded.apiserver.tables.layout import AGE, NAME, Column, Layout

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object

GROUP_VERSION = "meta.k8s.io/v1"
ZERO_TIME = "0001-01-01T00:00:00Z"  # how Go writes a time that nobody set
INCLUDE_OBJECT = ("Metadata", "None", "Object")

LAYOUTS: dict[str, Layout] = {
    **access.LAYOUTS,
    **aggregation.LAYOUTS,
    **cluster.LAYOUTS,
    **events.LAYOUTS,
    **metrics.LAYOUTS,
    **network.LAYOUTS,
    **pods.LAYOUTS,
    **storage.LAYOUTS,
    **workloads.LAYOUTS,
}

__all__ = ["AGE", "INCLUDE_OBJECT", "NAME", "Column", "Layout", "by_preference", "table", "wants_table"]


def _default_cells(obj: Object, _: dt.datetime) -> list[Any]:
    metadata = obj.get("metadata", {})
    return [metadata.get("name", ""), metadata.get("creationTimestamp", ZERO_TIME)]


DEFAULT = Layout((NAME, Column("Created At", "date")), _default_cells)


def wants_table(accept: str) -> bool:
    """Say whether the first form in this `Accept` header that we can write is a table."""
    for clause in by_preference(accept):
        media_type, *parameters = (part.strip() for part in clause.split(";"))
        if media_type not in {"application/json", "application/*", "*/*", "application/yaml"}:
            continue
        given = dict(part.split("=", 1) for part in parameters if "=" in part)
        if "as" not in given:
            return False
        if (given["as"], given.get("g"), given.get("v")) == ("Table", "meta.k8s.io", "v1"):
            return True
    return False


def by_preference(accept: str) -> list[str]:
    """Answer the clauses, those of higher quality first, otherwise in the order given."""

    def quality(clause: str) -> float:
        for part in clause.split(";")[1:]:
            name, _, value = part.strip().partition("=")
            if name == "q":
                try:
                    return float(value)
                except ValueError:
                    return 0.0
        return 1.0

    return sorted((clause.strip() for clause in accept.split(",")), key=quality, reverse=True)


def table(
    kind: Kind,
    items: Sequence[Object],
    *,
    list_metadata: dict[str, Any],
    now: dt.datetime,
    include_object: str = "Metadata",
    columns: bool = True,
) -> Object:
    """Answer the `Table` of these objects.

    `include_object` says what each row carries: its object's `Metadata`, the whole `Object`, or `None`.
    `columns` is false in a watch after its first event: the client knows them by then.
    """
    layout = _layout(kind)
    return {
        "kind": "Table",
        "apiVersion": GROUP_VERSION,
        "metadata": list_metadata,
        "columnDefinitions": [column.definition() for column in layout.columns] if columns else None,
        "rows": [_row(layout, item, now, include_object) for item in items],
    }


def _layout(kind: Kind) -> Layout:
    if isinstance(kind, CustomKind):
        return custom.layout_of(kind.columns)
    return LAYOUTS.get(kind.resource, DEFAULT)


def _row(layout: Layout, obj: Object, now: dt.datetime, include_object: str) -> dict[str, Any]:
    row: dict[str, Any] = {"cells": list(layout.cells(obj, now))}
    conditions = layout.conditions(obj)
    if conditions:
        row["conditions"] = conditions
    return {**row, "object": _carried(obj, include_object)}


def _carried(obj: Object, include_object: str) -> Object | None:
    if include_object == "None":
        return None
    if include_object == "Object":
        return obj
    return {"kind": "PartialObjectMetadata", "apiVersion": GROUP_VERSION, "metadata": obj.get("metadata", {})}
