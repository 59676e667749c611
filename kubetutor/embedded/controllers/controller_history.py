"""The revisions of a DaemonSet or StatefulSet: one ControllerRevision for each pod template it has ever had.

1. Claim the revisions that the selector matches, and find the one that holds today's template; make it if there is none.
2. Today's gets the highest number: a roll back is nothing else than an old template that is today's again.
3. Of those that no pod is of, the oldest are deleted beyond `revisionHistoryLimit`.

Models: pkg/controller/history/controller_history.go; constructHistory and cleanupHistory in pkg/controller/daemon/update.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, is_being_deleted, labels_of, name_of, namespace_of
from kubetutor.embedded.controllers.ownership import Claim, Orphans, controller_reference
from kubetutor.embedded.controllers.revisions import template_hash
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.base import Context

REVISIONS = "controllerrevisions.apps"
POD_LABEL = "controller-revision-hash"  # on pods: which revision they are of
NO_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Revisions:
    """Today's revision, all others in order, and how many hashes were taken by others."""

    current: Object
    old: tuple[Object, ...]
    collisions: int

    def named(self, name: str) -> Object | None:
        return next((each for each in (self.current, *self.old) if name_of(each) == name), None)


class History:
    """Keeps the revisions of one kind. `hash_label` is the label of a revision that holds its hash."""

    def __init__(self, context: Context, *, hash_label: str) -> None:
        self._client, self._hash_label = context.client, hash_label
        self._informer = context.informers[REVISIONS]
        self._claim = Claim(self._client, REVISIONS, self._informer, Orphans(self._informer))

    def settle(self, owner: Object) -> Revisions:
        """Find today's revision, or make it; give it the highest number."""
        known = sorted(self._claim.of(owner), key=lambda each: each["revision"])
        data = data_of(owner["spec"]["template"])
        same = [each for each in known if each["data"] == data]
        current = same[-1] if same else None
        old = tuple(each for each in known if current is None or name_of(each) != name_of(current))
        number = max((each["revision"] for each in old), default=0) + 1
        collisions = int(owner.get("status", {}).get("collisionCount", 0))
        if current is None:
            current, collisions = self._create(owner, data, number, collisions)
        elif current["revision"] < number:
            body = {"revision": number}
            current = self._client.patch(REVISIONS, name_of(current), body, namespace=namespace_of(owner))
        return Revisions(current, old, collisions)

    def _create(self, owner: Object, data: Object, number: int, collisions: int) -> tuple[Object, int]:
        while True:
            revision = self._revision(owner, data, number, collisions)
            try:
                return self._client.create(REVISIONS, revision, namespace=namespace_of(owner)), collisions
            except ApiError as error:
                if error.reason != "AlreadyExists":
                    raise
                collisions += 1

    def _revision(self, owner: Object, data: Object, number: int, collisions: int) -> Object:
        template = owner["spec"]["template"]
        hash_ = template_hash(template, collisions)
        labels = {**((template.get("metadata") or {}).get("labels") or {}), self._hash_label: hash_}
        return {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {
                "name": f"{name_of(owner)}-{hash_}",
                "labels": labels,
                "annotations": dict(annotations_of(owner)),
                "ownerReferences": [controller_reference(owner)],
            },
            "data": data,
            "revision": number,
        }

    def hash_of(self, revision: Object) -> str:
        return labels_of(revision).get(self._hash_label, name_of(revision))

    def delete(self, revisions: Iterable[Object]) -> None:
        for each in revisions:
            try:
                self._client.delete(REVISIONS, name_of(each), namespace=namespace_of(each))
            except ApiError as error:
                if error.code != 404:
                    raise


def data_of(template: Object) -> Object:
    """Answer what a revision holds: a strategic merge patch that puts the template back."""
    return {"spec": {"template": {**template, "$patch": "replace"}}}


def template_of(revision: Object) -> Object:
    """Answer the pod template that a revision holds."""
    template = revision["data"]["spec"]["template"]
    return {name: value for name, value in template.items() if name != "$patch"}


def plan_clean_up(
    old: Sequence[Object], limit: int | None, is_live: Callable[[Object], bool]
) -> tuple[Object, ...]:
    """Answer the oldest revisions beyond the limit, but none that a pod is of."""
    surplus = len(old) - (NO_LIMIT if limit is None else limit)
    dead = [each for each in old if not is_live(each) and not is_being_deleted(each)]
    return tuple(dead[: max(0, surplus)])
