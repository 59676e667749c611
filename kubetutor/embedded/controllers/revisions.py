"""The revisions of a Deployment: one ReplicaSet for each pod template it has ever had.

Models: pkg/controller/deployment/util/deployment_util.go, pkg/controller/controller_utils.go (ComputeHash).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import annotations_of, name_of, uid_of
from kubetutor.embedded.controllers.ownership import controller_reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

HASH_LABEL = "pod-template-hash"
SAFE_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # no vowels and no look-alikes, so that no hash is a word
PREFIX = "deployment.kubernetes.io/"
REVISION, HISTORY = f"{PREFIX}revision", f"{PREFIX}revision-history"
DESIRED, MOST = f"{PREFIX}desired-replicas", f"{PREFIX}max-replicas"
NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
        REVISION,
        HISTORY,
        DESIRED,
        MOST,
    }
)
LONGEST_HISTORY = 2000


def template_hash(template: Object, collisions: int = 0) -> str:
    """Answer ten letters that stay the same for the same template. Unlike upstream: a hash of the JSON."""
    text = json.dumps([template, collisions], sort_keys=True)
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    letters = []
    for _ in range(10):
        number, index = divmod(number, len(SAFE_LETTERS))
        letters.append(SAFE_LETTERS[index])
    return "".join(letters)


def same_template(one: Object, other: Object) -> bool:
    """Say whether two pod templates are equal but for the hash that we put on one of them."""
    return _without_hash(one) == _without_hash(other)


def _without_hash(template: Object) -> Object:
    metadata: dict[str, Any] = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != HASH_LABEL}
    rest = {
        name: value
        for name, value in metadata.items()
        if name not in {"labels", "creationTimestamp"} and value
    }
    return {**template, "metadata": {**rest, "labels": labels}}


def revision_of(obj: Object) -> int:
    """Answer the revision that the object is annotated with, else 0."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isdecimal() else 0


def by_age(replica_sets: Iterable[Object]) -> list[Object]:
    """Sort oldest first. Two of the same second sort by revision, then by name."""
    return sorted(
        replica_sets,
        key=lambda each: (each["metadata"].get("creationTimestamp", ""), revision_of(each), name_of(each)),
    )


def split_new_and_old(
    deployment: Object, replica_sets: Iterable[Object]
) -> tuple[Object | None, list[Object]]:
    """Answer the set of today's template, if there is one, and all others, oldest first."""
    template = deployment["spec"]["template"]
    sets = by_age(replica_sets)
    new = next((each for each in sets if same_template(each["spec"]["template"], template)), None)
    return new, [each for each in sets if new is None or uid_of(each) != uid_of(new)]


def next_revision(old: Iterable[Object]) -> int:
    return max((revision_of(each) for each in old), default=0) + 1


def annotations_for_new(deployment: Object, current: dict[str, str], revision: int) -> dict[str, str]:
    """Answer the annotations of the new set: the deployment's own, its revision, and the revisions it had."""
    copied = {name: value for name, value in annotations_of(deployment).items() if name not in NOT_COPIED}
    wanted = {**current, **copied}
    before = current.get(REVISION, "")
    if (int(before) if before.isdecimal() else 0) < revision:
        wanted[REVISION] = str(revision)
        if before:
            wanted[HISTORY] = _longer_history(current.get(HISTORY, ""), before)
    return wanted


def _longer_history(history: str, revision: str) -> str:
    revisions = [*history.split(","), revision] if history else [revision]
    while len(",".join(revisions)) > LONGEST_HISTORY:
        revisions.pop(0)
    return ",".join(revisions)


def size_annotations(replicas: int, surge: int) -> dict[str, str]:
    return {DESIRED: str(replicas), MOST: str(replicas + surge)}


def new_replica_set(deployment: Object, replicas: int, annotations: dict[str, str]) -> Object:
    """Answer the ReplicaSet for the deployment's template."""
    spec, template = deployment["spec"], deployment["spec"]["template"]
    hash_ = template_hash(template, deployment.get("status", {}).get("collisionCount", 0))
    labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH_LABEL: hash_}
    selector = spec["selector"]
    body: Object = {
        "replicas": replicas,
        "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), HASH_LABEL: hash_}},
        "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
    }
    if spec.get("minReadySeconds"):
        body["minReadySeconds"] = spec["minReadySeconds"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name_of(deployment)}-{hash_}",
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [controller_reference(deployment)],
        },
        "spec": body,
    }
