"""JSON as a Go program reads it and Go values as it prints them, because refusals quote both.

Good bodies take the fast path, orjson. Only a refused one is scanned again, to find Go's words for it.

Models: encoding/json/scanner.go, fmt's %v.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

MAX_DEPTH = 200  # Unlike upstream: Go stops at 10,000; nothing real is deeper than 60

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_END = "unexpected end of JSON input"


class JsonError(ValueError):
    """The text is not JSON; the message is Go's."""


def decode_json(body: bytes) -> Any:
    """Decode a body, or raise `JsonError`. Bad UTF-8 becomes U+FFFD; of equal keys the last one wins."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _decode_slowly(body)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and is_deeper_than(value, MAX_DEPTH):
        raise JsonError("exceeded max depth")
    return value


def clone(value: Any) -> Any:
    """Copy a JSON value deeply."""
    return orjson.loads(orjson.dumps(value))


def go_kind(value: Any) -> str:
    """Name a JSON value as Go's decoder does: string, number, bool, array, object, null."""
    for kinds, word in (
        ((str,), "string"), ((bool,), "bool"), ((int, float), "number"), ((list,), "array"), ((dict,), "object"),
    ):  # fmt: skip
        if isinstance(value, kinds):
            return word
    return "null"


def go_type(value: Any) -> str:
    """Name a decoded value's Go type, as `%s` prints a reflect.Type."""
    if isinstance(value, bool):
        return "bool"
    names = {
        str: "string",
        int: "int64",
        float: "float64",
        list: "[]interface {}",
        dict: "map[string]interface {}",
    }
    return names.get(type(value), "%!s(<nil>)")


def go_format(value: Any) -> str:
    """Print a value as Go's `%v` does: `map[image:my-app name:web]`."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{go_format(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(go_format, value))}]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _decode_slowly(body: bytes) -> Any:
    message = syntax_error(body)
    if message:
        raise JsonError(message)
    value = json.loads(body.decode("utf-8", "replace"), parse_float=_finite)
    # a half of a surrogate pair cannot be written again: a question mark takes its place
    return orjson.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonError(f"json: cannot unmarshal number {text} into Go value of type float64")
    return number


def is_deeper_than(value: Any, depth: int) -> bool:
    """Say whether brackets are nested more than `depth` deep."""
    level = [value]
    for _ in range(depth + 1):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def syntax_error(body: bytes) -> str | None:
    """Answer Go's words for the first syntax error, or None when there is none."""
    try:
        _scan(body.decode("latin-1"))
    except JsonError as error:
        return str(error)
    return None


def _scan(text: str) -> None:
    """Walk the text with a stack of open brackets; `place` says what may come next."""
    stack: list[str] = []
    place, position = "value", 0
    while True:
        position = _skip_space(text, position)
        if place == "after" and not stack:
            if position < len(text):
                raise _invalid(text, position, "after top-level value")
            return
        if position >= len(text):
            raise JsonError(_END)
        position, place = _step(text, position, place, stack)
        if len(stack) > MAX_DEPTH:
            raise JsonError("exceeded max depth")


def _step(text: str, position: int, place: str, stack: list[str]) -> tuple[int, str]:
    char = text[position]
    if place == "after":
        return _after_value(text, position, stack)
    if char in "}]" and place == ("first key" if char == "}" else "first value"):
        stack.pop()
        return position + 1, "after"
    if place == "colon":
        if char != ":":
            raise _invalid(text, position, "after object key")
        return position + 1, "value"
    if place in {"key", "first key"}:
        if char != '"':
            raise _invalid(text, position, "looking for beginning of object key string")
        return _end_of_string(text, position), "colon"
    if char in "{[":
        stack.append(char)
        return position + 1, "first key" if char == "{" else "first value"
    return _end_of_scalar(text, position), "after"


def _after_value(text: str, position: int, stack: list[str]) -> tuple[int, str]:
    char, opened = text[position], stack[-1]
    if char == ",":
        return position + 1, "key" if opened == "{" else "value"
    if char == ("}" if opened == "{" else "]"):
        stack.pop()
        return position + 1, "after"
    raise _invalid(text, position, "after object key:value pair" if opened == "{" else "after array element")


def _end_of_scalar(text: str, position: int) -> int:
    char = text[position]
    if char == '"':
        return _end_of_string(text, position)
    if char in _LITERALS:
        return _end_of_literal(text, position)
    if char == "-" or char.isdigit():
        return _end_of_number(text, position)
    raise _invalid(text, position, "looking for beginning of value")


def _end_of_string(text: str, position: int) -> int:
    match = _STRING.match(text, position)
    end = match.end() if match else position + 1
    if end >= len(text):
        raise JsonError(_END)
    if text[end] == '"':
        return end + 1
    if text[end] != "\\":
        raise _invalid(text, end, "in string literal")
    for offset in range(1, 6):
        if end + offset >= len(text):
            raise JsonError(_END)
        if offset == 1 and text[end + 1] != "u":
            raise _invalid(text, end + 1, "in string escape code")
        if offset > 1 and text[end + offset] not in "0123456789abcdefABCDEF":
            raise _invalid(text, end + offset, "in \\u hexadecimal character escape")
    return end  # not reached: a whole escape is part of the match


def _end_of_literal(text: str, position: int) -> int:
    word = _LITERALS[text[position]]
    for offset, expected in enumerate(word):
        if position + offset >= len(text):
            raise JsonError(_END)
        if text[position + offset] != expected:
            raise _invalid(text, position + offset, f"in literal {word} (expecting '{expected}')")
    return position + len(word)


def _end_of_number(text: str, position: int) -> int:
    match = _NUMBER.match(text, position)
    end = match.end() if match else position + 1
    if match and not (text[end : end + 1] and text[end] in ".eE"):
        return end
    if match:
        is_exponent = text[end] in "eE"
        context = (
            "in exponent of numeric literal" if is_exponent else "after decimal point in numeric literal"
        )
        end += 2 if is_exponent and text[end + 1 : end + 2] in {"+", "-"} else 1
    else:
        context = "in numeric literal"
    if end >= len(text):
        raise JsonError(_END)
    raise _invalid(text, end, context)


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _invalid(text: str, position: int, context: str) -> JsonError:
    char = text[position]
    special = {"'": "'\\''", '"': "'\"'"}
    quoted = special.get(char) or f"'{json.dumps(char, ensure_ascii=ord(char) < 32)[1:-1]}'"
    return JsonError(f"invalid character {quoted} {context}")
