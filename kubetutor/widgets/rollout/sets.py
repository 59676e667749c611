"""The ReplicaSets of one Deployment: which is the new one, how large each is, which revision it holds. Pure.

Models: pkg/controller/deployment/util/deployment_util.go (FindNewReplicaSet, EqualIgnoreHash).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import (
    annotations_of,
    controller_of,
    is_being_deleted,
    is_pod_finished,
    name_of,
    uid_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"


@dataclass(frozen=True, slots=True)
class Sets:
    """The set of today's pod template, None until the controller has made it, and the others by revision."""

    new: Object | None
    old: tuple[Object, ...]

    @property
    def all(self) -> tuple[Object, ...]:
        return self.old if self.new is None else (*self.old, self.new)


def sets_of(deployment: Object, replica_sets: Iterable[Object]) -> Sets:
    """Choose the Deployment's own among `replica_sets`, and tell the new one from the old ones."""
    own = sorted(
        (each for each in replica_sets if (controller_of(each) or {}).get("uid") == uid_of(deployment)),
        key=lambda each: (revision_of(each), name_of(each)),
    )
    template = without_hash(template_of(deployment))
    # Of two with the same template upstream takes the older.
    matching = [each for each in own if without_hash(template_of(each)) == template]
    new = min(
        matching,
        key=lambda each: (each["metadata"].get("creationTimestamp", ""), name_of(each)),
        default=None,
    )
    return Sets(new, tuple(each for each in own if each is not new))


def template_of(obj: Object) -> Object:
    template: Object = obj.get("spec", {}).get("template") or {}
    return template


def without_hash(template: Object) -> Object:
    """Answer the pod template as a Deployment would have it: the controller puts a label on that of a set."""
    metadata: dict[str, Any] = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != HASH_LABEL}
    rest = {
        name: value
        for name, value in metadata.items()
        if name not in {"labels", "creationTimestamp"} and value
    }
    return {**template, "metadata": {**rest, **({"labels": labels} if labels else {})}}


def revision_of(obj: Object) -> int:
    """Answer the revision that the object is annotated with, else 0."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isdecimal() else 0


def replicas_of(obj: Object) -> int:
    """Answer how many pods the Deployment or ReplicaSet is to have."""
    return int(obj.get("spec", {}).get("replicas", 1))


def available_of(replica_set: Object) -> int:
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def pods_of(replica_set: Object, pods: Iterable[Object]) -> tuple[Object, ...]:
    """Answer the pods of a set that have not ended, oldest first."""
    own = [
        pod
        for pod in pods
        if (controller_of(pod) or {}).get("uid") == uid_of(replica_set)
        and (is_being_deleted(pod) or not is_pod_finished(pod))
    ]
    return tuple(sorted(own, key=lambda pod: (pod["metadata"].get("creationTimestamp", ""), name_of(pod))))


def image_of(template: Object) -> str:
    """Answer the image of the first container, and how many more containers there are."""
    containers = template.get("spec", {}).get("containers") or [{}]
    more = f" and {len(containers) - 1} more" if len(containers) > 1 else ""
    return f"{containers[0].get('image', '')}{more}"
