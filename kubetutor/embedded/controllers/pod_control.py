"""Makes and deletes the pods of an owner, and tells of each in an Event.

Models: RealPodControl in pkg/controller/controller_utils.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of
from kubetutor.embedded.controllers.ownership import controller_reference
from kubetutor.embedded.controllers.refusals import is_namespace_terminating
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.events import EventRecorder

COPIED = ("labels", "annotations", "finalizers")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong. `error` is None if it is no fault: the namespace is going away."""

    reason: str = ""
    error: ApiError | None = None


class PodControl:
    """Speaks for one controller: `events` are in its name."""

    def __init__(self, client: Client, events: EventRecorder) -> None:
        self._client, self._events = client, events

    def create(self, owner: Object, pod: Object) -> Failure | None:
        """Create a pod; answer None if it was made."""
        try:
            made = self._client.create("pods", pod, namespace=namespace_of(owner))
        except ApiError as error:
            if is_namespace_terminating(error):
                return Failure()
            self._events.warning(owner, "FailedCreate", f"Error creating: {error}")
            return Failure("FailedCreate", error)
        self._events.normal(owner, "SuccessfulCreate", f"Created pod: {name_of(made)}")
        return None

    def delete(self, owner: Object, pod: Object) -> Failure | None:
        """Delete a pod; answer None if it is going, or gone already."""
        try:
            self._client.delete("pods", name_of(pod), namespace=namespace_of(pod))
        except ApiError as error:
            if error.code == 404:
                return None
            self._events.warning(owner, "FailedDelete", f"Error deleting: {error}")
            return Failure("FailedDelete", error)
        self._events.normal(owner, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
        return None


def pod_from_template(owner: Object, template: Object | None = None) -> Object:
    """Answer a new pod as the owner's template describes it, or another one in its place."""
    template = template or owner["spec"]["template"]
    metadata = template.get("metadata") or {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{name_of(owner)}-",
            **{name: metadata[name] for name in COPIED if metadata.get(name)},
            "ownerReferences": [controller_reference(owner)],
        },
        "spec": template["spec"],
    }
