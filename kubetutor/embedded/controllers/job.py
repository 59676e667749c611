"""Runs pods until enough of them have succeeded.

1. Claim the pods that the selector matches, and see what they come to (`job_view.py`).
2. Decide what to do next, and whether the job is to end (`job_plan.py`).
3. Delete and create pods.
4. Count the pods that have ended, in two steps, and write the status (`job_status.py`).
5. Look again when the back-off or the deadline is over.

A finalizer keeps a pod until it is counted; a pod whose job is gone or done loses it at once.
Unlike upstream: changes of pods are not collected for a second.
Models: pkg/controller/job/job_controller.go.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    controller_of,
    is_being_deleted,
    key_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubetutor.embedded.controllers import job_backoff, job_status
from kubetutor.embedded.controllers.job_plan import Moment, Plan, is_suspended, plan_job
from kubetutor.embedded.controllers.job_pods import TRACKING, failures_of_index, is_tracked, new_pod
from kubetutor.embedded.controllers.job_policies import judge
from kubetutor.embedded.controllers.job_view import View
from kubetutor.embedded.controllers.ownership import Claim, Orphans, queue_owners
from kubetutor.embedded.controllers.pod_control import Failure, PodControl
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

JOBS = "jobs.batch"
ORPHAN = "pod|"  # begins the key of a pod that nobody is to count
OURS = "kubernetes.io/job-controller"


class JobController:
    name = "job-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock, self._timings = context.client, context.clock, context.timings
        self._events = context.events.as_component(self.name)
        self._jobs, self._pods = context.informers[JOBS], context.informers["pods"]
        self._claim = Claim(self._client, "pods", self._pods, Orphans(self._pods), finalizer=TRACKING)
        self._pod_control = PodControl(self._client, self._events)
        self._failures: dict[str, job_backoff.Failures] = {}

    def start(self, queue: WorkQueue) -> None:
        self._jobs.on_change(lambda change: self._on_job(change, queue))
        self._pods.on_change(lambda change: self._on_pod(change, queue))

    def _on_job(self, change: Change, queue: WorkQueue) -> None:
        queue.add(key_of(change.object))
        if change.type == "DELETED" or job_status.is_finished(change.object):
            for pod in filter(is_tracked, self._pods.controlled_by(uid_of(change.object))):
                queue.add(ORPHAN + key_of(pod))

    def _on_pod(self, change: Change, queue: WorkQueue) -> None:
        queue_owners(change, queue, "Job", self._jobs)
        if change.type != "DELETED" and is_tracked(change.object) and self._is_forgotten(change.object):
            queue.add(ORPHAN + key_of(change.object))

    def _is_forgotten(self, pod: Object) -> bool:
        """Say whether no job will ever count the pod."""
        owner = controller_of(pod) or {}
        job = self._jobs.get(f"{namespace_of(pod)}/{owner.get('name')}")
        return job is None or uid_of(job) != owner.get("uid") or job_status.is_finished(job)

    def reconcile(self, key: str) -> float | None:
        if key.startswith(ORPHAN):
            pod = self._pods.get(key.removeprefix(ORPHAN))
            if pod is not None and is_tracked(pod) and self._is_forgotten(pod):
                self._release(pod)
            return None
        job = self._jobs.get(key)
        if job is None or job_status.is_finished(job) or job["spec"].get("managedBy", OURS) != OURS:
            self._failures.pop(key, None)
            return None
        return self._sync(key, job)

    def _sync(self, key: str, job: Object) -> float | None:
        view = View(job, tuple(self._claim.of(job)))
        failures = job_backoff.after(
            self._failures.get(key, job_backoff.Failures()), view.new_succeeded, view.new_failed
        )
        plan = plan_job(view, Moment(failures, self._timings, self._clock.now()))
        failure = self._carry_out(view, plan)
        self._count(view, plan)
        self._failures[key] = failures
        if failure is not None and failure.error is not None:
            raise failure.error
        return plan.again

    def _carry_out(self, view: View, plan: Plan) -> Failure | None:
        """Delete and create, up to the first failure; answer that."""
        for pod in plan.end:
            if failure := self._pod_control.delete(view.job, pod):
                return failure
        for pod in plan.delete:
            self._release(pod)
            if failure := self._pod_control.delete(view.job, pod):
                return failure
        for index in plan.create:
            pod = new_pod(view.job, index, _failures_of(view, index))
            if failure := self._pod_control.create(view.job, pod):
                return failure
        return None

    def _count(self, view: View, plan: Plan) -> None:
        """Write the status, first with the pods that have ended by name, then with their number."""
        now, counted = self._clock.now(), job_status.to_count(view, plan)
        status = job_status.first_status(view, plan, counted, now)
        if plan.verdict is None and not is_being_deleted(view.job):
            status = job_status.with_suspension(status, suspended=is_suspended(view.job), now=now)
        job = self._write(view.job, job_status.with_numbers(status, self._look(view.job)))
        for pod in counted:
            self._release(pod)
        after = self._look(job)
        tracked = {uid_of(pod) for pod in after.pods if is_tracked(pod)}
        status = job_status.with_numbers(job_status.add_up(job["status"], tracked), after)
        self._write(job, job_status.with_end(status, plan, now))

    def _look(self, job: Object) -> View:
        return View(job, tuple(self._pods.controlled_by(uid_of(job))))

    def _write(self, job: Object, status: Object) -> Object:
        if status == job.get("status"):
            return job
        written = self._client.update(JOBS, {**job, "status": status}, subresource="status")
        self._tell(job, written)
        return written

    def _tell(self, before: Object, job: Object) -> None:
        """Write an Event for each condition that is news."""
        old = {entry["type"]: entry["status"] for entry in before.get("status", {}).get("conditions") or ()}
        for entry in job["status"].get("conditions") or ():
            if old.get(entry["type"]) == entry["status"]:
                continue
            match entry["type"], entry["status"]:
                case "Suspended", value:
                    self._events.normal(
                        job, "Suspended" if value == "True" else "Resumed", entry.get("message", "")
                    )
                case "Complete", _:
                    if job["status"].get("succeeded", 0) > job["spec"].get("completions", math.inf):
                        message = "Too many succeeded pods running after completion count reached"
                        self._events.warning(job, "TooManySucceededPods", message)
                    self._events.normal(job, "Completed", "Job completed")
                case "Failed", _:
                    self._events.warning(job, entry.get("reason", ""), entry.get("message", ""))

    def _release(self, pod: Object) -> None:
        """Take the finalizer off a pod, which may be gone already."""
        current = self._pods.get(key_of(pod))
        if current is None or uid_of(current) != uid_of(pod) or not is_tracked(current):
            return
        kept = [each for each in current["metadata"]["finalizers"] if each != TRACKING]
        body = {"metadata": {"uid": uid_of(pod), "finalizers": kept or None}}
        try:
            self._client.patch("pods", name_of(pod), body, namespace=namespace_of(pod))
        except ApiError as error:
            if error.code != 404:
                raise


def _failures_of(view: View, index: int | None) -> tuple[int, int] | None:
    """Answer the failures of an index so far, if the job limits them: those that count, and those that do not."""
    if index is None or not view.has_limit_per_index:
        return None
    last = view.replaced_by_index.get(index)
    if last is None:
        return 0, 0
    counted, ignored = failures_of_index(last)
    return (counted + 1, ignored) if judge(view.job, last).counts else (counted, ignored + 1)
