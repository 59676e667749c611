"""Which objects are meant: label selectors, as text and as objects, and field selectors.

Models: k8s.io/apimachinery/pkg/labels/selector.go and pkg/fields/selector.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.formats import label_value, qualified_name
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubetutor.api.objects import Object


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on labels. `operator` is In, NotIn, Exists, DoesNotExist, Gt or Lt."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


Requirements: TypeAlias = tuple[Requirement, ...]

EVERYTHING: Requirements = ()
NOTHING: Requirements = (Requirement("", "In"),)

NAMES = {"in": "In", "notin": "NotIn", "=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}
OPERATORS_IN_WORDS = "in, notin, =, ==, !=, gt, lt"
TOKEN = re.compile(r"[ \t\r\n]*(==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+|\Z)")
SYMBOLS = frozenset({"==", "!=", "=", "!", "(", ")", ",", "<", ">", ""})


def matches(requirements: Requirements, labels: Mapping[str, str]) -> bool:
    """Say whether the labels meet every requirement."""
    return all(_meets(requirement, labels) for requirement in requirements)


def _meets(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value is not None and value in requirement.values
        case "NotIn":
            return value is None or value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    if value is None or not _is_integer(value):
        return False
    difference = int(value) - int(requirement.values[0])
    return difference > 0 if requirement.operator == "Gt" else difference < 0


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]{1,19}", text, re.ASCII) is not None


def from_selector(selector: Object | None) -> Requirements:
    """Read a `LabelSelector`: None selects nothing, an empty one everything."""
    if selector is None:
        return NOTHING
    exact = [Requirement(key, "In", (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    wider = [_from_expression(expression) for expression in selector.get("matchExpressions") or ()]
    return tuple(exact + wider)


def from_labels(labels: Mapping[str, str]) -> Requirements:
    """Read the plain map that a service's selector is."""
    return tuple(Requirement(key, "In", (value,)) for key, value in labels.items())


def _from_expression(expression: Object) -> Requirement:
    operator = expression.get("operator", "")
    if operator not in {"In", "NotIn", "Exists", "DoesNotExist"}:
        raise _bad_request(f'"{operator}" is not a valid label selector operator')
    return Requirement(str(expression.get("key", "")), operator, tuple(expression.get("values") or ()))


def write_selector(selector: Object | None) -> str:
    """Write a `LabelSelector` as `a=b,c in (d,e)`, sorted by key; an empty text for an empty one."""
    selector = selector or {}
    found = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    expressions = selector.get("matchExpressions") or ()
    found += [(expression["key"], _write_expression(expression)) for expression in expressions]
    return ",".join(text for _, text in sorted(found, key=lambda pair: pair[0]))


def _write_expression(expression: Object) -> str:
    key, values = expression["key"], ",".join(sorted(expression.get("values") or ()))
    forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": str(key)}
    return forms.get(expression.get("operator", ""), f"!{key}")


@lru_cache(maxsize=1024)
def parse_labels(text: str) -> Requirements:
    """Read `a=b,c!=d,e in (f,g),h notin (),i,!j,k>1`. Raises `ApiError` 400 in upstream's words."""
    return _Parser(text).selector()


