"""The log of a container, at once or as it grows.

Models: pkg/registry/core/pod/rest/log.go, ValidatePodLogOptions.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from starlette.responses import Response

from kubetutor.api.objects import name_of
from kubetutor.embedded.apiserver.field import FieldError
from kubetutor.embedded.apiserver.streams.closing import closing
from kubetutor.embedded.apiserver.streams.options import bad_request, choose_container, is_set
from kubetutor.embedded.apiserver.streams.refusal import status_response
from kubetutor.embedded.clock import parse_timestamp
from kubetutor.embedded.node_api import LogOptions
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.datastructures import QueryParams
    from starlette.types import Receive, Scope, Send

    from kubetutor.api.objects import Object
    from kubetutor.embedded.node_api import NodeApi

NOT_NEGATIVE = "must be greater than or equal to 0"
POSITIVE = "must be greater than 0"


def log_response(node: NodeApi | None, pod: Object, params: QueryParams) -> Response:
    """Answer the log. Raises `ApiError` 400 and 422; a pod on no node yet (`node` None) has 204 and no log."""
    options = read_log_options(pod, params, time.time())
    if node is None or not pod["spec"].get("nodeName"):
        return Response(status_code=204)
    return LogResponse(node.logs(pod, options))


class LogResponse(Response):
    """Streams a log. What the node refuses at once becomes a `Status`; a client that goes ends the reading."""

    media_type = None

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        super().__init__(headers={"content-type": "text/plain"})
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(scope, receive, send))
        leaving = asyncio.create_task(_wait_until_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send_all(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with closing(self._chunks):
            await self._send_chunks(scope, receive, send)

    async def _send_chunks(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            first = await anext(self._chunks, b"")
        except ApiError as error:
            await status_response(error)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        with contextlib.suppress(ApiError):  # the container has gone meanwhile: its log ends here
            async for chunk in self._chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def read_log_options(pod: Object, params: QueryParams, now: float) -> LogOptions:
    """Read the query; raises `ApiError` 400 and 422. `now` is seconds since the epoch."""
    tail_lines, limit_bytes, since_seconds = (
        _read_int(params, name) for name in ("tailLines", "limitBytes", "sinceSeconds")
    )
    since = _read_time(params.get("sinceTime"))
    errors = list(_check(tail_lines, limit_bytes, since_seconds, has_time=since is not None))
    if "stream" in params:  # what it is for, PodLogsQuerySplitStreams, is off unless asked for
        errors.append(FieldError("FieldValueForbidden", "stream", "Forbidden: may not be specified"))
    if errors:
        raise _invalid(pod, errors)
    return LogOptions(
        container=choose_container(pod, params.get("container")),
        follow=is_set(params, "follow"),
        previous=is_set(params, "previous"),
        timestamps=is_set(params, "timestamps"),
        tail_lines=tail_lines,
        limit_bytes=limit_bytes,
        since=since if since_seconds is None else now - since_seconds,
    )


def _check(
    tail_lines: int | None, limit_bytes: int | None, since_seconds: int | None, *, has_time: bool
) -> list[FieldError]:
    checks = (
        ("tailLines", tail_lines, 0, NOT_NEGATIVE),
        ("limitBytes", limit_bytes, 1, POSITIVE),
        ("sinceSeconds", None if has_time else since_seconds, 1, POSITIVE),
    )
    errors = [
        FieldError("FieldValueInvalid", name, f"Invalid value: {value}: {why}")
        for name, value, least, why in checks
        if value is not None and value < least
    ]
    if has_time and since_seconds is not None:
        message = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        errors.append(FieldError("FieldValueForbidden", "[]", message))
    return errors


def _invalid(pod: Object, errors: list[FieldError]) -> ApiError:
    lines = [f"{error.path}: {error.message}" for error in errors]
    text = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
    causes = [{"reason": e.reason, "message": e.message, "field": e.path} for e in errors]
    details = {"name": name_of(pod), "kind": "PodLogOptions", "causes": causes}
    return ApiError(422, "Invalid", f'PodLogOptions "{name_of(pod)}" is invalid: {text}', details)


def _read_int(params: QueryParams, name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if not (digits.isascii() and digits.isdigit()):
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return number


def _read_time(text: str | None) -> float | None:
    if not text:
        return None
    try:
        moment = parse_timestamp(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise bad_request(
            f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}" as "2006"'
        )
    return moment.timestamp()
