"""The request as the pod sees it, and the connection that it goes over.

Models: k8s.io/apimachinery/pkg/util/proxy/transport.go, net/http/httputil/reverseproxy.go.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import ssl
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from kubetutor.embedded.apiserver.proxy.target import Target

IN_PATHS = "$&+,/:;=@"  # what Go leaves as it is in a path, beside letters and digits
BETWEEN_NEIGHBOURS = frozenset(  # headers of one connection, not of the request
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
FOR_THE_API_SERVER = ("authorization", "impersonate-")
NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})


async def connect(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect; raises OSError. As upstream, nobody asks whose certificate it is: the address is known to be a pod's."""
    context = None
    if target.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncio.open_connection(target.host, target.port, ssl=context)


def dial_error(target: Target, error: OSError) -> str:
    """Say why nobody could be reached, in Go's words."""
    if isinstance(error, ssl.SSLError):
        is_other = error.reason in NO_TLS
        return "tls: first record does not look like a TLS handshake" if is_other else f"tls: {error}"
    reason = os.strerror(error.errno).lower() if error.errno else str(error) or "EOF"
    return f"dial tcp {target.host}:{target.port}: connect: {reason}"


def cleaned(path: str) -> str:
    """Write a path as Go does, with no `..`, no `//`, and a `/` before it."""
    clean = posixpath.normpath(f"/{path.lstrip('/')}")
    ending = "/" if path.endswith("/") and clean != "/" else ""
    return quote(clean + ending, safe=IN_PATHS)


def request_head(request: Request, path: str, prefix: str) -> bytes:
    """Write the request line and the headers. What is for the API server alone stays with it."""
    query = f"?{request.url.query}" if request.url.query else ""
    lines = [f"{request.method} {path}{query} HTTP/1.1", *_headers(request, f"{prefix}{path}")]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n"


def _headers(request: Request, uri: str) -> Iterator[str]:
    named = {name.strip().lower() for name in request.headers.get("connection", "").split(",")}
    dropped = BETWEEN_NEIGHBOURS | named | {"x-forwarded-for", "x-forwarded-uri"}
    for name, value in request.headers.items():
        if name not in dropped and not name.startswith(FOR_THE_API_SERVER):
            yield f"{name.title()}: {value}"
    if _is_chunked(request):
        yield "Transfer-Encoding: chunked"
    before = request.headers.getlist("x-forwarded-for")
    client = request.client.host if request.client else "127.0.0.1"
    yield f"X-Forwarded-For: {', '.join([*before, client])}"
    yield f"X-Forwarded-Uri: {uri}"


def _is_chunked(request: Request) -> bool:
    return "chunked" in request.headers.get("transfer-encoding", "")


async def send(request: Request, head: bytes, writer: asyncio.StreamWriter) -> None:
    """Send all of the request; then wait until the client has gone."""
    try:
        await _send(request, head, writer)
    except ClientDisconnect:
        return
    except OSError:
        pass  # the pod takes no more: its answer, or the lack of one, is told
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _send(request: Request, head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(head)
    is_chunked = _is_chunked(request)
    async for chunk in request.stream():
        if is_chunked and chunk:
            writer.writelines((f"{len(chunk):x}\r\n".encode(), chunk, b"\r\n"))
        else:
            writer.write(chunk)
        await writer.drain()
    if is_chunked:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
