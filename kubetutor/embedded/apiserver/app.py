"""The API server as an ASGI application: who asks, for what, and who answers.

Models: k8s.io/apiserver/pkg/server/config.go, the handler chain.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from kubetutor.embedded.apiserver import resource_metrics
from kubetutor.embedded.apiserver.authentication import impersonated, is_bearer
from kubetutor.embedded.apiserver.authorization import require
from kubetutor.embedded.apiserver.documents import OPEN_TO_ALL, Documents
from kubetutor.embedded.apiserver.handlers import Handlers
from kubetutor.embedded.apiserver.health import Health
from kubetutor.embedded.apiserver.metrics import RequestMetrics
from kubetutor.embedded.apiserver.rendering import refusal
from kubetutor.embedded.apiserver.request import ResourceRequest, parse
from kubetutor.embedded.apiserver.status import bad_request, internal, method_not_allowed, unauthorized
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from starlette.types import Receive, Scope, Send

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.authentication import Authenticator, User
    from kubetutor.embedded.apiserver.openapi import OpenApi
    from kubetutor.embedded.apiserver.registry import Registry
    from kubetutor.embedded.apiserver.resource_metrics import Measurements
    from kubetutor.embedded.node_api import NodeApi

log = logging.getLogger(__name__)

STREAMS = {"exec": "serve_exec", "attach": "serve_attach", "portforward": "serve_port_forward"}


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
        metrics: Measurements | None = None,
    ) -> None:
        self._registry, self._authenticator = registry, authenticator
        self._nodes, self._measurements = nodes, metrics
        self._handlers = Handlers(registry)
        self._metrics = RequestMetrics()
        health = Health({"ping": lambda: None, "etcd": registry.store.check_readable})
        self._documents = Documents(openapi, health, self._metrics, address=address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await self._respond(Request(scope, receive))
            await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._stream(WebSocket(scope, receive, send))

    async def _respond(self, request: Request) -> Response:
        what: ResourceRequest | None = None
        try:
            user = self._user(request)
            what = parse(request.scope["path"])
            if what is None or user is None:
                return self._documents.answer(request, request.scope["path"])
            response = await self._answer(request, what, user)
        except ApiError as error:
            response = refusal(error)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            response = refusal(internal("an unexpected error; the cluster's log has the details"))
        if what is not None:
            self._metrics.count_resource(request, what, response.status_code)
        return response

    def _user(self, request: Request) -> User | None:
        """Answer who asks. Nobody is let in who shows a wrong token; without one, to what is open to all."""
        authorization = request.headers.get("authorization", "")
        user = self._authenticator.user(authorization)
        if user is not None:
            return user
        if is_bearer(authorization) or request.scope["path"] not in OPEN_TO_ALL:
            raise unauthorized()
        return None

    async def _answer(self, request: Request, what: ResourceRequest, user: User) -> Response:
        user = impersonated(user, request.headers)
        is_watch = what.watch or request.query_params.get("watch", "") in {"1", "true"}
        require(user, what, method=request.method, watch=is_watch)
        if what.kind.is_measured:
            return await resource_metrics.answer(request, what, self._registry, self._measurements)
        if what.subresource == "log":
            return self._logs(request, what)
        if what.subresource in STREAMS:
            pod = self._registry.get(what.kind, what.namespace, what.name or "")
            answer: Response = _streams().answer_without_websocket(
                pod, request.query_params, subresource=what.subresource
            )
            return answer
        if what.subresource == "proxy" and what.kind.namespaced:
            return await self._proxied(request, what)
        return await self._handlers.answer(request, what, user)

    def _logs(self, request: Request, what: ResourceRequest) -> Response:
        if request.method != "GET":
            raise method_not_allowed()
        pod = self._registry.get(what.kind, what.namespace, what.name or "")
        name = pod["spec"].get("nodeName")
        node = self._nodes(name) if name else None
        response: Response = _streams().log_response(node, pod, request.query_params)
        return response

    async def _proxied(self, request: Request, what: ResourceRequest) -> Response:
        proxy = importlib.import_module("kubetutor.embedded.apiserver.proxy")  # few starts need it
        response: Response = await proxy.forward(request, proxy.find_target(self._registry, what))
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
