"""What goes to the browser: frames, and between two frames only what differs.

A frame is a dictionary of JSON values. A field that holds a dictionary of dictionaries is a table: its rows differ
one by one. So of 500 pods that the browser knows, the one that changed is sent. `view.js` puts a delta on a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Frame = dict[str, Any]


def delta_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Answer what makes `new` out of `old`; empty where nothing differs.

    `set`: fields with their new value; `gone`: names of fields; `put`: rows of tables, by table and key; `drop`: keys
    of rows, by table.
    """
    tables = {name for name in new if is_table(new[name]) and is_table(old.get(name))}
    rows = {name: _rows(old[name], new[name]) for name in tables if old[name] != new[name]}
    parts = {
        "set": {
            name: value
            for name, value in new.items()
            if name not in tables and (name not in old or old[name] != value)
        },
        "gone": [name for name in old if name not in new],
        "put": {name: put for name, (put, _) in rows.items() if put},
        "drop": {name: drop for name, (_, drop) in rows.items() if drop},
    }
    return {name: part for name, part in parts.items() if part}


def applied(frame: Mapping[str, Any], delta: Mapping[str, Any]) -> Frame:
    """Answer the frame after the delta: what view.js does in the browser."""
    changed = {**{name: value for name, value in frame.items() if name not in delta.get("gone", ())}}
    changed |= delta.get("set", {})
    for name, keys in delta.get("drop", {}).items():
        changed[name] = {key: row for key, row in changed[name].items() if key not in keys}
    for name, rows in delta.get("put", {}).items():
        changed[name] = {**changed[name], **rows}
    return changed


def is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(row, dict) for row in value.values())


def _rows(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    missing: dict[str, Any] = {}
    put = {
        key: row
        for key, row in new.items()
        if (before := old.get(key, missing)) is not row and (before is missing or before != row)
    }
    return put, [key for key in old if key not in new]
