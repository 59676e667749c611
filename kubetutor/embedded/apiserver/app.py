"""The API server as an ASGI application: who asks, for what, and who answers.

Models: k8s.io/apiserver/pkg/server/config.go, the handler chain.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.websockets import WebSocket

from kubetutor.embedded.apiserver import discovery, openapi_v2
from kubetutor.embedded.apiserver.authentication import impersonated
from kubetutor.embedded.apiserver.authorization import require
from kubetutor.embedded.apiserver.handlers import Handlers
from kubetutor.embedded.apiserver.rendering import refusal
from kubetutor.embedded.apiserver.request import ResourceRequest, group_versions, parse
from kubetutor.embedded.apiserver.status import bad_request, internal, method_not_allowed, unauthorized
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from starlette.types import Receive, Scope, Send

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.authentication import Authenticator
    from kubetutor.embedded.apiserver.openapi import OpenApi
    from kubetutor.embedded.apiserver.registry import Registry
    from kubetutor.embedded.node_api import NodeApi

log = logging.getLogger(__name__)

HEALTH = {"/healthz", "/livez", "/readyz"}
OPEN_TO_ALL = HEALTH | {"/version"}
STREAMS = {"exec": "serve_exec", "attach": "serve_attach", "portforward": "serve_port_forward"}
AGGREGATED = "as=APIGroupDiscoveryList"


class App:
    """The application. `nodes` finds the kubelet of a node; `address` is what clients connect to."""

    def __init__(
        self,
        registry: Registry,
        authenticator: Authenticator,
        openapi: OpenApi,
        nodes: Callable[[str], NodeApi],
        *,
        address: str,
    ) -> None:
        self._registry, self._authenticator = registry, authenticator
        self._openapi, self._nodes, self._address = openapi, nodes, address
        self._handlers = Handlers(registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await self._respond(Request(scope, receive))
            await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._stream(WebSocket(scope, receive, send))

    async def _respond(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except ApiError as error:
            return refusal(error)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            return refusal(internal("an unexpected error; the cluster's log has the details"))

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        user = self._authenticator.user(request.headers.get("authorization", ""))
        if user is None and path not in OPEN_TO_ALL:
            raise unauthorized()
        what = parse(path)
        if what is not None and user is not None:
            user = impersonated(user, request.headers)
            is_watch = request.query_params.get("watch", "") in {"1", "true"}
            require(user, what, method=request.method, watch=is_watch)
            if what.subresource == "log":
                return self._logs(request, what)
            if what.subresource in STREAMS:
                pod = self._registry.get(what.kind, what.namespace, what.name or "")
                answer: Response = _streams().answer_without_websocket(
                    pod, request.query_params, subresource=what.subresource
                )
                return answer
            return await self._handlers.answer(request, what, user)
        return self._document(request, path.rstrip("/") or "/")

    def _document(self, request: Request, path: str) -> Response:
        """Answer what is not a resource: health, version, discovery, OpenAPI."""
        found = self._health(request, path) or self._discovery(request, path) or self._open_api(request, path)
        if found is None:
            return PlainTextResponse("404 page not found\n", 404)
        if request.method not in {"GET", "HEAD"}:
            raise method_not_allowed()
        return found

    def _health(self, request: Request, path: str) -> Response | None:
        if path in HEALTH:
            name = path.strip("/")
            verbose = "verbose" in request.query_params
            return PlainTextResponse(f"[+]ping ok\n{name} check passed\n" if verbose else "ok")
        if path == "/version":
            document = orjson.dumps(discovery.version_info(), option=orjson.OPT_INDENT_2)
            return Response(document, media_type="application/json")
        if path == "/":
            paths = ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]
            groups = sorted({f"/apis/{group}/{version}" for group, version in group_versions() if group})
            return _json({"paths": sorted(paths + groups)})
        return None

    def _discovery(self, request: Request, path: str) -> Response | None:
        parts = path.strip("/").split("/")
        aggregated = AGGREGATED in request.headers.get("accept", "")
        if path == "/api":
            return (
                _discovered(discovery.aggregated_core())
                if aggregated
                else _json(discovery.api_versions(self._address))
            )
        if path == "/apis":
            return _discovered(discovery.aggregated_groups()) if aggregated else _json(discovery.api_groups())
        document = None
        if parts[0] == "api" and len(parts) == 2:
            document = discovery.resource_list("", parts[1])
        elif parts[0] == "apis" and len(parts) == 2:
            document = discovery.api_group(parts[1])
        elif parts[0] == "apis" and len(parts) == 3:
            document = discovery.resource_list(parts[1], parts[2])
        return None if document is None else _json(document)

    def _open_api(self, request: Request, path: str) -> Response | None:
        if path == "/openapi/v2":
            as_protobuf = "protobuf" in request.headers.get("accept", "")
            return Response(
                openapi_v2.PROTOBUF if as_protobuf else openapi_v2.JSON,
                media_type=openapi_v2.MEDIA_TYPE if as_protobuf else "application/json",
            )
        if path == "/openapi/v3":
            return Response(self._openapi.index(), media_type="application/json")
        if not path.startswith("/openapi/v3/"):
            return None
        name = path.removeprefix("/openapi/v3/")
        document = self._openapi.document(name)
        if document is None:
            return None
        cached = request.query_params.get("hash") == self._openapi.hash_of(name)
        headers = {"Cache-Control": "public, immutable, max-age=31536000"} if cached else None
        return Response(document, headers=headers, media_type="application/json")

    def _logs(self, request: Request, what: ResourceRequest) -> Response:
        if request.method != "GET":
            raise method_not_allowed()
        pod = self._registry.get(what.kind, what.namespace, what.name or "")
        name = pod["spec"].get("nodeName")
        node = self._nodes(name) if name else None
        response: Response = _streams().log_response(node, pod, request.query_params)
        return response

    async def _stream(self, websocket: WebSocket) -> None:
        try:
            pod, node, subresource = self._target_of_stream(websocket)
        except ApiError as error:
            await _streams().refuse(websocket, error)
            return
        serve = getattr(_streams(), STREAMS[subresource])
        await serve(websocket, node, pod, websocket.query_params)

    def _target_of_stream(self, websocket: WebSocket) -> tuple[Object, NodeApi, str]:
        user = self._authenticator.user(websocket.headers.get("authorization", ""))
        if user is None:
            raise unauthorized()
        what = parse(websocket.url.path)
        if what is None or what.subresource not in STREAMS:
            raise bad_request("this path has no streams")
        require(impersonated(user, websocket.headers), what, method="GET", watch=False)
        pod = self._registry.get(what.kind, what.namespace, what.name or "")
        node = pod["spec"].get("nodeName")
        if not node:
            raise bad_request(f"pod {what.name} does not have a host assigned")
        return pod, self._nodes(node), what.subresource


def _streams() -> ModuleType:
    """Load what serves logs, exec and port-forward when somebody asks for it; a start need not wait for it."""
    return importlib.import_module("kubetutor.embedded.apiserver.streams")


def _json(document: object) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")


def _discovered(document: object) -> Response:
    media_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    return Response(orjson.dumps(document), headers={"Content-Type": media_type, "Vary": "Accept"})


def nodes_of(find: Callable[[str], NodeApi | None]) -> Callable[[str], NodeApi]:
    """Turn a look-up into one that refuses as upstream does when a node does not answer."""

    def node(name: str) -> NodeApi:
        found = find(name)
        if found is None:
            raise ApiError(
                500, "InternalError", f"Internal error occurred: error dialing node {name}: no route to host"
            )
        return found

    return node
