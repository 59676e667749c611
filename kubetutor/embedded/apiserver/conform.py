"""An object made to fit its type, as if it had gone through Go's structs and back.

Nulls and zeros that say nothing are dropped, amounts and times are written canonically. What does not fit is told in
the words of Go's JSON decoder: the struct, then the path without indexes; for fields that nobody knows the path has
indexes.

Models: sigs.k8s.io/json, encoding/json/decode.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from kubetutor.embedded.apiserver.field import quote
from kubetutor.embedded.apiserver.go_json import go_kind
from kubetutor.embedded.apiserver.go_values import BadValueError, WrongTypeError, read_scalar

if TYPE_CHECKING:
    from kubetutor.embedded.apiserver.schema import TypeNode

# where a value stands: (place of what holds it, field or index or key, name of the struct whose field it is)
Place: TypeAlias = "tuple[Place, str | int, str | None] | None"

MAX_STRICT_ERRORS = 100
_ZEROS = {
    "string": "",
    "boolean": False,
    "quantity": "0",
    "bytes": "",
    "int-or-string": 0,
    "time": None,
    "any": None,
}
_DROPPED: Any = object()


@dataclass(frozen=True, slots=True)
class Conformed:
    """The object, the first thing that does not fit its type, and the fields that nobody knows."""

    value: Any
    type_error: str | None
    unknown_fields: tuple[str, ...]


def conform_value(node: TypeNode, value: Any) -> Conformed:
    """Make a parsed value fit its type. The value is not changed; the answer shares nothing with it."""
    walk = _Walk()
    answer = walk.value(node, value, None)
    return Conformed(None if answer is _DROPPED else answer, walk.type_error, tuple(walk.unknown_fields))


class _Walk:
    __slots__ = ("type_error", "unknown_fields")

    def __init__(self) -> None:
        self.type_error: str | None = None
        self.unknown_fields: list[str] = []

    def value(self, node: TypeNode, value: Any, place: Place) -> Any:
        """Answer the value as it is stored, or `_DROPPED`."""
        scalar = node.scalar
        if scalar == "string" and type(value) is str:
            return _DROPPED if node.drops_empty and not value else value
        if scalar is not None:
            return self._scalar(node, value, place)
        if node.items is not None:
            return self._list(node, node.items, value, place)
        if node.values is not None:
            return self._map(node, node.values, value, place)
        return self._struct(node, value, place)

    def _scalar(self, node: TypeNode, value: Any, place: Place) -> Any:
        try:
            answer = read_scalar(node.scalar or "any", node.go_type, value)
        except WrongTypeError as error:
            self._wrong_type(error.seen, error.go_type, place)
            return _DROPPED
        except BadValueError as error:
            self.type_error = self.type_error or str(error)
            return _DROPPED
        return _DROPPED if node.drops_empty and not answer else answer

    def _struct(self, node: TypeNode, value: Any, place: Place) -> Any:
        if type(value) is not dict:
            self._wrong_type(go_kind(value), node.go_type, place)
            return _DROPPED
        fields, name = node.fields, node.struct_name
        answer = {}
        for key, child in value.items():
            field = fields.get(key)
            if field is None:
                self._unknown((place, key, name))
            elif child is not None:
                fitted = self.value(field, child, (place, key, name))
                if fitted is not _DROPPED:
                    answer[key] = fitted
        return answer

    def _list(self, node: TypeNode, items: TypeNode, value: Any, place: Place) -> Any:
        if type(value) is not list:
            self._wrong_type(go_kind(value), node.go_type, place)
            return _DROPPED
        answer = []
        for index, child in enumerate(value):
            fitted = zero_of(items) if child is None else self.value(items, child, (place, index, None))
            answer.append(zero_of(items) if fitted is _DROPPED else fitted)
        return _DROPPED if node.drops_empty and not answer else answer

    def _map(self, node: TypeNode, values: TypeNode, value: Any, place: Place) -> Any:
        if type(value) is not dict:
            self._wrong_type(go_kind(value), node.go_type, place)
            return _DROPPED
        answer = {}
        for key, child in value.items():
            fitted = zero_of(values) if child is None else self.value(values, child, (place, "." + key, None))
            answer[key] = zero_of(values) if fitted is _DROPPED else fitted
        return _DROPPED if node.drops_empty and not answer else answer

    def _wrong_type(self, seen: str, go_type: str, place: Place) -> None:
        if self.type_error is not None:
            return
        names: list[str] = []
        struct = ""
        while place is not None:
            place, name, owner = place
            if owner is not None:
                names.append(str(name))
                struct = struct or owner
        if struct:
            target = f"Go struct field {struct}.{'.'.join(reversed(names))} of type {go_type}"
        else:
            target = f"Go value of type {go_type}"
        self.type_error = f"json: cannot unmarshal {seen} into {target}"

    def _unknown(self, place: Place) -> None:
        if len(self.unknown_fields) < MAX_STRICT_ERRORS:
            self.unknown_fields.append(f"unknown field {quote(strict_path(place))}")


def zero_of(node: TypeNode) -> Any:
    """Answer what Go holds where JSON said null."""
    if node.scalar is not None:
        return _ZEROS.get(node.scalar, 0)
    if node.items is not None:
        return []
    return {}


def strict_path(place: Place) -> str:
    """Write a place as strict decoding does: `spec.containers[0].image`."""
    parts: list[str] = []
    while place is not None:
        place, name, owner = place
        if isinstance(name, int):
            parts.append(f"[{name}]")
        else:
            parts.append(f".{name}" if owner is not None else name)
    return "".join(reversed(parts)).removeprefix(".")
