"""Choosing what a list or a watch shows: selectors, pages and their tokens.

Models: k8s.io/apiserver/pkg/storage/selection_predicate.go and continue.go.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.api.objects import labels_of
from kubetutor.api.selectors import matches, parse_fields, parse_labels
from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.go_json import JsonError, decode_json
from kubetutor.embedded.apiserver.status import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.errors import ApiError

VERSION = "meta.k8s.io/v1"
COMMON_FIELDS = ("metadata.name", "metadata.namespace")

FIELDS: dict[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.podIPs",
        "status.nominatedNodeName",
    ),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "jobs.batch": ("status.successful",),
    "replicationcontrollers": ("status.replicas",),
}

KINDS_WITH_OWN_MESSAGE = {
    "pods",
    "nodes",
    "events",
    "namespaces",
    "secrets",
    "services",
    "replicationcontrollers",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a list. `remaining` is None when all is here or a selector is at work."""

    items: list[Object]
    revision: int
    continue_token: str = ""
    remaining: int | None = None


def predicate(kind: Kind, label_selector: str, field_selector: str) -> Callable[[Object], bool] | None:
    """Answer what decides whether an object is shown, or None when all are. Raises ApiError 400."""
    labels = parse_labels(label_selector) if label_selector else None
    fields = parse_fields(field_selector) if field_selector else ()
    for path, _, _ in fields:
        _require_known_field(kind, path)
    if labels is None and not fields:
        return None

    def chosen(obj: Object) -> bool:
        if labels is not None and not matches(labels, labels_of(obj)):
            return False
        return all((field_value(obj, path) == value) is (op != "!=") for path, op, value in fields)

    return chosen


def _require_known_field(kind: Kind, path: str) -> None:
    own = kind.selectable if isinstance(kind, CustomKind) else FIELDS.get(kind.resource, ())
    is_custom = isinstance(kind, CustomKind)
    if path in own or path in (COMMON_FIELDS if kind.namespaced or not is_custom else COMMON_FIELDS[:1]):
        return
    if is_custom:
        raise bad_request(f"field label not supported: {path}")
    if kind.resource in KINDS_WITH_OWN_MESSAGE:
        raise bad_request(f"field label not supported: {path}")
    if kind.resource == "jobs.batch":
        raise bad_request(f'field label "{path}" not supported for Job')
    raise bad_request(f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"')


def field_value(obj: Object, path: str) -> str:
    """Answer a field as selectors compare it: text, empty when it is not there."""
    if path == "source":
        return str(obj.get("source", {}).get("component") or obj.get("reportingComponent") or "")
    value: Any = obj
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool) or path in {"spec.unschedulable", "spec.hostNetwork"}:
        return "true" if value else "false"
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where one page is cut from a list. `limit` 0 means no end, `in_all` that the list is of all namespaces."""

    limit: int
    start: str
    revision: int
    filtered: bool = False
    in_all: bool = False


def page(objects: list[Object], cut: Cut) -> Page:
    """Cut one page from what is to be shown, which is in the order of its keys."""
    objects = [obj for obj in objects if _position(obj, cut) >= cut.start] if cut.start else objects
    if not cut.limit or len(objects) <= cut.limit:
        return Page(objects, cut.revision)
    rest = len(objects) - cut.limit
    following = write_token(_position(objects[cut.limit - 1], cut) + "\0", cut.revision)
    return Page(objects[: cut.limit], cut.revision, following, None if cut.filtered else rest)


def _position(obj: Object, cut: Cut) -> str:
    """Answer an object's key below what is listed, which a token has after a slash."""
    metadata = obj["metadata"]
    name: str = metadata["name"]
    return f"{metadata.get('namespace', '')}/{name}" if cut.in_all else name


def write_token(start: str, revision: int) -> str:
    body = orjson.dumps({"v": VERSION, "rv": revision, "start": f"/{start}"})
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def read_token(token: str) -> tuple[str, int]:
    """Answer where the next page starts and the revision of the first one. Raises ApiError 400."""
    try:
        fields = decode_json(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except JsonError as error:
        raise _bad_token(str(error)) from None
    except ValueError:
        raise _bad_token("illegal base64 data at input byte 0") from None
    fields = fields if isinstance(fields, dict) else {}
    version, start, revision = fields.get("v"), fields.get("start"), fields.get("rv")
    if version != VERSION:
        raise _bad_token(f"server does not recognize this encoded version {version or ''}")
    if not isinstance(revision, int) or not revision:
        raise _bad_token(f"incorrect encoded start resourceVersion (version {VERSION})")
    if not isinstance(start, str) or not start:
        raise _bad_token(f"encoded start key empty (version {VERSION})")
    if ".." in start.split("/"):
        raise _bad_token(f"invalid character in start key (version {VERSION})")
    return start.removeprefix("/"), revision


def _bad_token(why: str) -> ApiError:
    return bad_request(f"invalid continue token: continue key is not valid: {why}")
