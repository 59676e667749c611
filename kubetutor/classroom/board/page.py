"""The board as a page, for the instructor only.

1. It is served on the loopback address and nowhere else, so nothing of it ever crosses the network.
2. What it shows needs a token, which stands in the link after `#`: browsers send that to nobody. Other users of this machine
   get an empty page.
3. Only this machine's own names are answered (`Host`), no other site may frame it, and no script but its own runs.
"""

from __future__ import annotations

import hmac
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kubetutor.classroom.board.board import Board, board
from kubetutor.classroom.board.sources import course
from kubetutor.classroom.board.text import csv_of
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from kubetutor.classroom.board.sources import Source

HERE = Path(__file__).parent
FRESH_SECONDS = 1.0  # several pages that look at once ask the source once
HOSTS = ["127.0.0.1", "localhost"]
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
FILES = {
    "/": ("text/html", ("page.html",)),
    "/page.js": ("text/javascript", ("board.js", "page.js")),
    "/page.css": ("text/css", ("board.css", "page.css")),
}


class Page:
    """Serves the board of a source. `invite` answers how learners join, for the page's head; None: they need no code."""

    def __init__(
        self, source: Source, token: str, invite: Callable[[], dict[str, Any]] | None = None
    ) -> None:
        self._source, self._token, self._invite = source, token, invite
        self._course = course()
        self._latest: tuple[float, Board] | None = None
        routes = [Route(path, _file(*FILES[path])) for path in FILES]
        self.app = Starlette(
            routes=[*routes, Route("/frame", self._frame), Route("/csv", self._csv)],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
        )

    async def _frame(self, request: Request) -> Response:
        if not self._may(request):
            return Response(status_code=401, headers=HEADERS)
        try:
            document = (await run_in_threadpool(self._board)).frame()
        except KubetutorError as error:
            document = {"trouble": str(error)}
        if self._invite is not None:
            document["join"] = self._invite()
        return JSONResponse(document, headers=HEADERS)

    async def _csv(self, request: Request) -> Response:
        if not self._may(request):
            return Response(status_code=401, headers=HEADERS)
        try:
            text = csv_of(await run_in_threadpool(self._board))
        except KubetutorError as error:
            return Response(str(error), status_code=503, headers=HEADERS)
        return Response(text, media_type="text/csv; charset=utf-8", headers=HEADERS)

    def _board(self) -> Board:
        now = time.monotonic()
        if self._latest is None or now - self._latest[0] > FRESH_SECONDS:
            self._latest = now, board(self._course, self._source.seen(), time.time())
        return self._latest[1]

    def _may(self, request: Request) -> bool:
        said = request.headers.get("authorization", "")
        return hmac.compare_digest(said.encode(errors="replace"), f"Bearer {self._token}".encode())


def new_token() -> str:
    return secrets.token_urlsafe(24)


def script(*names: str) -> str:
    """Answer files of this folder, one after the other: there is no build step."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def _file(media_type: str, names: tuple[str, ...]) -> Callable[[Request], Response]:
    text = script(*names)
    return lambda _request: Response(text, media_type=media_type, headers=HEADERS)
