"""The scale of a workload: a view of its number of replicas, which can be written.

Where a custom kind keeps its replicas, its definition says.

Models: pkg/registry/apps/deployment/storage (ScaleREST), apiextensions-apiserver/pkg/registry/customresource/etcd.go.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kubetutor.api.kinds import Kind
from kubetutor.api.selectors import write_selector
from kubetutor.embedded.apiserver import managed_fields, patch
from kubetutor.embedded.apiserver.custom.kind import CustomKind, ScalePaths
from kubetutor.embedded.apiserver.status import bad_request, modified
from kubetutor.embedded.apiserver.strategies import invalid_error, validate_scale
from kubetutor.embedded.clock import timestamp

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.options import WriteOptions
    from kubetutor.embedded.apiserver.registry import Registry

SCALE_KIND = Kind("autoscaling", "v1", "Scale", "scales")
USUAL_PATHS = ScalePaths(("spec", "replicas"), ("status", "replicas"), ("spec", "selector"))


def scale_of(kind: Kind, obj: Object) -> Object:
    """Answer the `Scale` of anything that has replicas."""
    metadata, paths = obj["metadata"], paths_of(kind)
    shown = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: dict[str, Any] = {"replicas": _at(obj, paths.status) or 0}
    selector = _at(obj, paths.selector) if paths.selector else None
    if not isinstance(kind, CustomKind):
        selector = selector_text(selector)
    if selector:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: metadata[name] for name in shown if name in metadata},
        "spec": {"replicas": replicas} if (replicas := _at(obj, paths.spec)) else {},
        "status": status,
    }


def paths_of(kind: Kind) -> ScalePaths:
    custom = kind.scale if isinstance(kind, CustomKind) else None
    return custom or USUAL_PATHS


def _at(obj: Object, path: tuple[str, ...]) -> Any:
    value: Any = obj
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def require_replicas(kind: Kind, obj: Object) -> None:
    """Refuse to show the scale of a custom object that says nothing of replicas. Unlike upstream: there it is a 500."""
    path = paths_of(kind).spec
    if isinstance(kind, CustomKind) and _at(obj, path) is None:
        raise bad_request(f'the spec replicas field ".{".".join(path)}" does not exist')


def selector_text(selector: Object | None) -> str:
    """Write a LabelSelector, or the plain map that older kinds have, its keys in order."""
    if not selector:
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return write_selector(selector)


def apply_scale(registry: Registry, kind: Kind, obj: Object, body: bytes, options: WriteOptions) -> Object:
    """Server-side apply. Answers the new Scale; raises ApiError 409 when somebody else owns the replicas."""
    applied = patch.read_applied(body, api_version=SCALE_KIND.api_version, kind=SCALE_KIND.kind)
    type_ = registry.schema.type_of(SCALE_KIND.group, SCALE_KIND.version, SCALE_KIND.kind)
    managed_fields.check_applied(applied, type_)
    merged = managed_fields.server_side_apply(
        applied,
        _owned_scale_of(kind, obj),
        stated=applied,
        manager=options.manager,
        force=options.force,
        type_=type_,
        now=timestamp(registry.now()),
        subresource="scale",
    )
    _check(merged, kind, obj)
    return _store(registry, kind, obj, merged, options)


def set_scale(registry: Registry, kind: Kind, obj: Object, scale: Object, options: WriteOptions) -> Object:
    """Take the replicas from a `Scale` and answer the new one."""
    _check(scale, kind, obj)
    current, spec = _owned_scale_of(kind, obj), scale.get("spec") or {}
    new = {**current, "metadata": dict(current["metadata"]), "spec": spec if spec.get("replicas") else {}}
    managed_fields.on_update(
        new,
        current,
        manager=options.manager,
        type_=registry.schema.type_of(SCALE_KIND.group, SCALE_KIND.version, SCALE_KIND.kind),
        now=timestamp(registry.now()),
        subresource="scale",
    )
    return _store(registry, kind, obj, new, options)


def _check(scale: Object, kind: Kind, obj: Object) -> None:
    """Refuse a Scale that is invalid, of something else, or out of date."""
    name, metadata = obj["metadata"]["name"], scale.get("metadata") or {}
    if metadata.get("name") not in {None, "", name}:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
        )
    placed = {**{key: obj["metadata"][key] for key in ("namespace",) if key in obj["metadata"]}, **metadata}
    if errors := validate_scale({**scale, "metadata": placed}):
        raise invalid_error(SCALE_KIND, name, errors)
    if metadata.get("resourceVersion") not in {None, "", "0", obj["metadata"]["resourceVersion"]}:
        raise modified(kind, name)


def _owned_scale_of(kind: Kind, obj: Object) -> Object:
    scale = scale_of(kind, obj)
    managed_fields.note_owners_in_scale(scale, obj, paths_of(kind).spec)
    return scale


def _store(registry: Registry, kind: Kind, obj: Object, scale: Object, options: WriteOptions) -> Object:
    new = copy.deepcopy(obj)
    *steps, last = paths_of(kind).spec
    holder = new
    for step in steps:
        holder = holder.setdefault(step, {})
    holder[last] = (scale.get("spec") or {}).get("replicas") or 0
    managed_fields.note_owners_of_scale(new, scale, paths_of(kind).spec)
    metadata, options = obj["metadata"], replace(options, applied=True)  # the owners are noted already
    return scale_of(kind, registry.update(kind, metadata.get("namespace"), metadata["name"], new, options))
