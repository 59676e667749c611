"""JSON paths as definitions use them: `.spec.cron`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.ports[*].name`.

Models: k8s.io/client-go/util/jsonpath, without its ranges, unions and `..`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import orjson

Step: TypeAlias = Callable[[Any], Iterator[Any]]

_STEP = re.compile(
    r"""
    \.(?P<name>(?:\\.|[^.\[\]\\])+)                                    # .name, with \. for a dot in it
    | \[\s*(?P<index>-?\d+)\s*\]                                       # [0], [-1]
    | (?P<all>\[\s*\*\s*\]|\.\*)                                       # [*], .*
    | \[\s*'(?P<quoted>(?:\\.|[^'\\])*)'\s*\]                          # ['name']
    | \[\?\(\s*@(?P<left>[^=!<>]*?)\s*(?P<operator>==|!=|<=|>=|<|>)\s*(?P<right>[^)]*?)\s*\)\]
    | \[\?\(\s*@(?P<exists>[^=!<>)]+?)\s*\)\]
    """,
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def compile_path(path: str) -> tuple[Step, ...] | None:
    """Read a path; None when it cannot be read."""
    if path in {"", "."}:
        return ()
    steps, position = [], 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            return None
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def find(steps: tuple[Step, ...], value: Any) -> list[Any]:
    """Answer all that a path leads to; nothing where it ends early."""
    found = [value]
    for step in steps:
        found = [child for each in found for child in step(each)]
    return found


def _step(match: re.Match[str]) -> Step:
    if match["all"]:
        return _all
    if match["index"] is not None:
        return _at_index(int(match["index"]))
    if match["operator"]:
        return _where(match["left"], match["operator"], _literal(match["right"]))
    if match["exists"]:
        return _where_there_is(match["exists"])
    name = match["name"] if match["name"] is not None else match["quoted"]
    return _field(re.sub(r"\\(.)", r"\1", name))


def _all(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _at_index(index: int) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, list) and -len(value) <= index < len(value):
            yield value[index]

    return step


def _field(name: str) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, dict) and name in value:
            yield value[name]

    return step


def _where(left: str, operator: str, right: Any) -> Step:
    compare, path = _COMPARE[operator], compile_path(left) or ()

    def step(value: Any) -> Iterator[Any]:
        for each in value if isinstance(value, list) else ():
            found = find(path, each)
            if found and type(found[0]) is type(right) and compare(found[0], right):
                yield each

    return step


def _where_there_is(left: str) -> Step:
    path = compile_path(left) or ()

    def step(value: Any) -> Iterator[Any]:
        yield from (each for each in (value if isinstance(value, list) else ()) if find(path, each))

    return step


def _literal(text: str) -> Any:
    if text[:1] == text[-1:] and text[:1] in {"'", '"'}:
        return text[1:-1]
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
