"""YAML bodies, read as upstream reads them: turned into JSON first, so times stay text and keys become text."""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from kubetutor.embedded.apiserver.go_json import MAX_DEPTH, JsonError, decode_json, is_deeper_than

MAX_VALUES = 1_000_000  # after aliases are written out: no body of 3 MiB has as many without them
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class YamlError(ValueError):
    """The text is not YAML, or not YAML that JSON can say."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C parser may be missing
    """Reads dates as text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's own way to configure a loader
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def decode_yaml(body: bytes) -> Any:
    """Decode one YAML document, or raise `YamlError`. JSON is YAML, and is read much faster."""
    if body.lstrip()[:1] == b"{":
        try:
            return decode_json(body)
        except JsonError:
            pass  # YAML's flow style starts alike: its own parser has the last word
    try:
        _refuse_deep_nesting(body)
        value = yaml.load(body, Loader=_Loader)  # noqa: S506  # derived from SafeLoader
        _refuse_bombs(value)
        return orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))
    except yaml.MarkedYAMLError as error:
        raise YamlError(_words(error)) from error
    except (yaml.YAMLError, UnicodeError, TypeError, ValueError, RecursionError) as error:
        raise YamlError(f"yaml: {' '.join(str(error).split())}") from error


def keys_set_twice(body: bytes) -> list[str]:
    """Name the keys that stand twice in one map of a text that `decode_yaml` has read, JSON told apart."""
    if body.lstrip()[:1] == b"{":
        return []
    found: list[tuple[int, str]] = []
    waiting = [yaml.compose(body, Loader=_Loader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if str(key.value) in seen:
                    found.append((key.start_mark.line + 1, str(key.value)))
                seen.add(str(key.value))
                waiting.append(value)
    return [f'line {line}: key "{key}" already set in map' for line, key in sorted(found)]


def _words(error: yaml.MarkedYAMLError) -> str:
    """Word an error as Go's parser does, which counts lines from 0, but for errors of its scanner, and hides line 0."""
    line = error.problem_mark.line if error.problem_mark else 0
    if line and isinstance(error, yaml.scanner.ScannerError):
        line += 1
    elif not line and error.context_mark:
        line = error.context_mark.line
    where = f"line {line}: " if line else ""
    return f"yaml: {where}{error.problem or error.context}"


def _refuse_deep_nesting(body: bytes) -> None:
    """Look at the brackets first: the C parser that builds the values crashes the process when they are too many."""
    depth = 0
    for event in yaml.parse(body, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("exceeded max depth")


def _refuse_bombs(value: Any) -> None:
    """Refuse aliases that grow without measure, before anybody writes them out."""
    if _size(value, {}) > MAX_VALUES:
        raise ValueError("document contains excessive aliasing")
    if is_deeper_than(value, MAX_DEPTH):
        raise ValueError("exceeded max depth")


def _size(value: Any, sizes: dict[int, int]) -> int:
    """Count values, each alias as often as it is used; one that holds itself counts as endless."""
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in sizes:
        sizes[id(value)] = MAX_VALUES + 1
        children = value.values() if isinstance(value, dict) else value
        sizes[id(value)] = 1 + sum(_size(child, sizes) for child in children)
    return sizes[id(value)]
