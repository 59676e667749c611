"""The one public client: synchronous, over the official dynamic client, plain dicts in and out.

`resource` is `plural` or `plural.group`, as in `kubectl get`: `pods`, `deployments.apps`. Every method
raises `kubetutor.errors.ApiError` with what the server answered, or `ClusterError` when nobody answers.
"""

from __future__ import annotations

import contextlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from kubetutor.api import login, official
from kubetutor.api.kinds import Kind, kinds_by_resource
from kubetutor.api.objects import Object, name_of, namespace_of
from kubetutor.api.watch import Watch
from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PatchType = Literal["merge", "strategic", "json"]
PATCH_TYPES: dict[str, str] = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
}
FIELD_MANAGER = "kubetutor"
TIMEOUT = 30.0  # seconds, for one request that is not a watch


class Client:
    """A cluster's API, through one context of a kubeconfig."""

    def __init__(self, kubeconfig: Path, *, context: str | None = None) -> None:
        self.kubeconfig, self.context = kubeconfig, context
        self._found: dict[str, Kind] = {}

    def get(self, resource: str, name: str, *, namespace: str | None = None) -> Object:
        return self._json("GET", self._path(resource, name, namespace=namespace))

    def find(self, resource: str, name: str, *, namespace: str | None = None) -> Object | None:
        """Get an object, or None where there is none of this name. A resource that the server lacks is still an error."""
        path = self._path(resource, name, namespace=namespace)
        try:
            return self._json("GET", path)
        except ApiError as error:
            if error.code != 404:
                raise
            return None

    def list_at(
        self,
        resource: str,
        *,
        namespace: str | None = None,
        label_selector: str = "",
        field_selector: str = "",
    ) -> tuple[list[Object], str]:
        """List, and answer the resource version of the list too: where a watch goes on from."""
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        body = self._json("GET", self._path(resource, namespace=namespace), query=query)
        kind = self.kind(resource)
        head = {"apiVersion": kind.api_version, "kind": kind.kind}
        return [{**head, **item} for item in body.get("items") or ()], body["metadata"]["resourceVersion"]

    def list(
        self,
        resource: str,
        *,
        namespace: str | None = None,
        label_selector: str = "",
        field_selector: str = "",
    ) -> list[Object]:
        """List objects; without a namespace those of all namespaces. Each carries its apiVersion and kind."""
        return self.list_at(
            resource, namespace=namespace, label_selector=label_selector, field_selector=field_selector
        )[0]

    def create(self, resource: str, obj: Object, *, namespace: str | None = None) -> Object:
        namespace = namespace_of(obj) or namespace
        return self._json("POST", self._path(resource, namespace=namespace), body=obj)

    def update(self, resource: str, obj: Object, *, subresource: str = "") -> Object:
        """Replace the object of the same name; 409 Conflict when its `resourceVersion` is stale."""
        path = self._path(resource, name_of(obj), subresource, namespace=namespace_of(obj))
        return self._json("PUT", path, body=obj)

    def patch(
        self,
        resource: str,
        name: str,
        body: Object | Sequence[Object],
        *,
        namespace: str | None = None,
        subresource: str = "",
        patch_type: PatchType = "merge",
    ) -> Object:
        """Patch; by default with a JSON merge patch (RFC 7386): None removes a key, a list replaces a list."""
        path = self._path(resource, name, subresource, namespace=namespace)
        return self._json("PATCH", path, body=body, content_type=PATCH_TYPES[patch_type])

    def apply(self, obj: Object, *, namespace: str = "default", force: bool = False) -> Object:
        """Apply on the server, as field manager `kubetutor`. `force` takes over fields that others own."""
        kind = self._kind_of(obj)
        target = (namespace_of(obj) or namespace) if kind.namespaced else None
        query = {"fieldManager": FIELD_MANAGER, "force": "true" if force else ""}
        path = self._path(kind.resource, name_of(obj), namespace=target)
        return self._json("PATCH", path, body=obj, query=query, content_type="application/apply-patch+yaml")

    def delete(
        self, resource: str, name: str, *, namespace: str | None = None, options: Object | None = None
    ) -> Object:
        """Delete with `DeleteOptions` (gracePeriodSeconds, propagationPolicy, preconditions)."""
        return self._json("DELETE", self._path(resource, name, namespace=namespace), body=options)

    def watch(
        self,
        resource: str,
        *,
        namespace: str | None = None,
        label_selector: str = "",
        field_selector: str = "",
        timeout: float | None = None,
    ) -> Watch:
        """Follow changes: first ADDED for everything there is, then each change, over lost connections too.

        Iterate over it; `close()` ends it from any thread. It ends by itself after `timeout` seconds.
        """
        selectors = {"label_selector": label_selector, "field_selector": field_selector}
        return Watch(
            list_at=lambda: self.list_at(resource, namespace=namespace, **selectors),
            connect=lambda version, seconds: self._open_watch(
                resource, namespace, version, seconds, **selectors
            ),
            timeout=timeout,
        )

    def logs(
        self,
        pod: str,
        *,
        namespace: str = "default",
        container: str = "",
        tail_lines: int | None = None,
        previous: bool = False,
    ) -> str:
        """Answer what a container has printed, by default the pod's only one."""
        query = {
            "container": container,
            "tailLines": "" if tail_lines is None else str(tail_lines),
            "previous": "true" if previous else "",
        }
        with self._answers():
            path = self._path("pods", pod, "log", namespace=namespace)
            response = self._request("GET", path, query=query, accept="*/*")
            return bytes(response.data).decode(errors="replace")

    def open_log(
        self, pod: str, *, namespace: str, since_seconds: int | None = None, timeout: float = TIMEOUT
    ) -> Any:
        """Open the log of a pod's only container as a stream that goes on: read it with `watch.lines`, and close it.

        `timeout` is for how long it may say nothing. A container that has not started is ApiError 400; 204 has no node.
        """
        query = {"follow": "true", "sinceSeconds": "" if since_seconds is None else str(since_seconds)}
        path = self._path("pods", pod, "log", namespace=namespace)
        with self._answers():
            return self._request("GET", path, query=query, accept="*/*", timeout=timeout)

    def server_version(self) -> str:
        """Answer what the server calls itself: `v1.36.0`."""
        return str(self._json("GET", "/version")["gitVersion"])

    def close(self) -> None:
        if "_dynamic" in self.__dict__:
            self._dynamic.client.rest_client.pool_manager.clear()

    def kind(self, resource: str) -> Kind:
        """Answer the kind of a resource; what is not built in is asked of the server."""
        known = kinds_by_resource().get(resource) or self._found.get(resource)
        if known is None:
            known = self._found[resource] = self._discover(resource)
        return known

    @cached_property
    def _dynamic(self) -> Any:
        api = login.log_in(self.kubeconfig, context=self.context)
        api.configuration.retries = False
        api.user_agent = "kubetutor"
        # Its own discovery keeps a cache in the shared temporary folder, which outlives clusters. Ours is `kind`.
        return official.load().dynamic.DynamicClient(api, discoverer=lambda _client, _cache_file: None)

    def _discover(self, resource: str) -> Kind:
        plural, _, group = resource.partition(".")
        groups = self._json("GET", "/apis")["groups"]
        found = next((entry for entry in groups if entry["name"] == group), None)
        if found:
            version = found["preferredVersion"]["version"]
            for entry in self._json("GET", f"/apis/{group}/{version}")["resources"]:
                if entry["name"] == plural:
                    return Kind(group, version, entry["kind"], plural, entry["namespaced"])
        raise ApiError(404, "NotFound", f'the server doesn\'t have a resource type "{resource}"')

    def _kind_of(self, obj: Object) -> Kind:
        wanted = (obj.get("apiVersion"), obj.get("kind"))
        known = [*kinds_by_resource().values(), *self._found.values()]
        for kind in known:
            if (kind.api_version, kind.kind) == wanted:
                return kind
        group, _, version = str(obj.get("apiVersion", "")).rpartition("/")
        prefix = f"/apis/{group}" if group else "/api"
        for entry in self._json("GET", f"{prefix}/{version}")["resources"]:
            if entry["kind"] == obj.get("kind") and "/" not in entry["name"]:
                kind = Kind(group, version, entry["kind"], entry["name"], entry["namespaced"])
                return self._found.setdefault(kind.resource, kind)
        raise ApiError(
            404, "NotFound", f"the server has no kind {obj.get('kind')} in {obj.get('apiVersion')}"
        )

    def _path(
        self, resource: str, name: str = "", subresource: str = "", *, namespace: str | None = None
    ) -> str:
        kind = self.kind(resource)
        parts = ["/apis" if kind.group else "/api", kind.api_version]
        if kind.namespaced and namespace:
            parts += ["namespaces", namespace]
        return "/".join(part for part in [*parts, kind.plural, name, subresource] if part)

    def _json(self, method: str, path: str, **request: Any) -> Object:
        with self._answers():
            body: Object = json.loads(self._request(method, path, **request).data)
        return body

    def _open_watch(
        self, resource: str, namespace: str | None, version: str, seconds: int, **selectors: str
    ) -> Any:
        query = {
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
            "labelSelector": selectors["label_selector"],
            "fieldSelector": selectors["field_selector"],
        }
        with self._answers():
            return self._request(
                "GET", self._path(resource, namespace=namespace), query=query, timeout=seconds + 15
            )

    def _request(  # noqa: PLR0913  # an HTTP request has this many parts
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: float = TIMEOUT,
    ) -> Any:
        return self._dynamic.request(
            method,
            path,
            body=body,
            query_params=[(key, value) for key, value in (query or {}).items() if value],
            header_params={"Accept": accept},
            content_type=content_type,
            serialize=False,
            _request_timeout=(5.0, timeout),
        )

    @contextlib.contextmanager
    def _answers(self) -> Iterator[None]:
        """Turn the official client's exceptions into ours."""
        kubernetes = official.load()
        from urllib3.exceptions import HTTPError  # noqa: PLC0415  # comes with the official client, as late

        try:
            yield
        except kubernetes.client.ApiException as error:
            raise error_of(error.status, error.body) from error
        except (HTTPError, OSError) as error:
            server = self._dynamic.configuration.host
            raise ClusterError(
                f"The cluster at {server} does not answer. Ask `kubetutor status`; `kubetutor up` starts it "
                f"again. (Seen: {error})"
            ) from error


def error_of(code: int, body: bytes | str | None) -> ApiError:
    """Read a refusal: a `Status`, or whatever a proxy in between answered."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    try:
        status = json.loads(text)
        return ApiError(code, status.get("reason"), status["message"], status.get("details"))
    except (ValueError, KeyError, AttributeError):
        return ApiError(code, None, text.strip()[:500] or f"the server answered {code} without a message")
