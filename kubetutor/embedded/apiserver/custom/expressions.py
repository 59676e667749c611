"""Expressions in CEL, the Common Expression Language, by the package of that name. It is loaded for the first rule.

Unlike upstream: types are not checked beforehand, nothing is counted against a budget, and functions that Kubernetes
adds to CEL (quantities, addresses, URLs, optional fields) are not there.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Any


class UnknownFunctionError(Exception):
    """An expression calls what is not there: it cannot be evaluated."""


class EvaluationError(Exception):
    """An expression has no value for this object. The message is upstream's."""


def is_available() -> bool:
    return importlib.util.find_spec("cel") is not None


def complaint(expression: str) -> str:
    """Say what is wrong with the text of an expression; "" when it can be read."""
    try:
        _compiled(expression)
    except ValueError as error:
        text = str(error)
        return text[max(text.find("ERROR:"), 0) :]
    return ""


def variables(expression: str) -> set[str]:
    """Name the variables that an expression uses: `self`, `oldSelf`."""
    return set(_compiled(expression).variables())


def evaluate(expression: str, values: dict[str, Any]) -> Any:
    """Answer the value of an expression. Raises UnknownFunctionError, EvaluationError."""
    import cel  # noqa: PLC0415  # slow to load, and few definitions have rules
    from cel.stdlib import add_stdlib_to_context  # noqa: PLC0415

    context = cel.Context(values)
    add_stdlib_to_context(context)
    try:
        return _compiled(expression).execute(context)
    except KeyError as error:
        raise EvaluationError(f"no such key: {error.args[0]}") from error
    except IndexError as error:
        raise EvaluationError(str(error)) from error
    except ZeroDivisionError as error:
        raise EvaluationError("division by zero") from error
    except TypeError as error:
        raise EvaluationError("no such overload") from error
    except RuntimeError as error:
        raise UnknownFunctionError(str(error)) from error


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    import cel  # noqa: PLC0415  # slow to load, and few definitions have rules

    return cel.compile(expression)
