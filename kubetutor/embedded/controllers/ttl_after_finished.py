"""Deletes jobs that are done, `ttlSecondsAfterFinished` after they ended.

1. A job ends: work out when its time is over. Not yet: look again then.
2. Delete it in the foreground: its pods first.

Models: pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.clock import parse_timestamp
from kubetutor.embedded.controllers.job_status import FINAL
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue


class TTLAfterFinishedController:
    name = "ttl-after-finished-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._clock = context.client, context.clock
        self._jobs = context.informers["jobs.batch"]

    def start(self, queue: WorkQueue) -> None:
        self._jobs.on_change(lambda change: queue.add(key_of(change.object)))

    def reconcile(self, key: str) -> float | None:
        job = self._jobs.get(key)
        left = None if job is None else seconds_to_live(job, self._clock.now())
        if job is None or left is None or left > 0:
            return left
        options = {"propagationPolicy": "Foreground", "preconditions": {"uid": uid_of(job)}}
        try:
            self._client.delete("jobs.batch", name_of(job), namespace=namespace_of(job), options=options)
        except ApiError as error:
            if error.code != 404:
                raise
        return None


def seconds_to_live(job: Object, now: dt.datetime) -> float | None:
    """Answer how long a job is still kept; None if it is not done, or kept for good."""
    wait = job["spec"].get("ttlSecondsAfterFinished")
    if wait is None or is_being_deleted(job):
        return None
    for entry in job.get("status", {}).get("conditions") or ():
        if entry["type"] in FINAL.values() and entry["status"] == "True":
            return float(wait - (now - parse_timestamp(entry["lastTransitionTime"])).total_seconds())
    return None
