"""Carries one HTTP request to a pod, and its answer back.

Models: k8s.io/apimachinery/pkg/util/proxy/upgradeaware.go.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from kubetutor.embedded.apiserver.proxy import outgoing
from kubetutor.embedded.apiserver.proxy.answer import Answer, AnswerError
from kubetutor.embedded.apiserver.proxy.links import rewrite_link, rewrite_page
from kubetutor.embedded.apiserver.status import service_unavailable
from kubetutor.embedded.apiserver.streams.closing import closing

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from kubetutor.embedded.apiserver.proxy.target import Target

UNREACHABLE = "error trying to reach service: "


@dataclass(frozen=True, slots=True)
class Links:
    """How to rewrite a link: what goes before its path, if it is to one of the hosts."""

    prefix: str
    hosts: frozenset[str]

    def link(self, link: str) -> str:
        return rewrite_link(link, self.prefix, self.hosts)

    def page(self, page: bytes) -> bytes:
        return rewrite_page(page, self.prefix, self.hosts)


async def forward(request: Request, target: Target) -> Response:
    """Send a request on and answer as soon as the pod does. Raises ApiError 503 when nobody does."""
    prefix, below = _split(request.scope["path"])
    if not below and request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(status_code=301, headers={"Location": f"{prefix}/{query}", **_UNCACHED})
    head = outgoing.request_head(request, outgoing.cleaned(below), prefix)
    try:
        reader, writer = await outgoing.connect(target)
    except OSError as error:
        raise service_unavailable(UNREACHABLE + outgoing.dial_error(target, error)) from error
    client = asyncio.create_task(outgoing.send(request, head, writer))
    response = ForwardedResponse(
        Answer(reader, has_body=request.method != "HEAD"),
        writer,
        client,
        Links(prefix, frozenset({request.headers.get("host", ""), f"{target.host}:{target.port}"})),
    )
    await response.begin()
    return response


_UNCACHED = {"Cache-Control": "no-cache, private"}


def _split(path: str) -> tuple[str, str]:
    """Split a path into that of the proxy, `.../services/NAME/proxy`, and what is below."""
    parts = path.split("/")
    at = parts.index("proxy", parts.index("namespaces") + 4)
    return "/".join(parts[: at + 1]), "".join(f"/{part}" for part in parts[at + 1 :])


class ForwardedResponse(Response):
    """The pod's answer, passed on as it comes. When the client goes, so does the connection to the pod."""

    media_type = None

    def __init__(
        self, answer: Answer, writer: asyncio.StreamWriter, client: asyncio.Task[None], links: Links
    ) -> None:
        super().__init__()
        self._answer, self._writer, self._client, self._links = answer, writer, client, links

    async def begin(self) -> None:
        """Wait for the head of the answer. Raises ApiError 503 when there is none."""
        try:
            await self._answer.read_head()
        except (OSError, AnswerError) as error:
            await self._end()
            raise service_unavailable(f"{UNREACHABLE}{error or 'EOF'}") from error
        except BaseException:
            await self._end()
            raise
        self.status_code = self._answer.status
        uncached = [(name.lower().encode(), value.encode()) for name, value in _UNCACHED.items()]
        self.raw_headers = [*uncached, *map(self._passed_on, self._kept())]

    def _kept(self) -> list[tuple[bytes, bytes]]:
        dropped = {name.encode() for name in outgoing.BETWEEN_NEIGHBOURS}
        if self._is_page:
            dropped |= {b"content-length", b"content-encoding"}
        return [(name, value) for name, value in self._answer.headers if name not in dropped]

    def _passed_on(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        name, value = header
        return (
            (name, self._links.link(value.decode("latin-1")).encode("latin-1"))
            if name == b"location"
            else header
        )

    @property
    def _is_page(self) -> bool:
        """Say whether this is a page of links; a redirect is not, whatever it comes with."""
        found = dict(self._answer.headers)
        kind = found.get(b"content-type", b"").split(b";")[0].strip()
        readable = found.get(b"content-encoding", b"") in {b"", b"gzip"}
        return kind == b"text/html" and b"location" not in found and readable and self._answer.has_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's signature
        sending = asyncio.create_task(self._send_all(send))
        try:
            await asyncio.wait({sending, self._client}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await self._end()

    async def _send_all(self, send: Send) -> None:
        chunks = self._answer.body()
        async with closing(chunks):
            if self._is_page:
                page = self._rewritten(b"".join([chunk async for chunk in chunks]))
                self.raw_headers.append((b"content-length", str(len(page)).encode()))
                await send(self._start())
                await send({"type": "http.response.body", "body": page})
                return
            await send(self._start())
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _start(self) -> dict[str, object]:
        return {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}

    def _rewritten(self, page: bytes) -> bytes:
        is_packed = dict(self._answer.headers).get(b"content-encoding") == b"gzip"
        return self._links.page(gzip.decompress(page) if is_packed else page)

    async def _end(self) -> None:
        self._client.cancel()
        await asyncio.gather(self._client, return_exceptions=True)
        self._writer.transport.abort()
