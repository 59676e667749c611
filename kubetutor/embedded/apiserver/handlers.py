"""The verbs: from a request to the registry and back. One function each.

Models: k8s.io/apiserver/pkg/endpoints/handlers.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver import (
    component_statuses,
    event_versions,
    patch,
    protobuf,
    scale,
    subresources,
    watch,
)
from kubetutor.embedded.apiserver.accounts import requests
from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.custom.objects import shown_object
from kubetutor.embedded.apiserver.decode import ACCEPTED, conform, decode, unknown_format
from kubetutor.embedded.apiserver.deletion import ANSWER_WITH_OBJECT, deletion_warnings
from kubetutor.embedded.apiserver.managed_fields import check_applied, server_side_apply
from kubetutor.embedded.apiserver.options import (
    ListOptions,
    WriteOptions,
    delete_options,
    list_options,
    refuse_force,
    require_manager,
    write_options,
)
from kubetutor.embedded.apiserver.registry import refuse_new_uid
from kubetutor.embedded.apiserver.rendering import Rendering, add_warnings, refusal
from kubetutor.embedded.apiserver.request_body import PROTOBUF
from kubetutor.embedded.apiserver.request_body import content_type as _content_type
from kubetutor.embedded.apiserver.request_body import read as _body
from kubetutor.embedded.apiserver.request_body import read_delete_options as _delete_body
from kubetutor.embedded.apiserver.status import (
    method_not_allowed,
    not_found,
    resource_not_found,
    success,
)
from kubetutor.embedded.apiserver.write_warnings import write_warnings
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.registry import Registry
    from kubetutor.embedded.apiserver.request import ResourceRequest
    from kubetutor.embedded.apiserver.reviews import Reviews

ROUTERS_REFUSALS = {405, 415}

COLLECTION_VERBS = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
OBJECT_VERBS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Handlers:
    """Answers requests for resources. Raises `ApiError`; the application turns that into a Status."""

    def __init__(self, registry: Registry, reviews: Reviews) -> None:
        self._registry, self._reviews = registry, reviews

    async def answer(self, request: Request, what: ResourceRequest) -> Response:
        """Answer, and warn of a deprecated kind; not where upstream's router refuses, which knows no kinds."""
        warnings = [what.kind.deprecation] if what.kind.deprecation else []
        try:
            response = await self._answer(request, what)
        except ApiError as error:
            if not warnings or error.code in ROUTERS_REFUSALS:
                raise
            response = refusal(error)
        add_warnings(response, warnings)
        return response

    async def _answer(self, request: Request, what: ResourceRequest) -> Response:
        if what.subresource:
            return await self._subresource(request, what)
        if what.watch:
            if request.method != "GET":
                raise method_not_allowed()
            return await self._list(request, what)
        verb = (COLLECTION_VERBS if what.name is None else OBJECT_VERBS).get(request.method)
        if (
            verb is None
            or verb not in what.kind.verbs
            or (verb == "create" and what.kind.namespaced and not what.namespace)
        ):
            raise resource_not_found() if isinstance(what.kind, CustomKind) else method_not_allowed()
        if what.kind.verbs == ("create",):
            return await self._review(request, what)
        if what.kind.resource == "componentstatuses":
            return self._component_statuses(request, what)
        method = getattr(self, f"_{verb}")
        response: Response = await method(request, what)
        return response

    # Reading

    async def _get(self, request: Request, what: ResourceRequest) -> Response:
        kind = _stored_kind(what.kind)
        rendering = Rendering(request)
        self._registry.check_reached(list_options(request.query_params).resource_version)
        obj = self._registry.get(kind, what.namespace, what.name or "")
        return rendering.response(rendering.object(kind, _shown(what.kind, obj), self._registry.now()))

    async def _list(self, request: Request, what: ResourceRequest) -> Response:
        options = _list_options(request, what)
        rendering = Rendering(request)
        kind = _stored_kind(what.kind)
        if options.watch:
            render = rendering.for_watch(kind, self._registry.now)
            wanted = watch.WatchRequest(
                kind, what.namespace, options, lambda obj: render(_shown(what.kind, obj))
            )
            lines = watch.start(self._registry.store, wanted)
            return StreamingResponse(lines, media_type="application/json")
        page = self._registry.list(kind, what.namespace, options)
        metadata: Object = {"resourceVersion": str(page.revision)}
        if page.continue_token:
            metadata["continue"] = page.continue_token
        if page.remaining is not None:
            metadata["remainingItemCount"] = page.remaining
        items = [_shown(what.kind, obj) for obj in page.items]
        shown_kind = kind if rendering.as_table else what.kind
        return rendering.response(rendering.list(shown_kind, items, metadata, self._registry.now()))

    # Writing

    async def _create(self, request: Request, what: ResourceRequest) -> Response:
        rendering = Rendering(request)
        options = _write_options(request)
        obj, warnings = await self._decoded(request, what.kind, options)
        warnings += write_warnings(what.kind, obj)
        kind = _stored_kind(what.kind)
        created = self._registry.create(kind, what.namespace, _kept(what.kind, obj), options)
        body = rendering.object(kind, _shown(what.kind, created), self._registry.now())
        return rendering.response(body, 201, warnings)

    async def _update(self, request: Request, what: ResourceRequest, subresource: str = "") -> Response:
        rendering = Rendering(request)
        options = _write_options(request)
        obj, warnings = await self._decoded(request, what.kind, options)
        kind = _stored_kind(what.kind)
        updated = self._registry.update(
            kind, what.namespace, what.name or "", _kept(what.kind, obj), options, subresource
        )
        body = rendering.object(kind, _shown(what.kind, updated), self._registry.now())
        return rendering.response(body, 200, warnings)

    async def _patch(self, request: Request, what: ResourceRequest, subresource: str = "") -> Response:
        rendering = Rendering(request)
        options = _write_options(request)
        body = await _body(request)
        kind = _stored_kind(what.kind)
        content_type = _content_type(request)
        type_ = self._registry.type_of(what.kind)
        patch.check_content_type(content_type, type_)
        if content_type == patch.APPLY_YAML:
            require_manager(request.query_params)
            result, code, warnings = self._apply(kind, what, body, options, subresource)
        else:
            refuse_force(options)
            old = _shown(what.kind, self._registry.get(kind, what.namespace, what.name or ""))
            patched = patch.apply_patch(
                content_type, body, old, type_, api_version=what.kind.api_version, kind=kind.kind
            )
            duplicates = patch.duplicates(content_type, body)
            try:
                new, warnings = self._conformed(what.kind, patched, options, duplicates)
            except ApiError as error:
                raise patch.unreadable(content_type, body, patched, error) from None
            refuse_new_uid(what.kind, new, old)
            warnings += write_warnings(kind, new, old)
            new, code = _kept(what.kind, new), 200
            result = self._registry.update(kind, what.namespace, what.name or "", new, options, subresource)
        shown = rendering.object(kind, _shown(what.kind, result), self._registry.now())
        return rendering.response(shown, code, warnings)

    def _apply(
        self, kind: Kind, what: ResourceRequest, body: bytes, options: WriteOptions, subresource: str
    ) -> tuple[Object, int, list[str]]:
        """Server-side apply: merge what is applied into what is there, or create it."""
        name = what.name or ""
        applied = patch.read_applied(body, api_version=what.kind.api_version, kind=kind.kind)
        twice = patch.keys_applied_twice(body, options.field_validation)
        type_ = self._registry.type_of(what.kind)
        if isinstance(kind, CustomKind):  # upstream says less of where it is
            check_applied(applied, type_)
        metadata = applied.setdefault("metadata", {})
        metadata.setdefault("name", name)
        if what.namespace:
            metadata.setdefault("namespace", what.namespace)
        current = self._registry.find(kind, what.namespace, name)
        if current is None and subresource:
            raise not_found(kind, name)
        schema = self._registry.schema
        check_applied(applied, type_)
        conformed, warnings = self._conformed(what.kind, applied, options)
        warnings = [*twice, *warnings]
        merged = server_side_apply(
            _kept(what.kind, conformed),
            current,
            stated=applied,
            manager=options.manager,
            force=options.force,
            type_=self._registry.type_of(kind),
            now=timestamp(self._registry.now()),
            subresource=subresource,
        )
        merged, _ = conform(kind, schema, merged, "Ignore")
        options = replace(options, applied=True)
        if current is None:
            created = self._registry.create(kind, what.namespace, merged, options)
            return created, 201, [*warnings, *write_warnings(kind, created)]
        return self._registry.update(kind, what.namespace, name, merged, options, subresource), 200, warnings

    async def _delete(self, request: Request, what: ResourceRequest) -> Response:
        rendering = Rendering(request)
        kind = _stored_kind(what.kind)
        options = delete_options(await _delete_body(request), request.query_params)
        obj, gone = self._registry.delete(kind, what.namespace, what.name or "", options)
        warnings = deletion_warnings(kind, options)
        if gone and kind.resource not in ANSWER_WITH_OBJECT:
            body: Any = success(what.kind, what.name or "", obj["metadata"]["uid"])
        else:
            body = rendering.object(kind, _shown(what.kind, obj), self._registry.now())
        return rendering.response(body, 200, warnings)

    async def _deletecollection(self, request: Request, what: ResourceRequest) -> Response:
        rendering = Rendering(request)
        kind = _stored_kind(what.kind)
        if kind.namespaced and not what.namespace:
            raise method_not_allowed()
        options = delete_options(await _delete_body(request), request.query_params)
        chosen = _list_options(request, what)
        deleted = self._registry.delete_collection(kind, what.namespace, chosen, options)
        metadata = {"resourceVersion": str(self._registry.store.revision)}
        shown_kind = kind if rendering.as_table else what.kind
        items = [_shown(what.kind, obj) for obj in deleted]
        return rendering.response(rendering.list(shown_kind, items, metadata, self._registry.now()))

    # What is not a plain object

    async def _review(self, request: Request, what: ResourceRequest) -> Response:
        obj, warnings = await self._decoded(request, what.kind, _write_options(request))
        if what.kind.kind == "Binding":
            return await self._bind(request, what, str(obj.get("metadata", {}).get("name", "")), obj)
        answer = self._reviews.answer(what.kind, obj, request.user, what.namespace)
        return Rendering(request).response(answer, 201, warnings)

    async def _bind(self, request: Request, what: ResourceRequest, name: str, binding: Object) -> Response:
        node = subresources.target_of(binding, name)
        subresources.bind(self._registry, what.namespace, name, node, _write_options(request))
        done = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
        return Rendering(request).response(done, 201)

    def _component_statuses(self, request: Request, what: ResourceRequest) -> Response:
        rendering, now = Rendering(request), self._registry.now()
        statuses = component_statuses.component_statuses()
        if what.name is None:
            return rendering.response(rendering.list(what.kind, statuses, {}, now))
        found = [status for status in statuses if status["metadata"]["name"] == what.name]
        if not found:
            raise not_found(replace(what.kind, plural=what.kind.singular), what.name)  # upstream's words
        return rendering.response(rendering.object(what.kind, found[0], now))

    async def _subresource(self, request: Request, what: ResourceRequest) -> Response:
        method, name = request.method, what.subresource
        if name in {"status", "approval", "ephemeralcontainers"} and method in {"GET", "PUT", "PATCH"}:
            if method == "GET":
                return await self._get(request, what)
            return await (self._update if method == "PUT" else self._patch)(request, what, name)
        if name == "scale" and method in {"GET", "PUT", "PATCH"}:
            return await self._scale(request, what)
        if name in {"binding", "eviction", "token"} and method == "POST":
            return await self._post_below(request, what)
        if name == "finalize" and method == "PUT":
            return await self._update(request, what, "finalize")
        raise method_not_allowed()

    async def _post_below(self, request: Request, what: ResourceRequest) -> Response:
        kinds = {"eviction": subresources.EVICTION_KIND, "token": requests.TOKEN_REQUEST}
        kind, options = kinds.get(what.subresource, kinds_by_resource()["bindings"]), _write_options(request)
        obj, _ = await self._decoded(request, kind, options)
        if what.subresource == "binding":
            return await self._bind(request, what, what.name or "", obj)
        if what.subresource == "token":
            result = requests.answer(self._registry, what.namespace or "", what.name or "", obj)
        else:
            result = subresources.evict(self._registry, what.namespace, what.name or "", obj, options)
        return Rendering(request).response(result, 201)

    async def _scale(self, request: Request, what: ResourceRequest) -> Response:
        rendering, name = Rendering(request), what.name or ""
        if request.method == "GET":
            obj = self._registry.get(what.kind, what.namespace, name)
            scale.require_replicas(what.kind, obj)
            return rendering.response(scale.scale_of(what.kind, obj))
        kind, options = scale.SCALE_KIND, _write_options(request)
        # Bodies are waited for first, so that nobody writes between our reading and our writing.
        if request.method == "PUT":
            wanted, _ = await self._decoded(request, kind, options)
            obj = self._registry.get(what.kind, what.namespace, name)
        else:
            body = await _body(request)
            obj = self._registry.get(what.kind, what.namespace, name)
            if _content_type(request) == patch.APPLY_YAML:
                require_manager(request.query_params)
                return rendering.response(scale.apply_scale(self._registry, what.kind, obj, body, options))
            refuse_force(options)
            type_ = self._registry.schema.type_of(kind.group, kind.version, kind.kind)
            shown = scale.scale_of(what.kind, obj)
            version = kind.api_version
            wanted = patch.apply_patch(
                _content_type(request), body, shown, type_, api_version=version, kind=kind.kind
            )
            wanted, _ = self._conformed(kind, wanted, options)
        return rendering.response(scale.set_scale(self._registry, what.kind, obj, wanted, options))

    def _conformed(
        self, kind: Kind, obj: Object, options: WriteOptions, duplicates: Sequence[str] = ()
    ) -> tuple[Object, list[str]]:
        return conform(kind, self._registry.schema, copy.deepcopy(obj), options.field_validation, duplicates)

    async def _decoded(self, request: Request, kind: Kind, options: WriteOptions) -> tuple[Object, list[str]]:
        body = await _body(request)
        if _content_type(request) == PROTOBUF:
            if isinstance(kind, CustomKind):
                raise unknown_format(ACCEPTED)
            return conform(kind, self._registry.schema, protobuf.decode(body), options.field_validation)
        return decode(kind, self._registry.schema, body, _content_type(request), options.field_validation)


def _write_options(request: Request) -> WriteOptions:
    kind = {"PUT": "UpdateOptions", "PATCH": "PatchOptions"}.get(request.method, "CreateOptions")
    options = write_options(request.query_params, request.headers.get("user-agent", ""), kind)
    return replace(options, user=request.user)


def _list_options(request: Request, what: ResourceRequest) -> ListOptions:
    options = list_options(request.query_params)
    if what.watch:
        options = replace(options, watch=True)
    if what.watch and what.name is not None:
        options = replace(options, field_selector=f"metadata.name={what.name}")
    if what.kind.group != "events.k8s.io":
        return options
    return replace(options, field_selector=event_versions.fields_to_core(options.field_selector))


def _stored_kind(kind: Kind) -> Kind:
    """Events have two groups and one storage."""
    return kinds_by_resource()["events"] if kind.group == "events.k8s.io" else kind


def _shown(kind: Kind, obj: Object) -> Object:
    if isinstance(kind, CustomKind):
        return shown_object(kind, obj)
    return event_versions.to_new(obj) if kind.group == "events.k8s.io" else obj


def _kept(kind: Kind, obj: Object) -> Object:
    return event_versions.to_core(obj) if kind.group == "events.k8s.io" else obj
