"""Choosing what a list or a watch shows: selectors, pages and their tokens.

Models: k8s.io/apiserver/pkg/storage/selection_predicate.go and continue.go.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.api.objects import labels_of
from kubetutor.api.selectors import matches, parse_fields, parse_labels
from kubetutor.embedded.apiserver.status import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object

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
    "replicasets.apps": ("status.replicas",),
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
    if path in COMMON_FIELDS or path in FIELDS.get(kind.resource, ()):
        return
    if kind.resource in KINDS_WITH_OWN_MESSAGE:
        raise bad_request(f"field label not supported: {path}")
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


def page(objects: list[Object], *, limit: int, token: str, revision: int, filtered: bool) -> Page:
    """Cut one page from what is to be shown, which is in the order of its keys.

    Unlike upstream: later pages show what is there now, not what was there at the first page.
    """
    if token:
        start, revision = read_token(token)
        objects = [obj for obj in objects if _position(obj) >= start]
    if not limit or len(objects) <= limit:
        return Page(objects, revision)
    rest = len(objects) - limit
    following = write_token(_position(objects[limit - 1]) + "\0", revision)
    return Page(objects[:limit], revision, following, None if filtered else rest)


def _position(obj: Object) -> str:
    metadata = obj["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"


def write_token(start: str, revision: int) -> str:
    body = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start})
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def read_token(token: str) -> tuple[str, int]:
    """Answer where the next page starts and the revision of the first one. Raises ApiError 400."""
    prefix = "invalid continue token: continue key is not valid: "
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise bad_request(prefix + "illegal base64 data at input byte 0") from None
    try:
        fields = orjson.loads(raw)
        start, revision = fields["start"], fields["rv"]
    except orjson.JSONDecodeError:
        first = chr(raw[0]) if raw else ""
        raise bad_request(f"{prefix}invalid character '{first}' looking for beginning of value") from None
    except (KeyError, TypeError):
        raise bad_request(
            prefix + "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"
        ) from None
    if not isinstance(start, str) or not isinstance(revision, int):
        raise bad_request(prefix + "incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
    return start, revision
