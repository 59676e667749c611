"""The status of a Job, written in two steps, so that no pod is counted twice or not at all.

1. Name the pods that have ended in `uncountedTerminatedPods`, with the interim condition if the job is to end.
2. When they have lost their finalizer, count them. When none is left and no pod is ending, the job is done.

Models: trackJobStatusAndRemoveFinalizers, enactJobFinished in pkg/controller/job/job_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_pod_ready, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers import conditions
from kubetutor.embedded.controllers.job_indexes import write_indexes
from kubetutor.embedded.controllers.job_plan import FAILURE, SUCCESS, Plan, is_suspended
from kubetutor.embedded.controllers.job_pods import (
    has_failed,
    has_succeeded,
    has_valid_index,
    index_of,
    is_indexed,
    is_tracked,
)
from kubetutor.embedded.controllers.job_policies import judge

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.job_view import View

MOST_UNCOUNTED = 500
FINAL = {SUCCESS: "Complete", FAILURE: "Failed"}


def is_finished(job: Object) -> bool:
    """Say whether the job has ended for good."""
    entries = tuple(job.get("status", {}).get("conditions") or ())
    return any(entry["type"] in FINAL.values() and entry["status"] == "True" for entry in entries)


def to_count(view: View, plan: Plan) -> list[Object]:
    """Answer the pods that may lose their finalizer now, the lowest index first, not too many at once."""
    tracked = sorted(filter(is_tracked, view.pods), key=lambda pod: index_of(pod) or 0)
    waiting = {uid_of(pod) for pod in view.replaced_by_index.values()}
    all_go = plan.verdict is not None or is_being_deleted(view.job)
    return [
        pod
        for pod in tracked
        if all_go or has_succeeded(pod) or (has_failed(pod, view.job) and uid_of(pod) not in waiting)
    ][:MOST_UNCOUNTED]


def first_status(view: View, plan: Plan, counted: Iterable[Object], now: dt.datetime) -> Object:
    """Answer the status that names the pods to count. What was named before and is counted by now is added up."""
    tracked = {uid_of(pod) for pod in view.pods if is_tracked(pod)}
    status = add_up({**view.status}, tracked)
    if not status.get("startTime") and not is_suspended(view.job):
        status["startTime"] = timestamp(now)
    named = {how: list(uids) for how, uids in (status.get("uncountedTerminatedPods") or {}).items()}
    indexes = set(view.counted_indexes)
    for pod in counted:
        how = _how_ended(view, plan, pod)
        index = index_of(pod)
        if how == "succeeded" and is_indexed(view.job):
            indexes.add(index or 0)
        elif how and uid_of(pod) not in view.uncounted(how):
            named.setdefault(how, []).append(uid_of(pod))
    status["uncountedTerminatedPods"] = named
    if is_indexed(view.job):
        status |= {"succeeded": len(indexes), "completedIndexes": write_indexes(indexes)}
        if view.has_limit_per_index:
            status["failedIndexes"] = write_indexes(view.failed_indexes)
    if plan.verdict is not None:
        status = with_condition(status, plan.verdict.type, (plan.verdict.reason, plan.verdict.message), now)
    return status


def _how_ended(view: View, plan: Plan, pod: Object) -> str:
    """Answer how the pod counts: `succeeded`, `failed`, or not at all."""
    if not has_valid_index(pod, view.job):
        return ""
    if has_succeeded(pod) and uid_of(pod) not in view.uncounted("failed"):
        return "succeeded"
    job_fails = plan.verdict is not None and plan.verdict.type == FAILURE
    if (has_failed(pod, view.job) or job_fails) and judge(view.job, pod).counts:
        return "failed"
    return ""


def add_up(status: Object, tracked: set[str]) -> Object:
    """Count the named pods that have lost their finalizer."""
    named = status.get("uncountedTerminatedPods") or {}
    left = {how: [uid for uid in uids or () if uid in tracked] for how, uids in named.items()}
    counts = {how: status.get(how, 0) + len(uids or ()) - len(left[how]) for how, uids in named.items()}
    return {**status, **counts, "uncountedTerminatedPods": {how: uids for how, uids in left.items() if uids}}


def with_numbers(status: Object, view: View) -> Object:
    """Say how many pods there are of each sort, as they are now."""
    numbers = {
        "active": len(view.active),
        "ready": sum(map(is_pod_ready, view.active)),
        "terminating": len(view.terminating),
    }
    status = {**status, **numbers}
    return {name: value for name, value in status.items() if value or name not in _LEFT_OUT_WHEN_ZERO}


_LEFT_OUT_WHEN_ZERO = frozenset({"active", "succeeded", "failed", "completedIndexes", "conditions"})


def with_end(status: Object, plan: Plan, now: dt.datetime) -> Object:
    """Add the final condition, unless a pod is still to be counted or to end."""
    if plan.verdict is None or status.get("uncountedTerminatedPods") or status.get("terminating"):
        return status
    kind = FINAL[plan.verdict.type]
    status = with_condition(status, kind, (plan.verdict.reason, plan.verdict.message), now)
    return {**status, "completionTime": timestamp(now)} if kind == "Complete" else status


def with_suspension(status: Object, *, suspended: bool, now: dt.datetime) -> Object:
    """Note that the job was suspended or resumed. A resumed job starts anew: its deadline counts from now."""
    current = conditions.find(status.get("conditions") or (), "Suspended")
    if suspended:
        return with_condition(status, "Suspended", ("JobSuspended", "Job suspended"), now)
    if current is None or current["status"] == "False":
        return status
    words = ("JobResumed", "Job resumed")
    return {
        **with_condition(status, "Suspended", words, now, is_true=False),
        "startTime": timestamp(now),
    }


def with_condition(
    status: Object, kind: str, words: tuple[str, str], now: dt.datetime, *, is_true: bool = True
) -> Object:
    """Set a condition to a reason and a message, in its place if it is there; one that says so already stays."""
    reason, message = words
    entry = {
        "type": kind,
        "status": "True" if is_true else "False",
        "lastProbeTime": timestamp(now),
        "lastTransitionTime": timestamp(now),
        "reason": reason,
        "message": message,
    }
    entries = list(status.get("conditions") or ())
    for position, old in enumerate(entries):
        if old["type"] == kind:
            same = all(old.get(name) == entry[name] for name in ("status", "reason", "message"))
            entries[position] = old if same else entry
            return {**status, "conditions": entries}
    return {**status, "conditions": [*entries, entry]}
