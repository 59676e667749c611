"""Keeps pods that are not alike: each has a number, a name and claims that stay its own.

1. Claim the pods that the selector matches and whose name is one of the set; find or make today's revision.
2. Decide the next step (`statefulset_plan.py`): pods come in order and go in the reverse order.
3. Carry it out. A pod's claims are made before it (`statefulset_claims.py`).
4. Drop the oldest revisions that no pod is of, beyond revisionHistoryLimit, and write the status.

Each step changes something that this controller watches, so the next step follows by itself.
Models: pkg/controller/statefulset/stateful_set.go, stateful_set_control.go.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    is_being_deleted,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubetutor.embedded.controllers.controller_history import History, Revisions, plan_clean_up
from kubetutor.embedded.controllers.ownership import Claim, Orphans, queue_owners
from kubetutor.embedded.controllers.refusals import is_namespace_terminating
from kubetutor.embedded.controllers.statefulset_claims import Claims
from kubetutor.embedded.controllers.statefulset_plan import (
    Plan,
    View,
    by_ordinal,
    plan_set,
    seconds_until_change,
    stateful_set_status,
    uses_current,
)
from kubetutor.embedded.controllers.statefulset_pods import (
    identity_labels,
    new_pod,
    ordinal_of,
    revision_of,
)
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

STATEFUL_SETS = "statefulsets.apps"
HASH_LABEL = "controller.kubernetes.io/hash"


class StatefulSetController:
    name = "statefulset-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._events = context.events.as_component(self.name)
        self._stateful_sets, self._pods = context.informers[STATEFUL_SETS], context.informers["pods"]
        self._claim = Claim(self._client, "pods", self._pods, Orphans(self._pods))
        self._history = History(context, hash_label=HASH_LABEL)
        self._claims = Claims(context, self._events)
        self._volume_claims = context.informers["persistentvolumeclaims"]

    def start(self, queue: WorkQueue) -> None:
        self._stateful_sets.on_change(lambda change: queue.add(key_of(change.object)))
        self._pods.on_change(lambda change: queue_owners(change, queue, "StatefulSet", self._stateful_sets))
        self._volume_claims.on_change(lambda change: self._on_claim(change, queue))

    def _on_claim(self, change: Change, queue: WorkQueue) -> None:
        """A pod may wait for an old claim to be gone."""
        if change.type == "DELETED":
            for stateful_set in self._stateful_sets.list(namespace_of(change.object)):
                if stateful_set["spec"].get("volumeClaimTemplates"):
                    queue.add(key_of(stateful_set))

    def reconcile(self, key: str) -> float | None:
        stateful_set = self._stateful_sets.get(key)
        if stateful_set is None:
            return None
        self._claim.of(stateful_set, fits=lambda pod: ordinal_of(stateful_set, pod) is not None)
        if is_being_deleted(stateful_set):
            return None
        revisions = self._history.settle(stateful_set)
        view = self._look(stateful_set, revisions)
        try:
            self._settle_identities(view)
            self._carry_out(view, revisions, plan_set(view))
        finally:
            view = self._look(stateful_set, revisions)
            self._write_status(key, view, revisions)
        self._clean_up(view, revisions)
        return seconds_until_change(view)

    def _look(self, stateful_set: Object, revisions: Revisions) -> View:
        current = revisions.named(stateful_set.get("status", {}).get("currentRevision", ""))
        return View(
            stateful_set,
            by_ordinal(stateful_set, self._pods.controlled_by(uid_of(stateful_set))),
            name_of(current or revisions.current),
            name_of(revisions.current),
            self._clock.now(),
        )

    def _settle_identities(self, view: View) -> None:
        """Give each pod the labels of its number, and its claims the owner that the policy wants."""
        for ordinal, pod in view.pods.items():
            self._claims.settle_owners(view.stateful_set, ordinal, pod)
            labels = identity_labels(view.stateful_set, ordinal)
            if not is_being_deleted(pod) and not labels.items() <= labels_of(pod).items():
                body = {"metadata": {"uid": uid_of(pod), "labels": labels}}
                self._told(view, "update", name_of(pod), partial(self._patch, pod, body))
            if pod.get("status", {}).get("phase") == "Pending" and not is_being_deleted(pod):
                self._claims.create_missing(view.stateful_set, ordinal)

    def _patch(self, pod: Object, body: Object) -> None:
        self._client.patch("pods", name_of(pod), body, namespace=namespace_of(pod))

    def _carry_out(self, view: View, revisions: Revisions, plan: Plan) -> None:
        for ordinal in plan.create:
            if not self._claims.is_stale(view.stateful_set, ordinal):
                self._create(view, revisions, ordinal)
        for pod in plan.delete:
            self._told(view, "delete", name_of(pod), partial(self._delete, pod))

    def _create(self, view: View, revisions: Revisions, ordinal: int) -> None:
        stateful_set = view.stateful_set
        revision = revisions.named(view.current) if uses_current(stateful_set, ordinal) else None
        pod = new_pod(stateful_set, revision or revisions.current, ordinal)

        def create() -> None:
            self._claims.create_missing(stateful_set, ordinal)
            self._claims.settle_owners(stateful_set, ordinal, None)
            self._client.create("pods", pod, namespace=namespace_of(stateful_set))

        self._told(view, "create", name_of(pod), create)

    def _delete(self, pod: Object) -> None:
        try:
            self._client.delete("pods", name_of(pod), namespace=namespace_of(pod))
        except ApiError as error:
            if error.code != 404:
                raise

    def _told(self, view: View, verb: str, pod: str, act: Callable[[], None]) -> None:
        """Do something with a pod, and tell of it in an Event."""
        what = f"{verb.title()} Pod {pod} in StatefulSet {name_of(view.stateful_set)}"
        try:
            act()
        except ApiError as error:
            if is_namespace_terminating(error):
                return
            if error.reason != "AlreadyExists":
                message = f"{what} failed error: {error}"
                self._events.warning(view.stateful_set, f"Failed{verb.title()}", message)
            raise
        self._events.normal(view.stateful_set, f"Successful{verb.title()}", f"{what} successful")

    def _clean_up(self, view: View, revisions: Revisions) -> None:
        live = {view.current, view.update, *map(revision_of, view.pods.values())}
        old = [each for each in revisions.old if name_of(each) not in live]
        limit = view.stateful_set["spec"].get("revisionHistoryLimit")
        self._history.delete(plan_clean_up(old, limit, lambda _: False))

    def _write_status(self, key: str, view: View, revisions: Revisions) -> None:
        stateful_set = self._stateful_sets.get(key)
        if stateful_set is None:
            return
        status = {
            **stateful_set_status(view),
            "observedGeneration": view.stateful_set["metadata"].get("generation", 0),
            "collisionCount": revisions.collisions,
        }
        if status != stateful_set.get("status"):
            self._client.update(STATEFUL_SETS, {**stateful_set, "status": status}, subresource="status")
