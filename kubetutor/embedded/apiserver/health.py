"""Health checks: `/livez`, `/readyz`, `/healthz`, and each check below them by its name.

Models: k8s.io/apiserver/pkg/server/healthz. Unlike upstream: there are fewer checks, for there are fewer parts.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.datastructures import QueryParams

log = logging.getLogger(__name__)

ENDPOINTS = ("/healthz", "/livez", "/readyz")
NO_GUESSING = {"X-Content-Type-Options": "nosniff"}


class Health:
    """Answers for the checks, by name and in order; a check raises when something is wrong."""

    def __init__(self, checks: Mapping[str, Callable[[], object]]) -> None:
        self._checks = checks

    def answer(self, path: str, query: QueryParams) -> Response | None:
        """Answer `/livez` or `/livez/ping`; None for a check that we do not have."""
        endpoint = next((each for each in ENDPOINTS if path == each or path.startswith(f"{each}/")), None)
        if endpoint is None:
            return None
        if path == endpoint:
            return self._answer_all(endpoint.strip("/"), query)
        name = path.removeprefix(f"{endpoint}/")
        return self._answer_one(name) if name in self._checks else None

    def paths(self) -> list[str]:
        return [
            f"{each}{below}" for each in ENDPOINTS for below in ("", *(f"/{name}" for name in self._checks))
        ]

    def _answer_all(self, endpoint: str, query: QueryParams) -> Response:
        excluded = query.getlist("exclude")
        lines, failed = [], False
        for name in self._checks:
            if name in excluded:
                lines.append(f"[+]{name} excluded: ok")
            elif self._fails(name) is None:
                lines.append(f"[+]{name} ok")
            else:
                failed = True
                lines.append(f"[-]{name} failed: reason withheld")
        if unknown := sorted(set(excluded) - set(self._checks)):
            shown = ",".join(f'"{name}"' for name in unknown)
            lines.append(f"warn: some health checks cannot be excluded: no matches for {shown}")
        if failed:
            return _text("\n".join([*lines, f"{endpoint} check failed", ""]), 500)
        if "verbose" not in query:
            return _text("ok")
        return _text("\n".join([*lines, f"{endpoint} check passed", ""]))

    def _answer_one(self, name: str) -> Response:
        problem = self._fails(name)
        return (
            PlainTextResponse("ok") if problem is None else _text(f"internal server error: {problem}\n", 500)
        )

    def _fails(self, name: str) -> Exception | None:
        try:
            self._checks[name]()
        except Exception as error:  # whatever it is, the server is not well
            log.exception("the health check %s failed", name)
            return error
        return None


def _text(text: str, code: int = 200) -> Response:
    return PlainTextResponse(text, code, headers=NO_GUESSING)
