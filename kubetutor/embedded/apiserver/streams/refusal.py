"""Saying no before a stream starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from kubetutor.embedded.apiserver.streams.options import bad_request, check_host, read_remote_command
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.websockets import WebSocket

    from kubetutor.api.objects import Object


async def refuse(websocket: WebSocket, error: ApiError) -> None:
    """Answer the request for a WebSocket with a `Status` instead."""
    await websocket.send_denial_response(status_response(error))


def answer_without_websocket(pod: Object, params: QueryParams, *, subresource: str) -> Response:
    """Answer a plain or SPDY request to `exec`, `attach` or `portforward`: what is wrong with it."""
    try:
        if subresource == "portforward":
            check_host(pod)
        else:
            read_remote_command(pod, params)
    except ApiError as error:
        return status_response(error)
    return status_response(bad_request("Upgrade request required"))


def status_response(error: ApiError) -> JSONResponse:
    return JSONResponse(error.status(), status_code=error.code)
