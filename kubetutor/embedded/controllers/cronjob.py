"""Starts jobs by the clock.

1. See which of its jobs are active and which have ended; delete ended ones beyond the history limits.
2. Decide whether a job is due now (`cronjob_plan.py`), and start it.
3. Write the status, and look again when the next job is due.

A change of the schedule counts from now on: times that the new one had in the past are not made up for.
Models: pkg/controller/cronjob/cronjob_controllerv2.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import controller_of, is_being_deleted, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.cronjob_plan import (
    News,
    new_job,
    plan_active,
    plan_history,
    plan_start,
    reference_to,
    schedule_of,
    seconds_until_next,
    with_active,
)
from kubetutor.embedded.controllers.refusals import is_namespace_terminating
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.controllers.cronjob_plan import Start
    from kubetutor.embedded.workqueue import WorkQueue

CRON_JOBS, JOBS = "cronjobs.batch", "jobs.batch"


class CronJobController:
    name = "cronjob-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._events = context.events.as_component(self.name)
        self._cron_jobs, self._jobs = context.informers[CRON_JOBS], context.informers[JOBS]

    def start(self, queue: WorkQueue) -> None:
        self._cron_jobs.on_change(lambda change: self._on_cron_job(change, queue))
        self._jobs.on_change(lambda change: self._on_job(change, queue))

    def _on_cron_job(self, change: Change, queue: WorkQueue) -> None:
        if change.old is None or _when(change.old) == _when(change.object):
            queue.add(key_of(change.object))
            return
        now = self._clock.now()
        wait = seconds_until_next(schedule_of(change.object), now, now)
        if wait is not None:
            queue.add_after(key_of(change.object), wait)

    def _on_job(self, change: Change, queue: WorkQueue) -> None:
        for job in (change.object, change.old):
            owner = controller_of(job) if job else None
            if owner and owner.get("kind") == "CronJob":
                queue.add(f"{namespace_of(change.object)}/{owner['name']}")

    def reconcile(self, key: str) -> float | None:
        cron_job = self._cron_jobs.get(key)
        if cron_job is None:
            return None
        for job in plan_history(cron_job, self._jobs.controlled_by(uid_of(cron_job))):
            self._delete(cron_job, job)
        status, news = plan_active(cron_job, self._jobs.controlled_by(uid_of(cron_job)))
        self._tell(cron_job, news)
        if is_being_deleted(cron_job):
            self._write(cron_job, status)
            return None
        start = plan_start(cron_job, status.get("active") or (), self._clock.now())
        self._tell(cron_job, start.news)
        if start.due is not None:
            status = self._start(cron_job, status, start, start.due)
        self._write(cron_job, status)
        return start.again

    def _start(self, cron_job: Object, status: Object, start: Start, due: dt.datetime) -> Object:
        """Start the job that is due; answer the status with it."""
        active = list(status.get("active") or ())
        if start.replaces:
            for entry in active:
                job = self._jobs.get(f"{entry['namespace']}/{entry['name']}")
                if job is not None:
                    self._delete(cron_job, job)
            active = []
        try:
            job = self._client.create(JOBS, new_job(cron_job, due), namespace=namespace_of(cron_job))
        except ApiError as error:
            if error.reason != "AlreadyExists":
                if not is_namespace_terminating(error):
                    self._events.warning(cron_job, "FailedCreate", f"Error creating job: {error}")
                raise
            taken = self._known(cron_job, new_job(cron_job, due))
            if taken is None:
                return with_active(status, active)
            job = taken
        else:
            self._events.normal(cron_job, "SuccessfulCreate", f"Created job {name_of(job)}")
        return {**with_active(status, [*active, reference_to(job)]), "lastScheduleTime": timestamp(due)}

    def _known(self, cron_job: Object, wanted: Object) -> Object | None:
        """Answer the job of this name, if it is ours: it was started before and is not in the status."""
        job = self._jobs.get(f"{namespace_of(cron_job)}/{name_of(wanted)}")
        owner = controller_of(job) if job else None
        return job if owner and owner["uid"] == uid_of(cron_job) else None

    def _delete(self, cron_job: Object, job: Object) -> None:
        options = {"propagationPolicy": "Background"}
        try:
            self._client.delete(JOBS, name_of(job), namespace=namespace_of(job), options=options)
        except ApiError as error:
            if error.code == 404:
                return
            self._events.warning(cron_job, "FailedDelete", f"Deleted job: {error}")
            raise
        self._events.normal(cron_job, "SuccessfulDelete", f"Deleted job {name_of(job)}")

    def _tell(self, cron_job: Object, news: Iterable[News]) -> None:
        for each in news:
            write = self._events.warning if each.level == "Warning" else self._events.normal
            write(cron_job, each.reason, each.message)

    def _write(self, cron_job: Object, status: Object) -> None:
        if status != (cron_job.get("status") or {}):
            self._client.update(CRON_JOBS, {**cron_job, "status": status}, subresource="status")


def _when(cron_job: Object) -> tuple[object, object]:
    return cron_job["spec"].get("schedule"), cron_job["spec"].get("timeZone")
