"""Rolls out changes of a pod template by growing one ReplicaSet and shrinking others.

1. Claim the ReplicaSets that the selector matches, and find the one whose template is today's: the new set.
2. Give the new set its revision, and the deployment the same. A roll back is nothing else: the new set is an old one.
3. Decide the next step (`rollout.py`): scale, roll, recreate, or nothing while paused.
4. Carry it out: create, resize or delete sets, with one Event for each.
5. Write the status (`deployment_status.py`), and look again when the progress deadline is due.

Each step changes something that this controller watches, so the next step follows by itself.
Unlike upstream: one status write for each round, where upstream needs up to three.
Models: pkg/controller/deployment/deployment_controller.go, sync.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    annotations_of,
    controller_of,
    is_being_deleted,
    is_pod_finished,
    key_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubetutor.embedded.controllers import conditions, deployment_status, revisions, rollout
from kubetutor.embedded.controllers.ownership import Claim, Orphans, queue_owners
from kubetutor.embedded.controllers.refusals import is_namespace_terminating
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.controllers.conditions import Conditions
    from kubetutor.embedded.workqueue import WorkQueue

DEPLOYMENTS, REPLICA_SETS = "deployments.apps", "replicasets.apps"


class DeploymentController:
    name = "deployment-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._events = context.events.as_component(self.name)
        self._deployments = context.informers[DEPLOYMENTS]
        self._replica_sets = context.informers[REPLICA_SETS]
        self._pods = context.informers["pods"]
        self._claim = Claim(self._client, REPLICA_SETS, self._replica_sets, Orphans(self._replica_sets))

    def start(self, queue: WorkQueue) -> None:
        self._deployments.on_change(lambda change: queue.add(key_of(change.object)))
        self._replica_sets.on_change(
            lambda change: queue_owners(change, queue, "Deployment", self._deployments)
        )
        self._pods.on_change(lambda change: self._on_pod(change, queue))

    def _on_pod(self, change: Change, queue: WorkQueue) -> None:
        """Strategy Recreate waits for the last old pod to be gone."""
        owner = controller_of(change.object)
        if change.type != "DELETED" or owner is None:
            return
        replica_set = self._replica_sets.get(f"{namespace_of(change.object)}/{owner['name']}")
        above = controller_of(replica_set) if replica_set else None
        if above is not None:
            queue.add(f"{namespace_of(change.object)}/{above['name']}")

    def reconcile(self, key: str) -> float | None:
        deployment = self._deployments.get(key)
        if deployment is None:
            return None
        self._claim.of(deployment)
        current: Conditions = tuple(deployment.get("status", {}).get("conditions") or ())
        if is_being_deleted(deployment):
            return self._write_status(deployment, current, with_progress=False)
        current = deployment_status.with_pause(deployment, current, self._clock.now())
        deployment, current = self._sync_revision(deployment, current)
        new, old = self._new_and_old(deployment)
        paused = bool(deployment["spec"].get("paused"))
        resizing = paused or rollout.is_scaling(deployment, [new, *old])
        plan = self._plan(deployment, new, old, resizing=resizing)
        if plan.create is not None:
            deployment, current = self._create(deployment, plan.create, old, current)
        for replica_set, size in plan.scale:
            self._scale(deployment, replica_set, size)
        if paused or (
            not resizing and deployment_status.is_complete(deployment, deployment.get("status", {}))
        ):
            self._delete(rollout.plan_clean_up(deployment, old))
        return self._write_status(deployment, current, with_progress=not resizing)

    def _plan(
        self, deployment: Object, new: Object | None, old: Sequence[Object], *, resizing: bool
    ) -> rollout.Plan:
        if resizing:
            return rollout.plan_scale(deployment, new, old)
        if rollout.is_rolling(deployment):
            return rollout.plan_rolling(deployment, new, old)
        return rollout.plan_recreate(deployment, new, old, old_pods_run=self._do_pods_run(old))

    def _new_and_old(self, deployment: Object) -> tuple[Object | None, list[Object]]:
        return revisions.split_new_and_old(deployment, self._replica_sets.controlled_by(uid_of(deployment)))

    def _do_pods_run(self, replica_sets: Sequence[Object]) -> bool:
        return any(
            not is_pod_finished(pod)
            for each in replica_sets
            for pod in self._pods.controlled_by(uid_of(each))
        )

    def _sync_revision(self, deployment: Object, current: Conditions) -> tuple[Object, Conditions]:
        """Bring the annotations of the new set up to date; the deployment's revision is that of its new set."""
        new, old = self._new_and_old(deployment)
        if new is None:
            return deployment, current
        annotations = revisions.annotations_for_new(
            deployment, annotations_of(new), revisions.next_revision(old)
        )
        wait = deployment["spec"].get("minReadySeconds", 0)
        body: Object = {}
        if annotations != annotations_of(new):
            body["metadata"] = {"annotations": annotations}
        if wait != new["spec"].get("minReadySeconds", 0):
            body["spec"] = {"minReadySeconds": wait}
        if body:
            self._client.patch(REPLICA_SETS, name_of(new), body, namespace=namespace_of(new))
        if deployment_status.has_deadline(deployment) and conditions.find(current, "Progressing") is None:
            current = self._with_progressing(
                current, "FoundNewReplicaSet", f'Found new replica set "{name_of(new)}"'
            )
        return self._with_revision(deployment, annotations.get(revisions.REVISION, "")), current

    def _with_revision(self, deployment: Object, revision: str) -> Object:
        """Note the revision by way of the status: otherwise it would count as a new generation."""
        if not revision or annotations_of(deployment).get(revisions.REVISION) == revision:
            return deployment
        body = {"metadata": {"annotations": {revisions.REVISION: revision}}}
        return self._client.patch(
            DEPLOYMENTS,
            name_of(deployment),
            body,
            namespace=namespace_of(deployment),
            subresource="status",
        )

    def _with_progressing(self, current: Conditions, reason: str, message: str) -> Conditions:
        entry = deployment_status.new_condition("Progressing", "True", self._clock.now(), reason, message)
        return conditions.put(current, entry)

    def _create(
        self, deployment: Object, replicas: int, old: Sequence[Object], current: Conditions
    ) -> tuple[Object, Conditions]:
        surge, _ = rollout.fenceposts(deployment)
        annotations = {
            **revisions.annotations_for_new(deployment, {}, revisions.next_revision(old)),
            **revisions.size_annotations(rollout.replicas_of(deployment), surge),
        }
        body = revisions.new_replica_set(deployment, replicas, annotations)
        try:
            new = self._client.create(REPLICA_SETS, body, namespace=namespace_of(deployment))
        except ApiError as error:
            if not is_namespace_terminating(error):
                self._note_failure(deployment, name_of(body), current, error)
            raise
        if replicas:
            message = f"Scaled up replica set {name_of(new)} from 0 to {replicas}"
            self._events.normal(deployment, "ScalingReplicaSet", message)
        deployment = self._with_revision(deployment, annotations[revisions.REVISION])
        if deployment_status.has_deadline(deployment):
            current = self._with_progressing(
                current, "NewReplicaSetCreated", f'Created new replica set "{name_of(new)}"'
            )
        return deployment, current

    def _note_failure(self, deployment: Object, name: str, current: Conditions, error: ApiError) -> None:
        """Say why the new set could not be made; a name that is taken is avoided by another hash next time."""
        status = deployment.get("status") or {}
        if error.reason == "AlreadyExists":
            status = {**status, "collisionCount": status.get("collisionCount", 0) + 1}
        else:
            message = f'Failed to create new replica set "{name}": {error}'
            entry = deployment_status.new_condition(
                "Progressing", "False", self._clock.now(), "ReplicaSetCreateError", message
            )
            status = {**status, "conditions": list(conditions.put(current, entry))}
            self._events.warning(deployment, "ReplicaSetCreateError", message)
        self._client.update(DEPLOYMENTS, {**deployment, "status": status}, subresource="status")

    def _scale(self, deployment: Object, replica_set: Object, size: int) -> None:
        surge, _ = rollout.fenceposts(deployment)
        annotations = revisions.size_annotations(rollout.replicas_of(deployment), surge)
        before = rollout.replicas_of(replica_set)
        if size == before and annotations.items() <= annotations_of(replica_set).items():
            return
        body = {"metadata": {"annotations": annotations}, "spec": {"replicas": size}}
        self._client.patch(REPLICA_SETS, name_of(replica_set), body, namespace=namespace_of(replica_set))
        if size != before:
            direction = "up" if size > before else "down"
            message = f"Scaled {direction} replica set {name_of(replica_set)} from {before} to {size}"
            self._events.normal(deployment, "ScalingReplicaSet", message)

    def _delete(self, replica_sets: Sequence[Object]) -> None:
        for each in replica_sets:
            try:
                self._client.delete(REPLICA_SETS, name_of(each), namespace=namespace_of(each))
            except ApiError as error:
                if error.code != 404:
                    raise

    def _write_status(self, deployment: Object, current: Conditions, *, with_progress: bool) -> float | None:
        now = self._clock.now()
        new, old = self._new_and_old(deployment)
        status = deployment_status.counts(deployment, new, old)
        current = deployment_status.with_availability(deployment, status, current=current, now=now)
        if with_progress:
            current = deployment_status.with_progress(deployment, status, current=current, new=new, now=now)
            current = deployment_status.with_replica_failure(current, new, old)
        status["conditions"] = list(current)
        if status != deployment.get("status"):
            self._client.update(DEPLOYMENTS, {**deployment, "status": status}, subresource="status")
        if not with_progress:
            return None
        return deployment_status.seconds_until_overdue(deployment, status, now)