class _Parser:
    """Reads one label selector from left to right; "" stands for the end of the text."""

    def __init__(self, text: str) -> None:
        self._tokens = [found[1] for found in TOKEN.finditer(text)]
        if self._tokens[-1] != "":
            self._tokens.append("")
        self._next = 0

    def selector(self) -> Requirements:
        requirements = []
        while word := self._peek():
            if word in SYMBOLS and word != "!":
                raise _bad_request(f"found '{word}', expected: !, identifier, or 'end of string'")
            requirements.append(self._requirement())
            after = self._take()
            if after == "":
                break
            if after != ",":
                raise _bad_request(f"found '{after}', expected: ',' or 'end of string'")
            if (following := self._peek()) in SYMBOLS and following != "!":
                raise _bad_request(f"found '{following}', expected: identifier after ','")
        return tuple(sorted(requirements, key=lambda requirement: requirement.key))

    def _peek(self) -> str:
        return self._tokens[self._next]

    def _take(self) -> str:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _requirement(self) -> Requirement:
        absent = self._peek() == "!"
        if absent:
            self._take()
        key = self._take()
        if key in SYMBOLS:
            raise _bad_requirement(f"found '{key}', expected: identifier")
        if problems := qualified_name(key):
            raise _bad_requirement(f'<nil>: Invalid value: "{key}": {"; ".join(problems)}')
        if absent:
            return Requirement(key, "DoesNotExist")
        if self._peek() in {"", ","}:
            return Requirement(key, "Exists")
        operator = self._take()
        if operator not in NAMES:
            raise _bad_requirement(f"found '{operator}', expected: {OPERATORS_IN_WORDS}")
        values = self._values() if operator in {"in", "notin"} else (self._value(),)
        _check_values(key, operator, values)
        return Requirement(key, NAMES[operator], values)

    def _value(self) -> str:
        if self._peek() in {"", ","}:
            return ""
        value = self._take()
        if value in SYMBOLS:
            raise _bad_requirement(f"found '{value}', expected: identifier")
        return value

    def _values(self) -> tuple[str, ...]:
        if (opening := self._take()) != "(":
            raise _bad_requirement(f"found '{opening}' expected: '('")
        first = self._peek()
        if first in SYMBOLS - {",", ")"}:
            raise _bad_requirement(f"found '{first}', expected: ',', ')' or identifier")
        values = set()
        while True:
            if self._peek() in {",", ")"}:
                values.add("")
            else:
                values.add(self._listed_value())
            if self._take() == ")":
                return tuple(sorted(values))

    def _listed_value(self) -> str:
        value = self._take()
        if value in SYMBOLS:
            raise _bad_requirement(f"found '{value}', expected: ',', or identifier")
        if (after := self._peek()) not in {",", ")"}:
            raise _bad_requirement(f"found '{after}', expected: ',' or ')'")
        return value


def _check_values(key: str, operator: str, values: tuple[str, ...]) -> None:
    problems = []
    if operator in {">", "<"} and not _is_integer(values[0]):
        problems.append(
            f"values[0]: Invalid value: \"{values[0]}\": for 'Gt', 'Lt' operators, the value must be an integer"
        )
    for index, value in enumerate(values):
        if found := label_value(value):
            problems.append(f'values[{index}][{key}]: Invalid value: "{value}": {"; ".join(found)}')
    if problems:
        raise _bad_requirement(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")


def parse_fields(text: str) -> tuple[tuple[str, str, str], ...]:
    r"""Read `a=b,c!=d` as (path, `=` or `!=`, value); `\,`, `\=` and `\\` stand for themselves.

    Which paths a kind knows is the API server's to say. Raises `ApiError` 400 in upstream's words.
    """
    return tuple(
        _parse_term(text, term) for term in sorted(re.findall(r"(?:\\.|[^,\\]|\\\Z)+", text, re.DOTALL))
    )


def _parse_term(text: str, term: str) -> tuple[str, str, str]:
    found = re.match(r"(.*?)(!=|==|=)(.*)\Z", term, re.DOTALL)
    if found is None:
        raise _bad_request(f"invalid selector: '{text}'; can't understand '{term}'")
    return found[1], "!=" if found[2] == "!=" else "=", _unescape(found[3])


def _unescape(value: str) -> str:
    characters = []
    rest = iter(value)
    for character in rest:
        if character == "\\":
            escaped = next(rest, "")
            if escaped not in {"\\", ",", "="}:
                raise _bad_request(f"invalid field selector: invalid escape sequence: \\{escaped}")
            characters.append(escaped)
        elif character in ",=":
            raise _bad_request(f"invalid field selector: unescaped character in value: {ord(character)}")
        else:
            characters.append(character)
    return "".join(characters)


def _bad_requirement(message: str) -> ApiError:
    return _bad_request(f"unable to parse requirement: {message}")


def _bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)
