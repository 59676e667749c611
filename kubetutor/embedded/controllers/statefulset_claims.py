"""Makes the claims of a StatefulSet's pods, and says who takes them along when it goes.

1. A pod gets its claims before it is made; claims that are there already are its own from before.
2. By `persistentVolumeClaimRetentionPolicy` a claim is owned by nobody, which keeps it; by the set, with which it
   then goes; or by its pod when the set is scaled down, with which it then goes.
3. A claim that still belongs to an earlier pod of the same name is on its way out: wait until it is gone.

Binding is somebody else's work. Models: pkg/controller/statefulset/stateful_pod_control.go, stateful_set_utils.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.controllers.ownership import controller_reference
from kubetutor.embedded.controllers.statefulset_pods import claims_of, ordinals, pod_name
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.events import EventRecorder

CLAIMS = "persistentvolumeclaims"


class Claims:
    """The claims of all StatefulSets."""

    def __init__(self, context: Context, events: EventRecorder) -> None:
        self._client, self._events = context.client, events
        self._informer = context.informers[CLAIMS]

    def is_stale(self, stateful_set: Object, ordinal: int) -> bool:
        """Say whether a claim of this number still belongs to a pod that is gone."""
        if _policy(stateful_set)[1] == "Retain":
            return False
        name = pod_name(stateful_set, ordinal)
        return any(
            reference["kind"] == "Pod" and reference["name"] == name
            for claim in self._existing(stateful_set, ordinal)
            for reference in claim["metadata"].get("ownerReferences") or ()
        )

    def _existing(self, stateful_set: Object, ordinal: int) -> Iterator[Object]:
        for wanted in claims_of(stateful_set, ordinal).values():
            if (claim := self._informer.get(key_of(wanted))) is not None:
                yield claim

    def create_missing(self, stateful_set: Object, ordinal: int) -> None:
        """Make the claims of a number. Raises `ApiError` if one cannot be made, or is being deleted."""
        for claim in claims_of(stateful_set, ordinal).values():
            found = self._informer.get(key_of(claim))
            if found is not None and is_being_deleted(found):
                raise ApiError(409, "Conflict", f"pvc {name_of(claim)} is being deleted")
            if found is None:
                self._create(stateful_set, ordinal, claim)

    def _create(self, stateful_set: Object, ordinal: int, claim: Object) -> None:
        what = f"Claim {name_of(claim)} Pod {pod_name(stateful_set, ordinal)} in StatefulSet {name_of(stateful_set)}"
        try:
            self._client.create(CLAIMS, claim, namespace=namespace_of(claim))
        except ApiError as error:
            what = what.replace(" Pod ", " for Pod ")
            self._events.warning(stateful_set, "FailedCreate", f"Create {what} failed error: {error}")
            message = f"failed to create PVC {name_of(claim)}: {error}"
            raise ApiError(error.code, error.reason, message) from error
        self._events.normal(stateful_set, "SuccessfulCreate", f"Create {what} success")

    def settle_owners(self, stateful_set: Object, ordinal: int, pod: Object | None) -> None:
        """Give the claims of a number the owner that the policy wants."""
        for claim in self._existing(stateful_set, ordinal):
            before = claim["metadata"].get("ownerReferences") or []
            after = plan_owners(stateful_set, ordinal, pod, before)
            if after != before:
                body = {"metadata": {"uid": uid_of(claim), "ownerReferences": after or None}}
                self._client.patch(CLAIMS, name_of(claim), body, namespace=namespace_of(claim))


def plan_owners(stateful_set: Object, ordinal: int, pod: Object | None, before: list[Object]) -> list[Object]:
    """Answer the owners of a claim. One that somebody else controls, or an earlier set or pod, is left alone."""
    deleted, scaled = _policy(stateful_set)
    ours = {
        ("StatefulSet", name_of(stateful_set)): uid_of(stateful_set),
        ("Pod", pod_name(stateful_set, ordinal)): uid_of(pod or {}),
    }
    others = [entry for entry in before if (entry["kind"], entry["name"]) not in ours]
    known = [entry for entry in before if (entry["kind"], entry["name"]) in ours]
    if any(entry["uid"] != ours[entry["kind"], entry["name"]] for entry in known):
        return before
    if any(entry.get("controller") for entry in others):
        return before if (deleted, scaled) == ("Retain", "Retain") else others
    is_beyond = ordinal not in ordinals(stateful_set)
    if scaled == "Delete" and is_beyond:
        return [*others, controller_reference(pod)] if pod is not None else before
    return [*others, controller_reference(stateful_set)] if deleted == "Delete" else others


def _policy(stateful_set: Object) -> tuple[str, str]:
    """Answer what happens to claims when the set is deleted, and when it is scaled down."""
    policy = stateful_set["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return policy.get("whenDeleted", "Retain"), policy.get("whenScaled", "Retain")
