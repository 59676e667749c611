"""What learners may ask of the receiver. There is no request that reads anything: nobody learns of others.

POST /join       {"code", "name"}: answers {"name", "token"}
PUT /report      with the token: keeps the report; 204 means that it is on the disk
DELETE /report   with the token: forgets this learner

1. Whoever has no valid token is counted by address, a learner by seat. Too often is 429, before anything is read.
2. A body is read up to its bound, and no further: 413.
3. A refusal says why in {"error"}, and never anything of others.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kubetutor.classroom.receiver.limits import Buckets, Rate
from kubetutor.errors import ClassroomError, StateError
from kubetutor.exercises.report.report import LARGEST, parse, valid_name

if TYPE_CHECKING:
    from kubetutor.classroom.receiver.roster import Roster

LEARNER = Rate(burst=20, per_second=1)  # a check and a hint now and then
STRANGER = Rate(burst=60, per_second=2)  # by address: a class that sits at one server joins at once
LARGEST_JOIN = 1024  # bytes


class RefusedError(Exception):
    """A request that is answered with this status and these words."""

    def __init__(self, status: int, said: str, *, wait: int = 0) -> None:
        super().__init__(said)
        self.status, self.said, self.wait = status, said, wait


class Receiver:
    """Answers learners' requests out of a roster."""

    def __init__(
        self, roster: Roster, *, learners: Buckets | None = None, strangers: Buckets | None = None
    ) -> None:
        self._roster = roster
        self._learners, self._strangers = learners or Buckets(LEARNER), strangers or Buckets(STRANGER)
        self.app = Starlette(
            routes=[
                Route("/join", self._join, methods=["POST"]),
                Route("/report", self._report, methods=["PUT"]),
                Route("/report", self._forget, methods=["DELETE"]),
                Route("/{anything:path}", self._nothing),
            ],
            exception_handlers=dict.fromkeys(
                (RefusedError, ClassroomError, StateError, ClientDisconnect), _refuse
            ),
        )

    async def _join(self, request: Request) -> Response:
        self._count(request)
        code, name = _wanted(await _body(request, LARGEST_JOIN))
        secret, _ = self._roster.code()
        if not hmac.compare_digest(code.encode(errors="replace"), secret.encode()):
            raise RefusedError(403, "This join code is wrong. Compare it with what the instructor shows.")
        if not self._roster.has_valid_code():
            raise RefusedError(403, "This join code has expired. Ask the instructor for a new one.")
        name, token = self._roster.join(valid_name(name), _token(request))
        return JSONResponse({"name": name, "token": token})

    async def _report(self, request: Request) -> Response:
        learner = self._known(request)
        report = parse(await _body(request, LARGEST))
        self._roster.keep(learner, report)
        return Response(status_code=204)

    async def _forget(self, request: Request) -> Response:
        self._roster.forget(self._known(request))
        return Response(status_code=204)

    async def _nothing(self, request: Request) -> Response:
        self._count(request)
        raise RefusedError(404, "There is nothing here. Learners join with: kubetutor join")

    def _known(self, request: Request) -> int:
        learner = self._count(request)
        if learner is None:
            raise RefusedError(
                401, "This machine is not in the class (any more). Join again with the join code."
            )
        return learner

    def _count(self, request: Request) -> int | None:
        """Answer which learner asks, None for a stranger. Refuse who asks too often."""
        learner = self._roster.learner(_token(request))
        address = request.client.host if request.client else ""
        wait = self._strangers.wait(address) if learner is None else self._learners.wait(str(learner))
        if wait:
            raise RefusedError(429, f"Too many requests. Try again in {wait} s.", wait=wait)
        return learner


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def _body(request: Request, most: int) -> bytes:
    """Read the body, up to its bound."""
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > most:
        raise RefusedError(413, f"At most {most} bytes are taken.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise RefusedError(413, f"At most {most} bytes are taken.")
    return body


def _wanted(body: bytes) -> tuple[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "To join takes JSON: code and name.") from error
    if not isinstance(document, dict) or not isinstance(document.get("code"), str):
        raise RefusedError(400, "To join takes JSON: code and name.")
    return document["code"], document.get("name")


async def _refuse(_request: Request, error: Exception) -> Response:
    status, wait = 400, 0  # of a learner that has gone, nobody hears it
    if isinstance(error, RefusedError):
        status, wait = error.status, error.wait
    elif isinstance(error, StateError):
        status = 503
    headers = {"connection": "close", **({"retry-after": str(wait)} if wait else {})}
    return JSONResponse({"error": str(error)}, status, headers=headers)
