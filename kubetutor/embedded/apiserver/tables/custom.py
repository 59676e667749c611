"""The table of a custom kind: its name, and the columns that its definition adds.

Models: apiextensions-apiserver/pkg/registry/customresource/tableconvertor/tableconvertor.go.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.embedded.apiserver.custom.jsonpath import Step, compile_path, find
from kubetutor.embedded.apiserver.go_json import go_format
from kubetutor.embedded.apiserver.tables.durations import since
from kubetutor.embedded.apiserver.tables.layout import NAME, Column, Layout

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.custom.kind import PrinterColumn


@lru_cache(maxsize=256)
def layout_of(printed: tuple[PrinterColumn, ...]) -> Layout:
    """Answer the layout that `additionalPrinterColumns` describe."""
    columns = [Column(each.name, each.type, each.format, each.priority) for each in printed]
    paths = [compile_path(each.path) for each in printed]

    def cells(obj: Object, now: dt.datetime) -> list[Any]:
        more = [_cell(column, path, obj, now) for column, path in zip(columns, paths, strict=True)]
        return [obj.get("metadata", {}).get("name", ""), *more]

    return Layout((NAME, *columns), cells)


def _cell(column: Column, path: tuple[Step, ...] | None, obj: Object, now: dt.datetime) -> Any:
    found = find(path, obj) if path is not None else []
    if not found or found[0] is None:
        return None
    value = found[0]
    if column.type == "string":
        return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else go_format(value)
    return _of_type(column.type, value, now)


def _of_type(kind: str, value: Any, now: dt.datetime) -> Any:
    """Answer the value where it is of the column's type; kubectl shows others as `<none>`."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "integer" and is_number:
        return int(value)
    if kind == "number" and is_number:
        return float(value)
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind == "date" and isinstance(value, str):
        try:
            return since(value, now)
        except ValueError:
            return "<invalid>"
    return None
