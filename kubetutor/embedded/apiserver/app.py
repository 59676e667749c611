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

from kubetutor.embedded.apiserver import attributes, resource_metrics
from kubetutor.embedded.apiserver.documents import Documents
from kubetutor.embedded.apiserver.handlers import Handlers
from kubetutor.embedded.apiserver.health import Health
from kubetutor.embedded.apiserver.impersonation import Impersonation
from kubetutor.embedded.apiserver.metrics import RequestMetrics
from kubetutor.embedded.apiserver.rendering import refusal
from kubetutor.embedded.apiserver.request import ResourceRequest, parse
from kubetutor.embedded.apiserver.reviews import Reviews
from kubetutor.embedded.apiserver.status import bad_request, forbidden, internal, method_not_allowed
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from starlette.requests import HTTPConnection
    from starlette.types import Receive, Scope, Send

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.authentication import Authenticator
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
        self._impersonation = Impersonation(registry.authorizer)
        self._nodes, self._measurements = nodes, metrics
        self._handlers = Handlers(registry, Reviews(registry, authenticator))
        self._metrics = RequestMetrics()
        health = Health({"ping": lambda: None, "etcd": registry.store.check_readable})
        self.documents = Documents(openapi, health, self._metrics, registry, address=address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await self._respond(Request(scope, receive))
            await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._stream(WebSocket(scope, receive, send))

    async def _respond(self, request: Request) -> Response:
        what: ResourceRequest | None = None
        try:
            self._admit(request, request.method)
            what = parse(request.scope["path"], self._registry.kinds)
            if what is None:
                return self.documents.answer(request, request.scope["path"])
            response = await self._answer(request, what)
        except ApiError as error:
            response = refusal(error)
            what = what or self._resource_of(request.scope["path"])
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            response = refusal(internal("an unexpected error; the cluster's log has the details"))
        if what is not None:
            self._metrics.count_resource(request, what, response.status_code)
        return response

    def _admit(self, connection: HTTPConnection, method: str) -> None:
        """Find out who asks, and whether they may. Raises ApiError 401, 403; then `connection.user` is set."""
        scope, authorization = connection.scope, connection.headers.get("authorization", "")
        certified = scope.get("state", {}).get("certified")
        query = connection.query_params if scope["query_string"] else {}
        what = attributes.read(method, scope["path"], query)
        user = self._authenticator.user(authorization, certified)
        user = scope["user"] = self._impersonation.user(user, connection, what)
        self._registry.authorizer.require(user, what)

    async def _answer(self, request: Request, what: ResourceRequest) -> Response:
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
        return await self._handlers.answer(request, what)

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

    def _resource_of(self, path: str) -> ResourceRequest | None:
        """Answer what a path stands for, if it stands for anything: for counting who was refused before it was looked at."""
        try:
            return parse(path, self._registry.kinds)
        except ApiError:
            return None

    async def _stream(self, websocket: WebSocket) -> None:
        try:
            pod, node, subresource = self._target_of_stream(websocket)
        except ApiError as error:
            await _streams().refuse(websocket, error)
            return
        serve = getattr(_streams(), STREAMS[subresource])
        await serve(websocket, node, pod, websocket.query_params)

    def _target_of_stream(self, websocket: WebSocket) -> tuple[Object, NodeApi, str]:
        self._admit(websocket, "GET")
        what = parse(websocket.url.path, self._registry.kinds)
        if what is None or what.subresource not in STREAMS:
            raise bad_request("this path has no streams")
        # A stream can change things, which needs more than the right to read.
        create = attributes.read("POST", websocket.scope["path"], websocket.query_params)
        decision = self._registry.authorizer.decide(websocket.user, create)
        if not decision.allowed:
            raise forbidden(what.kind, what.name or "", decision.reason)
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
