"""JSON patches, RFC 6902, with the liberties that upstream's library takes.

Those are: a negative index counts from the end, and `replace` on a missing member of an object adds it.

Models: evanphx/json-patch v4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

    Operation = dict[str, Any]

MAX_COPIED_BYTES = 3 * 1024 * 1024


class PatchDoesNotApplyError(ValueError):
    """An operation names something that is not there, or a test failed."""


def apply_operations(document: Any, operations: list[Operation]) -> Any:
    """Answer the changed document. The one given is changed too: pass a copy."""
    copied = 0
    for operation in operations:
        if operation.get("op") == "copy":
            copied += len(orjson.dumps(_value_at(document, _pointer(operation, "from"))))
            if copied > MAX_COPIED_BYTES:
                raise PatchDoesNotApplyError(f"the copy operations add more than {MAX_COPIED_BYTES} bytes")
        verb = _VERBS.get(operation.get("op", ""))
        if verb is None:
            raise PatchDoesNotApplyError(f"Unexpected kind: {operation.get('op', 'unknown')}")
        document = verb(document, operation)
    return document


def _add(document: Any, operation: Operation) -> Any:
    _insert(document, _pointer(operation, "path"), operation.get("value"))
    return document


def _remove(document: Any, operation: Operation) -> Any:
    container, key = _find(document, _pointer(operation, "path"))
    if isinstance(container, list):
        del container[_index(container, key)]
    elif key in container:
        del container[key]
    else:
        raise PatchDoesNotApplyError(f"Unable to remove nonexistent key: {key}")
    return document


def _replace(document: Any, operation: Operation) -> Any:
    pointer, value = _pointer(operation, "path"), operation.get("value")
    if not pointer:
        if not isinstance(value, (dict, list)):
            raise PatchDoesNotApplyError("replace operation value must be object or array")
        return value
    container, key = _find(document, pointer)
    container[_index(container, key) if isinstance(container, list) else key] = value
    return document


def _move(document: Any, operation: Operation) -> Any:
    value = _value_at(document, _pointer(operation, "from"))
    _remove(document, {"path": operation["from"]})
    _insert(document, _pointer(operation, "path"), value)
    return document


def _copy(document: Any, operation: Operation) -> Any:
    value = _value_at(document, _pointer(operation, "from"))
    _insert(document, _pointer(operation, "path"), orjson.loads(orjson.dumps(value)))
    return document


def _test(document: Any, operation: Operation) -> Any:
    pointer = _pointer(operation, "path")
    seen = _value_at(document, pointer) if pointer else document
    if not _same(seen, operation.get("value")):
        raise PatchDoesNotApplyError(f"testing value {operation['path']} failed")
    return document


_VERBS: dict[str, Callable[[Any, Operation], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _pointer(operation: Operation, name: str) -> list[str]:
    """Split a JSON pointer, RFC 6901; the whole document is the empty list."""
    text = operation.get(name)
    if not isinstance(text, str):
        raise PatchDoesNotApplyError(f"operation missing {name} field")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _find(document: Any, pointer: list[str]) -> tuple[Any, str]:
    """Answer the container of the value that the pointer names, and its key therein."""
    if not pointer:
        raise PatchDoesNotApplyError("doc is missing path")
    for key in pointer[:-1]:
        document = _get(document, key)
    if not isinstance(document, (dict, list)):
        raise PatchDoesNotApplyError(f"doc is missing path: /{'/'.join(pointer)}")
    return document, pointer[-1]


def _get(container: Any, key: str) -> Any:
    if isinstance(container, list):
        return container[_index(container, key)]
    return container.get(key) if isinstance(container, dict) else None


def _value_at(document: Any, pointer: list[str]) -> Any:
    container, key = _find(document, pointer)
    return _get(container, key)


def _insert(document: Any, pointer: list[str], value: Any) -> None:
    container, key = _find(document, pointer)
    if isinstance(container, dict):
        container[key] = value
    elif key == "-":
        container.append(value)
    else:
        container.insert(_index(container, key, room=1), value)


def _index(array: list[Any], key: str, *, room: int = 0) -> int:
    size = len(array) + room
    digits = key[1:] if key[:1] in {"-", "+"} else key
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 10:
        raise PatchDoesNotApplyError(f"value was not a proper array index: '{key}'")
    index = int(key)
    if not -size <= index < size:
        raise PatchDoesNotApplyError(f"Unable to access invalid index: {index}")
    return index if index >= 0 else index + size


def _same(left: Any, right: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
