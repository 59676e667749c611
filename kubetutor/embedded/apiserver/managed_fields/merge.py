"""Merging an applied configuration into an object, and taking out what is no longer applied.

Models: sigs.k8s.io/structured-merge-diff/typed/{merge,remove}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.managed_fields.field_set import (
    SELF,
    Node,
    child_type,
    entry_element,
    has_self,
)
from kubetutor.embedded.apiserver.managed_fields.shape import is_granular_list, is_granular_map

if TYPE_CHECKING:
    from kubetutor.embedded.apiserver.field_type import FieldType


def merge_applied(live: Any, applied: Any, type_: FieldType | None) -> Any:
    """Answer the merged value; what was applied wins, an applied null removes. `live` is used up."""
    if isinstance(live, dict) and isinstance(applied, dict) and is_granular_map(type_):
        for key, value in applied.items():
            if value is None:
                live.pop(key, None)
            else:
                live[key] = merge_applied(live.get(key), value, child_type(type_, f"f:{key}"))
        return live
    if isinstance(live, list) and isinstance(applied, list) and type_ is not None and is_granular_list(type_):
        return _merge_lists(live, applied, type_)
    return _without_nulls(applied, type_) if isinstance(applied, dict) else applied


def _without_nulls(applied: dict[str, Any], type_: FieldType | None) -> dict[str, Any]:
    return {
        key: merge_applied(None, value, child_type(type_, f"f:{key}"))
        for key, value in applied.items()
        if value is not None
    }


def _merge_lists(live: list[Any], applied: list[Any], type_: FieldType) -> list[Any]:
    """Applied entries in the applied order; others stay in front of the shared entry that they stood in front of."""
    mine = {entry_element(entry, type_) or "": entry for entry in live}
    theirs = {entry_element(entry, type_) or "": entry for entry in applied}
    waiting = list(mine)
    merged: list[Any] = []

    def take_own_until(stop: str) -> None:
        while waiting and waiting[0] != stop:
            element = waiting.pop(0)
            if element not in theirs:
                merged.append(mine[element])

    for element, entry in theirs.items():
        if element in mine:
            if element in waiting:
                take_own_until(element)
                waiting.pop(0)
            merged.append(merge_applied(mine[element], entry, type_.items))
        else:
            while waiting and waiting[0] not in theirs:
                merged.append(mine[waiting.pop(0)])
            merged.append(entry)
    take_own_until("")
    return merged


def remove_fields(value: Any, fields: Node, type_: FieldType | None) -> None:
    """Remove a set of fields from a value, in place; a map or list that is emptied so goes too."""
    if isinstance(value, dict):
        for element, inner in fields.items():
            key = element[2:]
            if element == SELF or key not in value:
                continue
            if not has_self(inner):
                remove_fields(value[key], inner, child_type(type_, element))
            if has_self(inner) or value[key] in ({}, []):
                del value[key]
    elif isinstance(value, list) and type_ is not None and is_granular_list(type_):
        value[:] = [entry for entry in value if not _is_removed(entry, fields, type_)]


def _is_removed(entry: Any, fields: Node, type_: FieldType) -> bool:
    """Say whether a list's entry goes; take its parts out when only they do."""
    inner = fields.get(entry_element(entry, type_) or SELF)
    if inner is None:
        return False
    if has_self(inner):
        return True
    remove_fields(entry, inner, type_.items)
    return False
