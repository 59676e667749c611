"""Sets of fields, in the very form in which `managedFields` stores them (`fieldsV1`).

A node is a dict from path element to child node. Elements are `f:NAME` (a field or a map's key), `k:{...}` (an
entry of a keyed list) and `v:VALUE` (a member of a set). The field itself belongs to the set when its node is
empty or holds `"."`. So the sets of stored objects need no decoding. Nodes are never changed, only replaced.

Models: sigs.k8s.io/structured-merge-diff/fieldpath.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from kubetutor.embedded.apiserver.custom.structural import StructuralType
from kubetutor.embedded.apiserver.go_json import go_format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.embedded.apiserver.field_type import FieldType

Node: TypeAlias = dict[str, Any]
SELF = "."
LEAF: Node = {}
KEY_DEFAULTS = {
    "protocol": "TCP"
}  # the only key of a keyed list that has a default; the schemas leave it out


def node(children: Node, *, is_member: bool) -> Node | None:
    """Build a node; None when there is nothing in it."""
    if not children:
        return LEAF if is_member else None
    return {SELF: LEAF, **children} if is_member else children


def has_self(fields: Node) -> bool:
    """Say whether the field of this node is itself in the set."""
    return not fields or SELF in fields


def union(left: Node | None, right: Node | None) -> Node | None:
    if left is None or right is None:
        return right if left is None else left
    children = {element: child for element, child in left.items() if element != SELF}
    for element, child in right.items():
        if element != SELF:
            children[element] = union(children.get(element), child)
    return node(children, is_member=has_self(left) or has_self(right))


def subtract(left: Node | None, right: Node | None) -> Node | None:
    """Answer what is in `left` and not in `right`; None for the empty set."""
    if left is None or right is None:
        return left
    children = {}
    for element, child in left.items():
        if element != SELF:
            rest = subtract(child, right[element]) if element in right else child
            if rest is not None:
                children[element] = rest
    return node(children, is_member=has_self(left) and not has_self(right))


def intersect(left: Node | None, right: Node | None) -> Node | None:
    if left is None or right is None:
        return None
    children = {}
    for element, child in left.items():
        if element != SELF and element in right:
            both = intersect(child, right[element])
            if both is not None:
                children[element] = both
    return node(children, is_member=has_self(left) and has_self(right))


def in_order(fields: Node) -> Node:
    """Copy a node with its elements sorted, as upstream writes them."""
    return {element: in_order(fields[element]) for element in sorted(fields)}


def with_named_fields(fields: Node, type_: FieldType | None) -> Node:
    """Add every declared field on the way to a member, so that a struct goes when its last field goes."""
    result: Node = {}
    for element, child in fields.items():
        declared = type_.field(element[2:]) if type_ and element.startswith("f:") else None
        inner = with_named_fields(child, child_type(type_, element))
        result[element] = {SELF: LEAF, **inner} if declared is not None and inner else inner
    return result


def child_type(type_: FieldType | None, element: str) -> FieldType | None:
    """Answer the type of what a path element leads to."""
    if type_ is None:
        return None
    if element.startswith("f:"):
        return type_.field(element[2:]) or type_.values
    return type_.items


def paths(fields: Node, prefix: str = "") -> Iterator[str]:
    """Write each member as upstream does: `.spec.containers[name="web"].image`; leaves first, then what is deeper."""
    elements = [element for element in sorted(fields) if element != SELF]
    for element in elements:
        if has_self(fields[element]):
            yield prefix + _path_element(element)
    for element in elements:
        yield from paths(fields[element], prefix + _path_element(element))


def _path_element(element: str) -> str:
    kind, rest = element[:2], element[2:]
    if kind == "f:":
        return f".{rest}"
    if kind == "k:":
        keys = orjson.loads(rest)
        return f"[{','.join(f'{key}={_quoted(value)}' for key, value in keys.items())}]"
    return f"[={_quoted(orjson.loads(rest))}]"


def _quoted(value: Any) -> str:
    return orjson.dumps(value).decode() if isinstance(value, str) else go_format(value)


def key_default(type_: FieldType, key: str) -> Any:
    """Answer what a key of a keyed list is where an entry does not say; None when it has no default."""
    if isinstance(type_.items, StructuralType):
        return type_.items.default_of(key)
    return KEY_DEFAULTS.get(key)


def entry_element(entry: Any, type_: FieldType) -> str | None:
    """Answer the path element of a list's entry; None when it has no such keys."""
    if type_.list_type == "set":
        return None if isinstance(entry, (dict, list)) else f"v:{orjson.dumps(entry).decode()}"
    if not isinstance(entry, dict):
        return None
    keys = {}
    for key in type_.list_map_keys:
        value = entry.get(key, key_default(type_, key))
        if value is not None:
            keys[key] = value
    return f"k:{orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()}" if keys else None
