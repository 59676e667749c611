"""The paths of an OpenAPI v3 document: every request about a kind, with its parameters, bodies and answers.

kubectl finds a resource's type by its path, and reads off the parameters of PATCH whether the server checks fields.

Models: k8s.io/apiserver/pkg/endpoints/installer.go. Unlike upstream: bodies name their media types instead of `*/*`,
a JSON patch is a list, and failures are described, so that a test can be made from the document alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.discovery import Subresource, subresource
from kubetutor.embedded.apiserver.openapi_schemas import JSON_PATCH, reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kubetutor.api.kinds import Kind

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
STATUS, PATCH, DELETE_OPTIONS = META + "Status", META + "Patch", META + "DeleteOptions"
NAMES = dict[tuple[str, str, str], str]  # (group, version, kind) to the name of its definition

SELECTION = ("continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch")
WATCHING = ("allowWatchBookmarks", "sendInitialEvents", "timeoutSeconds", "watch")
WRITING = ("dryRun", "fieldManager", "fieldValidation")
DELETING = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")
LOGGING = (
    "container",
    "follow",
    "insecureSkipTLSVerifyBackend",
    "limitBytes",
    "previous",
    "sinceSeconds",
    "stream",
    "tailLines",
    "timestamps",
)
TYPES = {
    **dict.fromkeys(("limit", "timeoutSeconds", "gracePeriodSeconds"), "integer"),
    **dict.fromkeys(("limitBytes", "sinceSeconds", "tailLines"), "integer"),
    **dict.fromkeys(("allowWatchBookmarks", "sendInitialEvents", "watch", "force"), "boolean"),
    **dict.fromkeys(("orphanDependents", "follow", "previous", "timestamps"), "boolean"),
    "insecureSkipTLSVerifyBackend": "boolean",
}
BODY_TYPES = ("application/json", "application/yaml")
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
OBJECT_PATCHES = ("application/apply-patch+yaml", "application/merge-patch+json", STRATEGIC_MERGE)
SERVED_BELOW = ("binding", "eviction", "log", "scale", "status", "token")


@dataclass(frozen=True, slots=True)
class Request:
    """What a verb asks. `word` and `infix` are parts of the operation's id, `codes` are those of success."""

    method: str
    action: str
    word: str
    query: tuple[str, ...] = ()
    codes: tuple[str, ...] = ("200",)
    infix: str = ""


REQUESTS = {
    "list": Request("get", "list", "list", (*SELECTION, *WATCHING)),
    "deletecollection": Request(
        "delete", "deletecollection", "delete", (*SELECTION, *DELETING), infix="Collection"
    ),
    "create": Request("post", "post", "create", WRITING, ("200", "201", "202")),
    "get": Request("get", "get", "read"),
    "update": Request("put", "put", "replace", WRITING, ("200", "201")),
    "patch": Request("patch", "patch", "patch", (*WRITING, "force"), ("200", "201")),
    "delete": Request("delete", "delete", "delete", DELETING, ("200", "202")),
}
COLLECTION_VERBS, ITEM_VERBS = ("list", "create", "deletecollection"), ("get", "update", "patch", "delete")


def paths_of(kind: Kind, names: NAMES) -> dict[str, Any]:
    """Map each path about this kind to its operations."""
    prefix = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.version}"
    collection = (
        f"{prefix}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{prefix}/{kind.plural}"
    )
    item = f"{collection}/{{name}}"
    scope = "Namespaced" if kind.namespaced else ""
    paths = {
        collection: _path(kind, COLLECTION_VERBS, scope, names),
        item: _path(kind, ITEM_VERBS, scope, names),
    }
    if kind.namespaced:
        paths[f"{prefix}/{kind.plural}"] = _path(kind, ("list",), "", names, suffix="ForAllNamespaces")
    for below in kind.subresources:
        if below in SERVED_BELOW:
            paths[f"{item}/{below}"] = _path_below(kind, below, scope, names)
    return {
        path: {**operations, "parameters": _path_parameters(path)}
        for path, operations in paths.items()
        if operations
    }


def _path(kind: Kind, verbs: Iterable[str], scope: str, names: NAMES, *, suffix: str = "") -> dict[str, Any]:
    own = (kind.group, kind.version, kind.kind)
    return {
        REQUESTS[verb].method: _operation(kind, verb, f"{scope}{kind.kind}{suffix}", own, names)
        for verb in verbs
        if verb in kind.verbs
    }


