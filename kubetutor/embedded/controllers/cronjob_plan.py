"""Decides what a CronJob does next. Nothing here acts.

1. Keep the list of active jobs: one that has ended leaves it, and so does one that is gone.
2. Of the jobs that have ended, keep as many as the history limits say; the oldest go.
3. When was a job due last? Not since the last one was started: wait for the next time. Too long ago by
   startingDeadlineSeconds: let it be. Else start one.
4. A job still runs: with Forbid none is started, with Replace the old one is deleted first, with Allow both run.

A job has the minute of its time in its name, so that none is started twice.
Models: syncCronJob and cleanupFinishedJobs in pkg/controller/cronjob/cronjob_controllerv2.go, utils.go.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from kubetutor.api.cron_times import parse
from kubetutor.api.objects import name_of, namespace_of, uid_of
from kubetutor.embedded.clock import parse_timestamp, timestamp
from kubetutor.embedded.controllers.job_status import FINAL
from kubetutor.embedded.controllers.ownership import controller_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.api.cron_times import Every, Fields
    from kubetutor.api.objects import Object

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
A_LITTLE = 0.1  # seconds after the full minute, so that it has surely begun
MANY = 100  # missed times, more than which are worth a warning
TOO_MANY = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
STILL_RUNS = "Not starting job because prior execution is running and concurrency policy is Forbid"


@dataclass(frozen=True, slots=True)
class News:
    """An Event to write."""

    reason: str
    message: str
    level: str = "Normal"


@dataclass(frozen=True, slots=True)
class Start:
    """Which job to start, if any: the time that it is due; and when to look again."""

    due: dt.datetime | None = None
    again: float | None = None
    replaces: bool = False
    news: tuple[News, ...] = ()


def end_of(job: Object) -> str:
    """Answer Complete or Failed, or an empty text while the job has not ended."""
    entries = job.get("status", {}).get("conditions") or ()
    found = (each["type"] for each in entries if each["type"] in FINAL.values() and each["status"] == "True")
    return str(next(found, ""))


# ---- what there is


def plan_active(cron_job: Object, jobs: Iterable[Object]) -> tuple[Object, list[News]]:
    """Answer the status with the list of active jobs as it is now, and what is worth telling."""
    status: Object = dict(cron_job.get("status") or {})
    listed, news = {entry["uid"]: entry for entry in status.get("active") or ()}, []
    there = {uid_of(job): job for job in jobs}
    for uid, job in there.items():
        end = end_of(job)
        if end and uid in listed:
            del listed[uid]
            news.append(News("SawCompletedJob", f"Saw completed job: {name_of(job)}, condition: {end}"))
        elif not end and uid not in listed:
            message = f"Saw a job that the controller did not create or forgot: {name_of(job)}"
            news.append(News("UnexpectedJob", message, "Warning"))
        if end == "Complete":
            ended = job["status"].get("completionTime", "")
            status["lastSuccessfulTime"] = max(ended, status.get("lastSuccessfulTime", ""))
    gone = [entry for uid, entry in listed.items() if uid not in there]
    news += [News("MissingJob", f"Active job went missing: {entry['name']}") for entry in gone]
    return with_active(status, [entry for uid, entry in listed.items() if uid in there]), news


def with_active(status: Object, active: Sequence[Object]) -> Object:
    rest = {name: value for name, value in status.items() if name != "active"}
    return {**rest, "active": list(active)} if active else rest


def plan_history(cron_job: Object, jobs: Iterable[Object]) -> list[Object]:
    """Answer the ended jobs beyond the limits, the oldest first."""
    jobs, surplus = list(jobs), []
    for end, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
        limit = cron_job["spec"].get(field)
        ended = sorted((job for job in jobs if end_of(job) == end), key=_by_start)
        surplus += ended[: max(0, len(ended) - limit)] if limit is not None else []
    return surplus


def _by_start(job: Object) -> tuple[bool, str, str]:
    start = job.get("status", {}).get("startTime", "")
    return not start, start, name_of(job)


# ---- what is due


def schedule_of(cron_job: Object) -> Every | Fields:
    return parse(cron_job["spec"]["schedule"], cron_job["spec"].get("timeZone"))


def plan_start(cron_job: Object, active: Sequence[Object], now: dt.datetime) -> Start:
    """Decide whether a job is started now, and when to look again."""
    spec = cron_job["spec"]
    if spec.get("suspend"):
        return Start()
    schedule = schedule_of(cron_job)
    due, missed = last_due(schedule, _earliest(cron_job, now), now)
    again = seconds_until_next(schedule, due or _earliest(cron_job, now), now)
    news = (News("TooManyMissedTimes", TOO_MANY, "Warning"),) if missed > MANY else ()
    if due is None or _is_done(cron_job, active, due):
        return Start(again=again)
    deadline = spec.get("startingDeadlineSeconds")
    if deadline is not None and due + dt.timedelta(seconds=deadline) < now:
        when = due.strftime("%a, %d %b %Y %H:%M:%S +0000")
        missed_news = News("MissSchedule", f"Missed scheduled time to start a job: {when}", "Warning")
        return Start(again=again, news=(*news, missed_news))
    if spec.get("concurrencyPolicy") == "Forbid" and active:
        return Start(again=again, news=(*news, News("JobAlreadyActive", STILL_RUNS)))
    return Start(due, again, spec.get("concurrencyPolicy") == "Replace", news)


def _earliest(cron_job: Object, now: dt.datetime) -> dt.datetime:
    """Answer since when a time counts as missed."""
    last = cron_job.get("status", {}).get("lastScheduleTime") or cron_job["metadata"]["creationTimestamp"]
    deadline = cron_job["spec"].get("startingDeadlineSeconds")
    since = parse_timestamp(last)
    return since if deadline is None else max(since, now - dt.timedelta(seconds=deadline))


def last_due(
    schedule: Every | Fields, since: dt.datetime, now: dt.datetime
) -> tuple[dt.datetime | None, int]:
    """Answer the last time that was due, and how many there were, counted only as far as that is of interest."""
    missed = takewhile(lambda time: time <= now, islice(schedule.after(since), MANY + 1))
    return schedule.latest(since, now), len(list(missed))


def seconds_until_next(schedule: Every | Fields, since: dt.datetime, now: dt.datetime) -> float | None:
    """Answer how long it is until the next time after now; None if there is none."""
    upcoming = next((time for time in schedule.after(since) if time > now), None)
    return None if upcoming is None else (upcoming - now).total_seconds() + A_LITTLE


def _is_done(cron_job: Object, active: Iterable[Object], due: dt.datetime) -> bool:
    """Say whether the job of this time was started already."""
    last = cron_job.get("status", {}).get("lastScheduleTime")
    return last == timestamp(due) or any(entry["name"] == job_name(cron_job, due) for entry in active)


# ---- the job


def job_name(cron_job: Object, due: dt.datetime) -> str:
    return f"{name_of(cron_job)}-{int(due.timestamp()) // 60}"


def new_job(cron_job: Object, due: dt.datetime) -> Object:
    """Answer the job for a time."""
    template = cron_job["spec"]["jobTemplate"]
    metadata = template.get("metadata") or {}
    zone = cron_job["spec"].get("timeZone")
    local = due.astimezone(zoneinfo.ZoneInfo(zone) if zone else dt.UTC).isoformat(timespec="seconds")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(cron_job, due),
            "labels": dict(metadata.get("labels") or {}),
            "annotations": {
                **(metadata.get("annotations") or {}),
                SCHEDULED: local.replace("+00:00", "Z"),
            },
            "ownerReferences": [controller_reference(cron_job)],
        },
        "spec": template["spec"],
    }


def reference_to(job: Object) -> Object:
    """Answer the entry of a job in the list of active ones."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": name_of(job),
        "namespace": namespace_of(job),
        "resourceVersion": job["metadata"]["resourceVersion"],
        "uid": uid_of(job),
    }
