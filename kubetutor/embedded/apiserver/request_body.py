"""The body of a request, and what it says it is.

Models: k8s.io/apiserver/pkg/endpoints/handlers/rest.go (limitedReadBody).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.embedded.apiserver import protobuf
from kubetutor.embedded.apiserver.status import bad_request, too_large
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

BODY_LIMIT = 3 * 1024 * 1024
PROTOBUF = "application/vnd.kubernetes.protobuf"


def content_type(request: Request) -> str:
    """Answer the media type; JSON when the request does not say."""
    header = request.headers.get("content-type", "")
    return header.split(";", 1)[0].strip().lower() or (header or "application/json")


async def read(request: Request) -> bytes:
    """Read the body; 413 when it is too large, without reading on."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise too_large(BODY_LIMIT)
        chunks.append(chunk)
    return b"".join(chunks)


async def read_delete_options(request: Request) -> Any:
    body = await read(request)
    if not body:
        return None
    if content_type(request) == PROTOBUF:
        return protobuf.decode(body)
    try:
        options = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    if not isinstance(options, dict):
        raise ApiError(
            400, "BadRequest", "the object provided is unrecognized (must be of type DeleteOptions)"
        )
    return options