def _path_below(kind: Kind, name: str, scope: str, names: NAMES) -> dict[str, Any]:
    below = subresource(kind, name)
    if name == "log":
        return {"get": _log_operation(kind)}
    gvk = _kind_below(kind, below)
    words = f"{scope}{kind.kind}{name.capitalize()}"
    return {REQUESTS[verb].method: _operation(kind, verb, words, gvk, names) for verb in below.verbs}


def _kind_below(kind: Kind, below: Subresource) -> tuple[str, str, str]:
    return (below.group, below.version, below.kind) if below.group else (kind.group, kind.version, below.kind)


def _operation(kind: Kind, verb: str, words: str, gvk: tuple[str, str, str], names: NAMES) -> dict[str, Any]:
    request = REQUESTS[verb]
    operation: dict[str, Any] = {
        "operationId": f"{request.word}{_group_word(kind)}{request.infix}{words}",
        "tags": [_tag(kind)],
        "x-kubernetes-action": request.action,
        "x-kubernetes-group-version-kind": {"group": gvk[0], "kind": gvk[2], "version": gvk[1]},
        "parameters": [_query_parameter(name) for name in request.query],
        "responses": _responses(request.codes, _answer(verb, gvk, kind.list_kind, names)),
    }
    content = _body(verb, gvk, names)
    if isinstance(kind, CustomKind):
        content.pop(STRATEGIC_MERGE, None)
    if content:
        required = {} if verb.startswith("delete") else {"required": True}
        operation["requestBody"] = {"content": content, **required}
    return operation


def _log_operation(kind: Kind) -> dict[str, Any]:
    return {
        "operationId": f"read{_group_word(kind)}NamespacedPodLog",
        "tags": [_tag(kind)],
        "x-kubernetes-action": "get",
        "x-kubernetes-group-version-kind": {"group": kind.group, "kind": kind.kind, "version": kind.version},
        "parameters": [_query_parameter(name) for name in LOGGING],
        "responses": {
            "200": {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}},
            "default": _failure(),
        },
    }


def _body(verb: str, gvk: tuple[str, str, str], names: NAMES) -> dict[str, Any]:
    if verb == "patch":
        patches = {media: {"schema": reference(PATCH)} for media in OBJECT_PATCHES}
        return {**patches, "application/json-patch+json": {"schema": reference(JSON_PATCH)}}
    if verb in {"create", "update"}:
        return {media: {"schema": reference(names[gvk])} for media in BODY_TYPES}
    if verb in {"delete", "deletecollection"}:
        return {media: {"schema": reference(DELETE_OPTIONS)} for media in BODY_TYPES}
    return {}


def _answer(verb: str, gvk: tuple[str, str, str], list_kind: str, names: NAMES) -> dict[str, Any]:
    """Answer the schema of success: the object, the list, or a `Status` where nothing is left to show."""
    group, version, kind = gvk
    if verb == "list":
        return reference(names[(group, version, list_kind)])
    if verb == "delete":
        return {"anyOf": [reference(STATUS), reference(names[gvk])]}
    if verb == "deletecollection":
        return {"anyOf": [reference(STATUS), reference(names[(group, version, list_kind)])]}
    if kind in {"Binding", "Eviction"}:
        return {"anyOf": [reference(STATUS), reference(names[gvk])]}
    return reference(names[gvk])


def _responses(codes: Iterable[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    words = {"200": "OK", "201": "Created", "202": "Accepted"}
    succeeded = {
        code: {"description": words[code], "content": {"application/json": {"schema": schema}}}
        for code in codes
    }
    return {**succeeded, "default": _failure()}


def _failure() -> dict[str, Any]:
    return {"description": "A Status", "content": {"application/json": {"schema": reference(STATUS)}}}


def _query_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": TYPES.get(name, "string")}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("name", "namespace")
        if f"{{{name}}}" in path
    ]
    return [*found, _query_parameter("pretty")]


def _group_word(kind: Kind) -> str:
    """Answer `CoreV1`, `RbacAuthorizationV1`."""
    group = kind.group.removesuffix(".k8s.io") or "core"
    return "".join(part.capitalize() for part in group.split(".")) + kind.version.capitalize()


def _tag(kind: Kind) -> str:
    """Answer `core_v1`, `rbacAuthorization_v1`."""
    words = _group_word(kind).removesuffix(kind.version.capitalize())
    return f"{words[0].lower()}{words[1:]}_{kind.version}"
