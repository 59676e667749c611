"""Decides what a Job does next. Nothing here acts.

1. A verdict that was reached stays. Else look for one: a pod failure policy says so, too many pods have failed, the
   job took too long, too many indexes have failed, or the success policy is met.
2. With a verdict, all active pods end.
3. A suspended job has no active pods.
4. Else as many pods are wanted as `parallelism` allows and `completions` still needs; a job without completions needs
   no more once one pod has succeeded. Too many end, the least useful first; missing ones are made after the back-off.
5. Enough pods have succeeded and none is active: the job is complete.

Models: syncJob and manageJob in pkg/controller/job/job_controller.go.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubetutor.api.objects import condition, is_being_deleted
from kubetutor.embedded.clock import parse_timestamp
from kubetutor.embedded.controllers.job_backoff import Failures, seconds_left
from kubetutor.embedded.controllers.job_pods import (
    failures_of_index,
    finished_at,
    has_failed,
    index_of,
    is_indexed,
    replaces_failed_only,
)
from kubetutor.embedded.controllers.job_policies import judge, reason_to_succeed
from kubetutor.embedded.controllers.replicaset import BURST, deletion_rank

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.job_view import View
    from kubetutor.embedded.timings import Timings

SUCCESS, FAILURE = "SuccessCriteriaMet", "FailureTarget"
COMPLETED = ("CompletionsReached", "Reached expected number of succeeded pods")
TOO_MANY_FAILURES = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
TOO_LATE = ("DeadlineExceeded", "Job was active longer than specified deadline")
TOO_MANY_INDEXES = (
    "MaxFailedIndexesExceeded",
    "Job has exceeded the specified maximal number of failed indexes",
)
FAILED_INDEXES = ("FailedIndexes", "Job has failed indexes")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the job ends: the interim condition, its reason and message."""

    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Pods to make (an index, or None without), pods to delete, how the job ends, when to look again, and why."""

    create: tuple[int | None, ...] = ()
    delete: tuple[Object, ...] = ()
    end: tuple[Object, ...] = ()
    verdict: Verdict | None = None
    again: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What else a decision goes by: the failures so far, how long to wait, and the time."""

    failures: Failures
    timings: Timings
    now: dt.datetime


def is_suspended(job: Object) -> bool:
    return bool(job["spec"].get("suspend"))


def plan_job(view: View, moment: Moment) -> Plan:
    verdict = _known_verdict(view) or _failure(view, moment) or _success_by_policy(view)
    if verdict is not None:
        return Plan(end=tuple(view.active), verdict=verdict, why=verdict.message)
    plan = Plan() if is_being_deleted(view.job) else _plan_pods(view, moment)
    left = len(view.active) + len(plan.create) - len(plan.delete)
    if left == 0 and _has_enough(view):
        return replace(plan, verdict=Verdict(SUCCESS, *COMPLETED))
    return replace(plan, again=_sooner(plan.again, _until_deadline(view.job, moment)))


def _known_verdict(view: View) -> Verdict | None:
    for kind in (SUCCESS, FAILURE):
        entry = condition(view.job, kind)
        if entry is not None and entry["status"] == "True":
            return Verdict(kind, entry.get("reason", ""), entry.get("message", ""))
    return None


def _failure(view: View, moment: Moment) -> Verdict | None:
    job, spec = view.job, view.job["spec"]
    for pod in view.pods:
        if has_failed(pod, job) and (message := judge(job, pod).message):
            return Verdict(FAILURE, "PodFailurePolicy", message)
    if view.failed > spec["backoffLimit"] or _restarts_too_often(view):
        return Verdict(FAILURE, *TOO_MANY_FAILURES)
    left = _until_deadline(job, moment)
    if left is not None and left <= 0:
        return Verdict(FAILURE, *TOO_LATE)
    failed = len(view.failed_indexes)
    if failed and failed > spec.get("maxFailedIndexes", failed):
        return Verdict(FAILURE, *TOO_MANY_INDEXES)
    if failed and failed + view.succeeded >= spec["completions"]:
        return Verdict(FAILURE, *FAILED_INDEXES)
    return None


