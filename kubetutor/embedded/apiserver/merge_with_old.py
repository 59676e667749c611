"""What of a written object counts: all of it, or only the part that a subresource is about. The rest stays as it was.

Models: PrepareForUpdate of the strategies in pkg/registry and apiextensions-apiserver/pkg/registry/customresource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver import ephemeral_containers
from kubetutor.embedded.apiserver.custom.kind import CustomKind

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object

# What a status update changes besides the status, as upstream's strategies have it.
METADATA_OF_STATUS = ("labels", "annotations")
METADATA_OF_STATUS_BY_RESOURCE: dict[str, tuple[str, ...]] = {
    "deployments.apps": ("annotations",),
    "customresourcedefinitions.apiextensions.k8s.io": (),
}


def merge_with_old(kind: Kind, obj: Object, old: Object, subresource: str) -> Object:
    """Keep of the old object what this request may not change."""
    metadata = obj["metadata"]
    if subresource == "finalize":
        spec = {**old.get("spec", {}), "finalizers": (obj.get("spec") or {}).get("finalizers")}
        spec = {key: value for key, value in spec.items() if value}
        return {**old, "metadata": dict(old["metadata"]), "spec": spec}
    if subresource == "status" and isinstance(kind, CustomKind):
        kept = {key: value for key, value in old.items() if key != "status"}
        return {**kept, **({"status": obj["status"]} if "status" in obj else {})}
    if subresource in {"status", "approval"}:
        taken = METADATA_OF_STATUS_BY_RESOURCE.get(kind.resource, METADATA_OF_STATUS)
        kept = {key: value for key, value in old["metadata"].items() if key not in taken}
        kept |= {key: metadata[key] for key in taken if metadata.get(key)}
        return {**old, "status": obj.get("status", {}), "metadata": kept}
    if subresource == ephemeral_containers.NAME:
        return ephemeral_containers.merge(obj, old)
    if "managedFields" not in metadata and "managedFields" in old["metadata"]:
        metadata["managedFields"] = old["metadata"]["managedFields"]
    obj.update({key: old[key] for key in ("apiVersion", "kind") if key in old})
    return obj
