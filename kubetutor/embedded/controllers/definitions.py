"""Makes definitions of custom kinds take effect, and takes their objects along when they go.

1. Accept the names that no other definition of the group has: write `acceptedNames` and the condition NamesAccepted.
2. When the names are accepted, say Established: from then on the kind is served.
3. A definition that is being deleted: delete its objects, wait until the last one has gone, then remove the finalizer.

A definition that changes or goes brings round the others of its group: a name may have become free.

Unlike upstream: there these are three controllers of the API server itself.
Models: apiextensions-apiserver/pkg/controller/{status,establish,finalizer}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_true, name_of, namespace_of
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.custom_resources import DEFINITIONS
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
ACCEPTED = "the initial names have been accepted"


@dataclass(frozen=True, slots=True)
class NamesPlan:
    """The names that a definition gets, and the first thing that is wrong with those it does not get."""

    accepted: Object
    reason: str = "NoConflicts"
    message: str = "no conflicts found"

    @property
    def has_conflicts(self) -> bool:
        return self.reason != "NoConflicts"


class DefinitionController:
    name = "custom-resource-definition-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._informers = context.informers
        self._definitions = context.informers[DEFINITIONS]
        self._watched: set[str] = set()
        self._queue: WorkQueue | None = None

    def start(self, queue: WorkQueue) -> None:
        self._queue = queue
        self._definitions.on_change(self._on_definition)

    def _on_definition(self, change: Change) -> None:
        if self._queue is None:
            return
        group = change.object["spec"]["group"]
        for each in self._definitions.list():
            if each["spec"]["group"] == group:
                self._queue.add(name_of(each))

    def reconcile(self, key: str) -> float | None:
        definition = self._definitions.get(key)
        if definition is None:
            return None
        if is_being_deleted(definition):
            if CLEANUP in (definition["metadata"].get("finalizers") or ()):
                self._clean_up(definition)
            return None
        names = definition["spec"]["names"]
        if (definition.get("status") or {}).get("acceptedNames") != names:
            plan = plan_names(definition, self._definitions.list())
            self._write(definition, plan.accepted, *name_conditions(definition, plan))
        elif is_true(definition, "NamesAccepted") and not is_true(definition, "Established"):
            established = _condition("Established", "True", "InitialNamesAccepted", ACCEPTED)
            self._write(definition, names, established)
        return None

    def _clean_up(self, definition: Object) -> None:
        """Delete the objects; when none is left, let the definition go."""
        names = (definition.get("status") or {}).get("acceptedNames") or {}
        if not is_true(definition, "Established"):
            ended = _condition("Terminating", "False", "NeverEstablished", "resource was never established")
            self._let_go(self._write(definition, names, ended))
            return
        self._watch(name_of(definition))
        resource = name_of(definition)
        for obj in self._client.list(resource):
            if not is_being_deleted(obj):
                self._delete(resource, obj)
        if self._client.list(resource):
            message = "CustomResource deletion is in progress"
            self._write(
                definition, names, _condition("Terminating", "True", "InstanceDeletionInProgress", message)
            )
            return
        ended = _condition("Terminating", "False", "InstanceDeletionCompleted", "removed all instances")
        self._let_go(self._write(definition, names, ended))

    def _watch(self, resource: str) -> None:
        """Look at the definition again when an object of its kind goes."""
        if resource in self._watched:
            return

        def on_object(change: Change) -> None:
            if change.type == "DELETED" and self._queue is not None:
                self._queue.add(resource)

        self._watched.add(resource)
        self._informers[resource].on_change(on_object)

    def _delete(self, resource: str, obj: Object) -> None:
        try:
            self._client.delete(resource, name_of(obj), namespace=namespace_of(obj))
        except ApiError as error:
            if error.code != 404:
                raise

    def _let_go(self, definition: Object) -> None:
        kept = [each for each in definition["metadata"]["finalizers"] if each != CLEANUP]
        body = {"metadata": {"finalizers": kept or None}}
        self._client.patch(DEFINITIONS, name_of(definition), body)

    def _write(self, definition: Object, accepted: Object, *conditions: Object) -> Object:
        status = definition.get("status") or {}
        now, before = timestamp(self._clock.now()), status.get("conditions") or []
        after = [*before]
        for condition in conditions:
            after = _with(after, condition, now)
        changed = {**status, "acceptedNames": accepted, "conditions": after}
        if changed == status:
            return definition
        return self._client.update(DEFINITIONS, {**definition, "status": changed}, subresource="status")


def plan_names(definition: Object, all_definitions: Iterable[Object]) -> NamesPlan:
    """Decide which names a definition gets: those that no other of its group has been given."""
    wanted = definition["spec"]["names"]
    accepted = dict((definition.get("status") or {}).get("acceptedNames") or {})
    resources, kinds = _taken_by_others(definition, all_definitions)
    reason = message = ""
    for field, taken, title in (
        ("plural", resources, "Plural"),
        ("singular", resources, "Singular"),
        ("shortNames", resources, "ShortNames"),
        ("kind", kinds, "Kind"),
        ("listKind", kinds, "ListKind"),
    ):
        names = wanted.get(field) or ([] if field == "shortNames" else "")
        before = accepted.get(field) or ()
        asked = names if field == "shortNames" else [names]
        refused = [name for name in asked if name in taken and name not in (before or ()) and name != before]
        if refused:
            reason = f"{title}Conflict"
            said = ", ".join(f'"{name}" is already in use' for name in refused)
            message = f"[{said}]" if len(refused) > 1 else said
        elif names:
            accepted[field] = names
        else:
            accepted.pop(field, None)
    accepted.pop("categories", None)
    if wanted.get("categories"):
        accepted["categories"] = wanted["categories"]
    return NamesPlan(accepted, reason, message) if reason else NamesPlan(accepted)


def _taken_by_others(definition: Object, all_definitions: Iterable[Object]) -> tuple[set[str], set[str]]:
    """Answer the names of resources and those of kinds that the other definitions of the group have."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for each in all_definitions:
        if each["spec"]["group"] == definition["spec"]["group"] and name_of(each) != name_of(definition):
            names = (each.get("status") or {}).get("acceptedNames") or {}
            resources |= {
                names.get("plural", ""),
                names.get("singular", ""),
                *(names.get("shortNames") or ()),
            }
            kinds |= {names.get("kind", ""), names.get("listKind", "")}
    return resources - {""}, kinds - {""}


def name_conditions(definition: Object, plan: NamesPlan) -> tuple[Object, ...]:
    """Answer the conditions that follow. A kind that is served stays so, whatever becomes of its names."""
    status = "False" if plan.has_conflicts else "True"
    named = _condition("NamesAccepted", status, plan.reason, plan.message)
    if is_true(definition, "Established"):
        return (named,)
    if plan.has_conflicts:
        return named, _condition("Established", "False", "NotAccepted", "not all names are accepted")
    return named, _condition("Established", "False", "Installing", ACCEPTED)


def _condition(kind: str, status: str, reason: str, message: str) -> Object:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def _with(conditions: list[Object], new: Object, now: str) -> list[Object]:
    """Put a condition in the place of the one of its type, or at the end."""
    old = next((each for each in conditions if each["type"] == new["type"]), None)
    if old is None:
        return [*conditions, {"lastTransitionTime": now, **new}]
    since = old.get("lastTransitionTime", now) if old["status"] == new["status"] else now
    return [{**new, "lastTransitionTime": since} if each is old else each for each in conditions]
