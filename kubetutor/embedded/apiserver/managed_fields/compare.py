"""What changed between two objects, as sets of fields.

Upstream compares Go structs, and a struct inside a struct is always there, even when YAML leaves it out. So the
`spec` of a new object is no added field, only what is in it is. `BY_VALUE` names such structs; required fields are
alike, because upstream always writes them.

Models: sigs.k8s.io/structured-merge-diff/typed/compare.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kubetutor.embedded.apiserver.custom.structural import StructuralType
from kubetutor.embedded.apiserver.managed_fields.field_set import (
    LEAF,
    SELF,
    Node,
    child_type,
    entry_element,
    node,
)
from kubetutor.embedded.apiserver.managed_fields.shape import is_granular_list, is_granular_map

if TYPE_CHECKING:
    from collections.abc import Collection

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.field_type import FieldType

BY_VALUE = frozenset({
    "metadata", "spec", "status", "template", "strategy", "updateStrategy", "resources", "podSelector", "source", "loadBalancer",
    "nodeInfo", "daemonEndpoints", "kubeletEndpoint", "acceptedNames",
})  # fmt: skip
NEVER_OWNED = frozenset({"apiVersion", "kind"})
NEVER_OWNED_METADATA = frozenset({
    "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
    "resourceVersion",
})  # fmt: skip


class _Missing:
    """The absence of a value."""


MISSING = _Missing()


class Change(NamedTuple):
    """`written` has the fields that were added or modified, `touched` also those that were removed."""

    written: Node | None
    touched: Node | None


UNCHANGED = Change(None, None)


def compare_objects(
    old: Object, new: Object, type_: FieldType | None, *, ignored: Collection[str] = ()
) -> Change:
    """Compare two objects but for what nobody owns and the top-level fields `ignored`."""
    return _compare_maps(ownable(old, ignored), ownable(new, ignored), type_, is_struct=True)


def ownable(obj: Object, ignored: Collection[str] = ()) -> Object:
    """Answer the object without the fields that nobody can own."""
    rest = {key: value for key, value in obj.items() if key not in NEVER_OWNED and key not in ignored}
    metadata = rest.pop("metadata", None) or {}
    owned = {key: value for key, value in metadata.items() if key not in NEVER_OWNED_METADATA}
    return {**rest, "metadata": owned} if owned else rest


def _compare(old: Any, new: Any, type_: FieldType | None, *, is_struct: bool) -> Change:
    if old == new:
        return UNCHANGED
    if old is MISSING:
        came = _whole(new, type_)
        return Change(came, came)
    if new is MISSING:
        return Change(None, _whole(old, type_))
    if old or new:  # two empty values of different types are compared as a whole
        if isinstance(old, dict) and isinstance(new, dict) and is_granular_map(type_):
            return _compare_maps(old, new, type_, is_struct=is_struct)
        if isinstance(old, list) and isinstance(new, list) and type_ is not None and is_granular_list(type_):
            return _compare_lists(old, new, type_)
    return Change(LEAF, LEAF)


def _whole(value: Any, type_: FieldType | None) -> Node:
    """Answer the set of a value that came or went: it and all its parts."""
    if isinstance(value, dict) and is_granular_map(type_):
        inner = {
            f"f:{key}": _whole(child, (type_.field(key) or type_.values) if type_ else None)
            for key, child in value.items()
            if child is not None
        }
    elif isinstance(value, list) and type_ is not None and is_granular_list(type_):
        items = type_.items
        groups = _by_element(value, type_) or {}
        inner = {el: LEAF if len(group) > 1 else _whole(group[0], items) for el, group in groups.items()}
    else:
        return LEAF
    return {SELF: LEAF, **inner} if inner else LEAF


def _compare_maps(
    old: dict[str, Any], new: dict[str, Any], type_: FieldType | None, *, is_struct: bool = False
) -> Change:
    written: Node = {}
    touched: Node = {}
    for key in old if old.keys() == new.keys() else {**old, **new}:
        before, after = old.get(key), new.get(key)
        if before is after or before == after:
            continue
        is_always_there = is_struct and _is_always_there(key, type_)
        before, after = (
            _absent(mine, theirs, is_always_there) for mine, theirs in ((before, after), (after, before))
        )
        element = f"f:{key}"
        child = _compare(before, after, child_type(type_, element), is_struct=is_always_there)
        _put(written, touched, element, child)
    return Change(written or None, touched or None)


def _is_always_there(key: str, type_: FieldType | None) -> bool:
    if type_ is None or isinstance(type_, StructuralType):
        return key == "metadata"
    return key in BY_VALUE or key in type_.required


def _absent(value: Any, other: Any, is_always_there: bool) -> Any:
    """Answer what upstream sees where YAML says nothing: nothing, or the zero value of the other side's type."""
    if value is not None:
        return value
    return type(other)() if is_always_there else MISSING


def _compare_lists(old: list[Any], new: list[Any], type_: FieldType) -> Change:
    before, after = _by_element(old, type_), _by_element(new, type_)
    if before is None or after is None:
        return Change(LEAF, LEAF)
    written: Node = {}
    touched: Node = {}
    for element in {**before, **after}:
        mine, theirs = before.get(element, []), after.get(element, [])
        if len(mine) > 1 or len(theirs) > 1:  # double entries are owned as one
            change = UNCHANGED if mine == theirs else Change(LEAF if theirs else None, LEAF)
        else:
            change = _compare(
                mine[0] if mine else MISSING, theirs[0] if theirs else MISSING, type_.items, is_struct=False
            )
        _put(written, touched, element, change)
    return Change(written or None, touched or None)


def _by_element(entries: list[Any], type_: FieldType) -> dict[str, list[Any]] | None:
    groups: dict[str, list[Any]] = {}
    for entry in entries:
        element = entry_element(entry, type_)
        if element is None:
            return None
        groups.setdefault(element, []).append(entry)
    return groups


def _put(written: Node, touched: Node, element: str, change: Change) -> None:
    if change.written is not None:
        written[element] = change.written
    if change.touched is not None:
        touched[element] = change.touched


def fields_of(value: Any, type_: FieldType | None) -> Node | None:
    """Answer the set of the fields that an applied configuration names."""
    if isinstance(value, dict):
        return _fields_of_map(value, type_)
    if not isinstance(value, list) or type_ is None:
        return None
    fields: Node = {}
    for entry in value:
        element = entry_element(entry, type_)
        if element is not None:
            inner = None if _is_leaf(entry, type_.items) else fields_of(entry, type_.items)
            fields[element] = node(inner or {}, is_member=True)
    return fields or None


def _fields_of_map(value: dict[str, Any], type_: FieldType | None) -> Node | None:
    fields: Node = {}
    for key, child in value.items():
        child_of = child_type(type_, f"f:{key}")
        if _is_leaf(child, child_of):
            fields[f"f:{key}"] = LEAF
            continue
        is_member = type_ is None or type_.field(key) is None
        inner = node(fields_of(child, child_of) or {}, is_member=is_member)
        if inner is not None:
            fields[f"f:{key}"] = inner
    return fields or None


def _is_leaf(value: Any, type_: FieldType | None) -> bool:
    if isinstance(value, dict):
        return not value or not is_granular_map(type_)
    return not isinstance(value, list) or not is_granular_list(type_)
