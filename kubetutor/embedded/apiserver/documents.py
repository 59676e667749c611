"""What is not a resource: health, version, metrics, discovery, OpenAPI.

There are two ways to be found, as upstream has them. A handler that is mounted at its path answers whatever the method
is. A web service answers GET, also with a slash at the end, and refuses every other method with 405.

Models: k8s.io/apiserver/pkg/server/mux, pkg/server/routes, pkg/endpoints/discovery.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from starlette.responses import PlainTextResponse, Response

from kubetutor.embedded.apiserver import discovery, metrics, openapi_v2
from kubetutor.embedded.apiserver.accounts import discovery as openid
from kubetutor.embedded.apiserver.health import NO_GUESSING, Health
from kubetutor.embedded.apiserver.rendering import Rendering, accepts
from kubetutor.embedded.apiserver.status import method_not_allowed, resource_not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from kubetutor.embedded.apiserver.openapi import OpenApi
    from kubetutor.embedded.apiserver.registry import Registry

Debugged: TypeAlias = "Callable[[Mapping[str, str]], object]"

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
A_YEAR = "public, immutable, max-age=31536000"


class Documents:
    """Answers these paths. `address` is what clients connect to."""

    def __init__(
        self,
        openapi: OpenApi,
        health: Health,
        counts: metrics.RequestMetrics,
        registry: Registry,
        *,
        address: str,
    ) -> None:
        self._openapi, self._health, self._counts, self._address = openapi, health, counts, address
        self._issuer, self._kinds = registry.issuer, registry.kinds
        self._debugged: dict[str, Debugged] = {}

    def add_debugged(self, path: str, read: Debugged) -> None:
        """Answer `/debug/...` with what a part of the cluster knows. No list of paths names it, as upstream's."""
        self._debugged[path] = read

    def answer(self, request: Request, path: str) -> Response:
        """Answer a document, or 404 in plain text. Raises ApiError 405, 406."""
        found = self._mounted(request, path) or self._served(request, path.rstrip("/"))
        if found is None:
            return PlainTextResponse("404 page not found\n", 404, headers=NO_GUESSING)
        self._counts.count_document(request, path, found.status_code)
        return found

    def _mounted(self, request: Request, path: str) -> Response | None:
        if path == "/":
            return _indented({"paths": self._paths()})
        if path == "/metrics":
            return self._metrics(request)
        if path in self._debugged:
            return _indented(self._debugged[path](request.query_params))
        if path.startswith("/openapi/"):
            return self._open_api(request, path)
        return self._health.answer(path, request.query_params) or self._groups(request, path.rstrip("/"))

    def _served(self, request: Request, path: str) -> Response | None:
        if (found := openid.document(path, self._issuer, self._address)) is not None:
            return found
        document = self._document(path)
        if document is None and path.startswith("/version/"):
            raise resource_not_found()
        if document is None:
            return None
        if request.method != "GET":
            raise method_not_allowed()
        if path == "/api" and accepts(request, AGGREGATED):
            return _aggregated(request, discovery.aggregated_core())
        response = Rendering(request).response(document)
        return _indented(document) if path == "/version" and _is_json(response) else response

    def _document(self, path: str) -> dict[str, Any] | None:
        parts = path.removeprefix("/").split("/")
        if path == "/version":
            return discovery.version_info()
        if path == "/api":
            return discovery.api_versions(self._address)
        if parts[0] == "api" and len(parts) == 2:
            return discovery.resource_list("", parts[1], self._kinds.all())
        if parts[0] == "apis" and len(parts) == 3 and parts[1]:
            return discovery.resource_list(parts[1], parts[2], self._kinds.all())
        return None

    def _metrics(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._counts.reset()
            return PlainTextResponse("metrics reset\n")
        return Response(self._counts.text(), headers={"Content-Type": metrics.MEDIA_TYPE})

    def _paths(self) -> list[str]:
        kinds = [kind for kind in self._kinds.all() if kind.group]
        groups = {kind.group for kind in kinds}
        versions = {f"/apis/{kind.api_version}" for kind in kinds}
        others = {
            openid.CONFIGURATION,
            openid.KEYS,
            "/api",
            "/api/v1",
            "/apis",
            "/metrics",
            "/openapi/v2",
            "/openapi/v3",
            "/version",
        }
        return sorted({*self._health.paths(), *others, *versions, *(f"/apis/{group}" for group in groups)})

    def _groups(self, request: Request, path: str) -> Response | None:
        """Answer `/apis` and `/apis/apps`, which upstream's aggregator has mounted."""
        kinds = self._kinds.all()
        if path == "/apis" and accepts(request, AGGREGATED):
            return _aggregated(request, discovery.aggregated_groups(kinds))
        parts = path.split("/")
        document = discovery.api_groups(kinds) if path == "/apis" else None
        if parts[:2] == ["", "apis"] and len(parts) == 3:
            document = discovery.api_group(parts[2], kinds)
        return None if document is None else Rendering(request).response(document)

    def _open_api(self, request: Request, path: str) -> Response | None:
        if path == "/openapi/v2":
            return _open_api_v2(request)
        if path == "/openapi/v3":
            return PlainTextResponse(self._openapi.index(self._kinds.all()))
        name = path.removeprefix("/openapi/v3/")
        return None if name == path else self._open_api_v3(request, name)

    def _open_api_v3(self, request: Request, name: str) -> Response:
        kinds = self._kinds.all()
        document = self._openapi.document(name, kinds)
        if document is None:
            return Response(status_code=404)
        if not accepts(request, "application/json"):
            return Response(status_code=406)
        wanted, current = request.query_params.get("hash"), self._openapi.hash_of(name, kinds)
        headers = {"ETag": f'"{current}"', "Vary": "Accept"}
        if wanted not in {None, current}:
            headers["Location"] = f"/openapi/v3/{name}?hash={current}"
            return Response(status_code=301, headers=headers)
        headers["Cache-Control"] = A_YEAR if wanted else "no-cache, private"
        return _unless_known(request, Response(document, headers=headers, media_type="application/json"))


def _aggregated(request: Request, document: dict[str, Any]) -> Response:
    body = orjson.dumps(document)
    etag = hashlib.sha512(body).hexdigest().upper()
    headers = {
        "Content-Type": AGGREGATED, "ETag": f'"{etag}"', "Vary": "Accept", "Cache-Control": "public",
    }  # fmt: skip
    return _unless_known(request, Response(body, headers=headers))


def _open_api_v2(request: Request) -> Response:
    if "protobuf" in request.headers.get("accept", ""):
        body, media_type = openapi_v2.PROTOBUF, openapi_v2.MEDIA_TYPE
    elif accepts(request, "application/json"):
        body, media_type = openapi_v2.JSON, "application/json"
    else:
        return Response(status_code=406)
    headers = {"ETag": f'"{hashlib.sha512(body).hexdigest().upper()}"', "Vary": "Accept-Encoding, Accept"}
    return _unless_known(request, Response(body, headers=headers, media_type=media_type))


def _unless_known(request: Request, response: Response) -> Response:
    """Answer 304 to a client that has this very document already."""
    if request.headers.get("if-none-match") != response.headers["etag"]:
        return response
    kept = {
        name: response.headers[name] for name in ("etag", "vary", "cache-control") if name in response.headers
    }
    return Response(status_code=304, headers=kept)


def _is_json(response: Response) -> bool:
    return response.media_type == "application/json"


def _indented(document: object) -> Response:
    return Response(orjson.dumps(document, option=orjson.OPT_INDENT_2), media_type="application/json")
