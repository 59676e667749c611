"""Serves metrics.k8s.io: what pods and nodes use. Nothing is stored; it is measured (see `embedded/metrics`).

Models: sigs.k8s.io/metrics-server/pkg/api, and the aggregator in front of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kubetutor.api.kinds import METRICS, Kind, kinds_by_resource
from kubetutor.api.objects import key_of, name_of
from kubetutor.embedded.apiserver.listing import predicate
from kubetutor.embedded.apiserver.options import list_options
from kubetutor.embedded.apiserver.rendering import Rendering
from kubetutor.embedded.apiserver.status import method_not_allowed, not_found, service_unavailable
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.registry import Registry
    from kubetutor.embedded.apiserver.request import ResourceRequest

SINGULAR = {
    "pods": Kind("", "v1", "Pod", "pods"),
    "nodes": Kind("", "v1", "Node", "node"),
}  # as its lists say
MEASURED_NAMES = {"pods": "podmetrics", "nodes": "nodemetrics"}


class Measurements(Protocol):
    """What the metrics server answers."""

    async def ready(self) -> None: ...

    def pods(self, namespace: str | None) -> list[Object]: ...

    def pod(self, pod: Object) -> Object | None: ...

    def nodes(self) -> list[Object]: ...

    def node(self, node: Object) -> Object | None: ...


async def answer(
    request: Request, what: ResourceRequest, registry: Registry, server: Measurements | None
) -> Response:
    """Answer a get or a list. Raises ApiError 404, 405, 503."""
    if server is None:
        raise service_unavailable("the server is currently unable to handle the request")
    if request.method != "GET":
        raise method_not_allowed()
    rendering = Rendering(request)
    if what.name is not None:
        obj = await _one(what, registry, server)
        return rendering.response(rendering.object(what.kind, obj, registry.now()))
    options = list_options(request.query_params)
    if options.watch:
        message = f'watch is not supported on resources of kind "{what.kind.resource}"'
        raise ApiError(405, "MethodNotAllowed", message, {"group": METRICS, "kind": what.kind.plural})
    chosen = predicate(what.kind, options.label_selector, options.field_selector)
    await server.ready()
    found = server.nodes() if what.kind.plural == "nodes" else server.pods(what.namespace)
    items = [item for item in found if chosen is None or chosen(item)]
    return rendering.response(rendering.list(what.kind, items, {}, registry.now()))


async def _one(what: ResourceRequest, registry: Registry, server: Measurements) -> Object:
    plural, name = what.kind.plural, what.name or ""
    try:
        measured = registry.get(kinds_by_resource()[plural], what.namespace, name)
    except ApiError as error:
        raise (not_found(SINGULAR[plural], name) if error.code == 404 else error) from None
    if plural == "pods" and measured.get("status", {}).get("phase") != "Running":
        raise not_found(SINGULAR[plural], name)  # the metrics server knows of no others
    await server.ready()
    found = server.node(measured) if plural == "nodes" else server.pod(measured)
    if found is None:
        kind = Kind(METRICS, what.kind.version, what.kind.kind, MEASURED_NAMES[plural])
        raise not_found(kind, name_of(measured) if plural == "nodes" else key_of(measured))
    return found
