"""The scale of a workload: a view of its number of replicas, which can be written.

Models: pkg/registry/apps/deployment/storage (ScaleREST).
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kubetutor.api.kinds import Kind
from kubetutor.api.selectors import write_selector
from kubetutor.embedded.apiserver import managed_fields, patch
from kubetutor.embedded.apiserver.status import bad_request, modified
from kubetutor.embedded.apiserver.strategies import invalid_error, validate_scale
from kubetutor.embedded.clock import timestamp

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.options import WriteOptions
    from kubetutor.embedded.apiserver.registry import Registry

SCALE_KIND = Kind("autoscaling", "v1", "Scale", "scales")


def scale_of(obj: Object) -> Object:
    """Answer the `Scale` of anything that has replicas."""
    metadata = obj["metadata"]
    shown = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: dict[str, Any] = {"replicas": obj.get("status", {}).get("replicas", 0)}
    selector = selector_text(obj.get("spec", {}).get("selector"))
    if selector:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: metadata[name] for name in shown if name in metadata},
        "spec": {"replicas": replicas} if (replicas := obj.get("spec", {}).get("replicas", 0)) else {},
        "status": status,
    }


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
        _owned_scale_of(obj),
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
    current, spec = _owned_scale_of(obj), scale.get("spec") or {}
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
    placed = {"namespace": obj["metadata"]["namespace"], **metadata}
    if errors := validate_scale({**scale, "metadata": placed}):
        raise invalid_error(SCALE_KIND, name, errors)
    if metadata.get("resourceVersion") not in {None, "", "0", obj["metadata"]["resourceVersion"]}:
        raise modified(kind, name)


def _owned_scale_of(obj: Object) -> Object:
    scale = scale_of(obj)
    managed_fields.note_owners_in_scale(scale, obj)
    return scale


def _store(registry: Registry, kind: Kind, obj: Object, scale: Object, options: WriteOptions) -> Object:
    new = copy.deepcopy(obj)
    new["spec"]["replicas"] = (scale.get("spec") or {}).get("replicas") or 0
    managed_fields.note_owners_of_scale(new, scale)
    metadata, options = obj["metadata"], replace(options, applied=True)  # the owners are noted already
    return scale_of(registry.update(kind, metadata.get("namespace"), metadata["name"], new, options))
