"""Empties a namespace that is being deleted, then lets it go.

1. Delete its pods, and wait until they have ended.
2. Delete everything else, objects of custom kinds too.
3. Say in the conditions what is left and what holds it.
4. When nothing is left, remove the finalizer `kubernetes`.

An object that goes away brings its namespace round again, so nothing is polled.
Models: pkg/controller/namespace/deletion/namespaced_resources_deleter.go, status_condition_utils.go.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kubetutor.api.kinds import KINDS
from kubetutor.api.objects import is_being_deleted, name_of, namespace_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers import conditions
from kubetutor.embedded.controllers.custom_resources import CustomResources
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

FINALIZER = "kubernetes"
# Events are stored once, and served by two groups.
CONTENTS = tuple(
    kind.resource
    for kind in KINDS
    if kind.namespaced and {"delete", "watch"} <= set(kind.verbs) and kind.group != "events.k8s.io"
)


class NamespaceController:
    name = "namespace-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._namespaces = context.informers["namespaces"]
        self._custom, self._all_informers = CustomResources(context.informers), context.informers
        self._informers = {
            resource: context.informers[resource] for resource in CONTENTS if resource != "events"
        }

    def start(self, queue: WorkQueue) -> None:
        def on_content(change: Change) -> None:
            if change.type != "DELETED":
                return
            namespace = self._namespaces.get(namespace_of(change.object) or "")
            if namespace is not None and is_being_deleted(namespace):
                queue.add(name_of(namespace))

        self._namespaces.on_change(lambda change: queue.add(name_of(change.object)))
        for informer in self._informers.values():
            informer.on_change(on_content)
        self._custom.on_kind(lambda kind: self._all_informers[kind.resource].on_change(on_content))

    def reconcile(self, key: str) -> float | None:
        namespace = self._namespaces.get(key)
        if namespace is None or not is_being_deleted(namespace):
            return None
        if FINALIZER not in (namespace["spec"].get("finalizers") or ()):
            return None
        contents = (*CONTENTS, *(kind.resource for kind in self._custom.served() if kind.namespaced))
        failures = self._delete(key, ["pods"])
        if not self._contents(key, ["pods"]):
            failures += self._delete(key, contents)
        left = self._contents(key, contents)
        if left or failures:
            self._write_conditions(namespace, left, failures)
        else:
            self._let_go(namespace)
        if failures:
            raise failures[0]
        return None

    def _contents(self, namespace: str, resources: Sequence[str]) -> list[tuple[str, Object]]:
        return [
            (resource, obj)
            for resource in resources
            for obj in self._client.list(resource, namespace=namespace)
        ]

    def _delete(self, namespace: str, resources: Sequence[str]) -> list[ApiError]:
        failures = []
        for resource, obj in self._contents(namespace, resources):
            if is_being_deleted(obj):
                continue
            options = {"propagationPolicy": "Background", "preconditions": {"uid": uid_of(obj)}}
            try:
                self._client.delete(resource, name_of(obj), namespace=namespace, options=options)
            except ApiError as error:
                if error.code not in {404, 409}:
                    failures.append(error)
        return failures

    def _write_conditions(
        self, namespace: Object, left: list[tuple[str, Object]], failures: list[ApiError]
    ) -> None:
        old = namespace.get("status") or {}
        before = tuple(old.get("conditions") or ())
        after = deletion_conditions(before, left, failures=failures, now=timestamp(self._clock.now()))
        if after != before:
            body = {**namespace, "status": {**old, "conditions": list(after)}}
            self._client.update("namespaces", body, subresource="status")

    def _let_go(self, namespace: Object) -> None:
        finalizers = [each for each in namespace["spec"]["finalizers"] if each != FINALIZER]
        body = {**namespace, "spec": {**namespace["spec"], "finalizers": finalizers}}
        self._client.update("namespaces", body, subresource="finalize")


GOOD = (
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    (
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    (
        "NamespaceFinalizersRemaining",
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
)


def deletion_conditions(
    before: conditions.Conditions,
    left: list[tuple[str, Object]],
    *,
    failures: list[ApiError],
    now: str,
) -> conditions.Conditions:
    """Answer the five conditions of a namespace that is being deleted."""
    troubles, after = _troubles(left, failures), []
    for kind, good_reason, good_message in GOOD:
        reason, message = troubles.get(kind, (good_reason, good_message))
        status = "True" if kind in troubles else "False"
        current = conditions.find(before, kind) or {}
        since = current.get("lastTransitionTime", now) if current.get("status") == status else now
        after.append(
            {
                "type": kind,
                "status": status,
                "lastTransitionTime": since,
                "reason": reason,
                "message": message,
            }
        )
    return tuple(after)


def _troubles(left: list[tuple[str, Object]], failures: list[ApiError]) -> dict[str, tuple[str, str]]:
    """Map the conditions that are true to their reason and message."""
    troubles = {}
    if failures:
        said = ", ".join(sorted(map(str, failures)))
        message = f"Failed to delete all resource types, {len(failures)} remaining: {said}"
        troubles["NamespaceDeletionContentFailure"] = ("ContentDeletionFailed", message)
    if left:
        by_resource = Counter(resource if "." in resource else f"{resource}." for resource, _ in left)
        said = ", ".join(
            f"{name} has {count} resource instances" for name, count in sorted(by_resource.items())
        )
        message = f"Some resources are remaining: {said}"
        troubles["NamespaceContentRemaining"] = ("SomeResourcesRemain", message)
    by_finalizer = Counter(
        finalizer for _, obj in left for finalizer in obj["metadata"].get("finalizers") or ()
    )
    if by_finalizer:
        said = ", ".join(
            f"{name} in {count} resource instances" for name, count in sorted(by_finalizer.items())
        )
        message = f"Some content in the namespace has finalizers remaining: {said}"
        troubles["NamespaceFinalizersRemaining"] = ("SomeFinalizersRemain", message)
    return troubles