def _restarts_too_often(view: View) -> bool:
    """With restartPolicy OnFailure the restarts of containers are what is limited."""
    spec = view.job["spec"]
    if spec["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    statuses = [
        pod["status"] for pod in view.pods if pod.get("status", {}).get("phase") in {"Running", "Pending"}
    ]
    restarts: int = sum(
        entry.get("restartCount", 0)
        for status in statuses
        for field in ("initContainerStatuses", "containerStatuses")
        for entry in status.get(field) or ()
    )
    return bool(restarts >= max(1, spec["backoffLimit"]))


def _until_deadline(job: Object, moment: Moment) -> float | None:
    """Answer the seconds that are left of activeDeadlineSeconds; None if the time does not run."""
    deadline, start = job["spec"].get("activeDeadlineSeconds"), job.get("status", {}).get("startTime")
    if deadline is None or is_suspended(job):
        return None
    since = parse_timestamp(start) if start else moment.now
    return float(deadline - (moment.now - since).total_seconds())


def _success_by_policy(view: View) -> Verdict | None:
    message = reason_to_succeed(view.job, view.succeeded_indexes) if is_indexed(view.job) else ""
    return Verdict(SUCCESS, "SuccessPolicy", message) if message else None


def _has_enough(view: View) -> bool:
    """Say whether the job needs no more; one without completions is done when one pod has succeeded."""
    completions = view.job["spec"].get("completions")
    return view.succeeded > 0 if completions is None else bool(view.succeeded >= completions)


def _plan_pods(view: View, moment: Moment) -> Plan:
    if is_suspended(view.job):
        return Plan(delete=tuple(view.active), why="the job is suspended")
    wanted, active = _wanted(view), len(view.active)
    surplus = _surplus(view, max(0, active - wanted), moment.now)
    if surplus:
        return Plan(delete=tuple(surplus[:BURST]), why=f"{active} pods are active and {wanted} are wanted")
    ending = view.terminating if replaces_failed_only(view.job) else []
    missing = wanted - active - len(ending)
    if missing <= 0:
        return Plan(why="as wanted")
    return _plan_new_pods(view, moment, min(missing, BURST), ending)


def _wanted(view: View) -> int:
    spec = view.job["spec"]
    if "completions" in spec:
        return int(max(0, min(spec["completions"] - view.succeeded, spec["parallelism"])))
    return len(view.active) if view.succeeded else int(spec["parallelism"])


def _surplus(view: View, number: int, now: dt.datetime) -> list[Object]:
    """Answer the pods to delete: what an Indexed job cannot use, then the least useful."""
    ranked = sorted(view.active, key=lambda pod: deletion_rank(pod, {}, now))
    useless = _useless(view.job, ranked) if is_indexed(view.job) else []
    names = {pod["metadata"]["name"] for pod in useless}
    others = [pod for pod in ranked if pod["metadata"]["name"] not in names]
    return useless + others[: max(0, number - len(useless))]


def _useless(job: Object, ranked: Iterable[Object]) -> list[Object]:
    """Answer pods without a valid index, and all but the most useful of each index."""
    by_index: defaultdict[int | None, list[Object]] = defaultdict(list)
    for pod in ranked:
        index = index_of(pod)
        by_index[index if index is not None and index < job["spec"]["completions"] else None].append(pod)
    return [pod for index, pods in by_index.items() for pod in (pods if index is None else pods[:-1])]


def _plan_new_pods(view: View, moment: Moment, missing: int, ending: list[Object]) -> Plan:
    wait = 0.0 if view.has_limit_per_index else seconds_left(moment.failures, moment.timings, moment.now)
    if wait > 0:
        return Plan(again=wait, why="a pod has failed: the next one comes later")
    why = f"{missing} pods are missing"
    if not is_indexed(view.job):
        return Plan(create=(None,) * missing, why=why)
    indexes = view.pending_indexes(but=ending)[:missing]
    waits = {index: _wait_of_index(view, index, moment) for index in indexes}
    ready = tuple(index for index in indexes if waits[index] == 0)
    if ready:
        return Plan(create=ready, why=why)
    return Plan(again=min(waits.values(), default=None), why="the pods of all missing indexes have failed")


def _wait_of_index(view: View, index: int, moment: Moment) -> float:
    last = view.replaced_by_index.get(index)
    if last is None:
        return 0.0
    failures = Failures(sum(failures_of_index(last)) + 1, finished_at(last))
    return seconds_left(failures, moment.timings, moment.now)


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((each for each in (one, other) if each is not None), default=None)
