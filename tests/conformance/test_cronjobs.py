"""How a CronJob starts jobs by the clock.

No test waits for a full minute: a job that was due while its CronJob was suspended is started when that is resumed.
"""

import datetime as dt
import json

import pytest

from kubetutor.api.objects import controller_of, is_being_deleted, name_of, uid_of

from .conftest import eventually
from .manifests import FOREVER, cron_job, job
from .workloads import apply, event, event_messages, names, patch, wait_for

pytestmark = pytest.mark.kubectl

NEVER = "0 0 31 2 *"
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


def read(kubectl):
    return kubectl.read("cronjob", "nightly")


def status(kubectl):
    return read(kubectl).get("status", {})


def set_status(kubectl, **fields):
    change = json.dumps({"status": fields})
    kubectl.ok("patch", "cronjob", "nightly", "--subresource=status", "--type=merge", "-p", change)


def jobs(kubectl):
    """Answer the jobs that are to stay."""
    return [each for each in kubectl.all("jobs") if not is_being_deleted(each)]


def ago(**time):
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def resumed(kubectl, **last):
    """Let a suspended CronJob go on as if its last job had been a while ago."""
    set_status(kubectl, lastScheduleTime=ago(**(last or {"minutes": 5})))
    patch(kubectl, "cronjob/nightly", {"spec": {"suspend": False}})


def started(kubectl, number=1):
    return eventually(lambda: len(found := jobs(kubectl)) == number and found)


def own_job(kubectl, name, script=FOREVER, **spec):
    """Make a job as the CronJob would; answer it."""
    made = job(name, script, **spec)
    owner = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": "nightly",
        "uid": uid_of(read(kubectl)),
        "controller": True,
    }
    made["metadata"]["ownerReferences"] = [owner]
    apply(kubectl, made)
    return kubectl.read("job", name)


def is_active(kubectl, item):
    """Note a job as one of the CronJob's active ones."""
    entry = {"apiVersion": "batch/v1", "kind": "Job", "name": name_of(item), "uid": uid_of(item)}
    set_status(kubectl, active=[{**entry, "namespace": kubectl.namespace}])


def test_a_job_that_is_due_is_started_and_has_the_minute_in_its_name(kubectl):
    apply(kubectl, cron_job(suspend=True))
    resumed(kubectl)
    (made,) = started(kubectl)
    due = dt.datetime.fromisoformat(made["metadata"]["annotations"][SCHEDULED])
    assert name_of(made) == f"nightly-{int(due.timestamp()) // 60}"
    assert due.second == 0
    assert dt.datetime.now(dt.UTC) - due < dt.timedelta(seconds=120)
    assert made["metadata"]["labels"]["from"] == "nightly"
    owner = controller_of(made)
    assert (owner["kind"], owner["name"], owner["uid"]) == ("CronJob", "nightly", uid_of(read(kubectl)))


def test_the_status_names_the_job_while_it_runs(kubectl):
    apply(kubectl, cron_job(script=FOREVER, suspend=True))
    resumed(kubectl)
    (made,) = started(kubectl)
    (entry,) = eventually(lambda: status(kubectl).get("active"))
    assert (entry["kind"], entry["name"], entry["uid"]) == ("Job", name_of(made), uid_of(made))
    due = dt.datetime.fromisoformat(made["metadata"]["annotations"][SCHEDULED])
    assert dt.datetime.fromisoformat(status(kubectl)["lastScheduleTime"]) == due


def test_a_job_that_has_ended_leaves_the_list(kubectl):
    apply(kubectl, cron_job(suspend=True))
    resumed(kubectl)
    (made,) = started(kubectl)
    wait_for(kubectl, "Complete", f"job/{name_of(made)}")
    ended = kubectl.read("job", name_of(made))["status"]["completionTime"]
    eventually(lambda: status(kubectl).get("lastSuccessfulTime") == ended)
    assert "active" not in status(kubectl)


def test_its_events_tell_of_start_and_end(kubectl):
    apply(kubectl, cron_job(suspend=True))
    resumed(kubectl)
    (made,) = started(kubectl)
    assert event(kubectl, "nightly", "SuccessfulCreate") == f"Created job {name_of(made)}"
    told = f"Saw completed job: {name_of(made)}, condition: Complete"
    assert event(kubectl, "nightly", "SawCompletedJob") == told


def test_every_few_seconds_is_a_schedule_too(kubectl):
    apply(kubectl, cron_job("@every 2s"))
    assert name_of(started(kubectl)[0]).startswith("nightly-")


def test_a_suspended_one_starts_nothing(kubectl):
    apply(kubectl, cron_job("@every 1s", suspend=True), job("other", "sleep 2"))
    wait_for(kubectl, "Complete", "job/other")
    assert names(jobs(kubectl)) == ["other"]


def test_what_is_not_due_is_not_started(kubectl):
    apply(kubectl, cron_job(NEVER, suspend=True), job("other"))
    resumed(kubectl, days=300)
    wait_for(kubectl, "Complete", "job/other")
    assert names(jobs(kubectl)) == ["other"]


def test_what_is_too_late_is_not_started(kubectl):
    long_ago = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)).hour
    apply(kubectl, cron_job(f"0 {long_ago} * * *", suspend=True, startingDeadlineSeconds=60), job("other"))
    resumed(kubectl, days=2)
    wait_for(kubectl, "Complete", "job/other")
    assert names(jobs(kubectl)) == ["other"]


def test_of_many_missed_times_one_is_made_up_for(kubectl):
    apply(kubectl, cron_job(suspend=True))
    resumed(kubectl, days=1)
    started(kubectl)
    told = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
    assert event(kubectl, "nightly", "TooManyMissedTimes") == told


def test_with_forbid_no_job_is_started_beside_another(kubectl):
    apply(kubectl, cron_job(suspend=True, concurrencyPolicy="Forbid"))
    is_active(kubectl, own_job(kubectl, "still-running"))
    resumed(kubectl)
    told = "Not starting job because prior execution is running and concurrency policy is Forbid"
    assert event(kubectl, "nightly", "JobAlreadyActive") == told
    assert names(jobs(kubectl)) == ["still-running"]


def test_with_replace_the_old_job_goes(kubectl):
    apply(kubectl, cron_job(suspend=True, script=FOREVER, concurrencyPolicy="Replace"))
    is_active(kubectl, own_job(kubectl, "still-running"))
    resumed(kubectl)
    eventually(lambda: len(found := jobs(kubectl)) == 1 and names(found) != ["still-running"])
    assert event(kubectl, "nightly", "SuccessfulDelete") == "Deleted job still-running"
    eventually(lambda: [entry["name"] for entry in status(kubectl)["active"]] == names(jobs(kubectl)))


def test_with_allow_both_run(kubectl):
    apply(kubectl, cron_job(suspend=True, script=FOREVER))
    is_active(kubectl, own_job(kubectl, "still-running"))
    resumed(kubectl)
    both = names(started(kubectl, 2))
    eventually(lambda: sorted(entry["name"] for entry in status(kubectl)["active"]) == both)


def test_as_many_ended_jobs_stay_as_the_limits_say(kubectl):
    apply(kubectl, cron_job(suspend=True, successfulJobsHistoryLimit=1, failedJobsHistoryLimit=1))
    for number in range(3):
        own_job(kubectl, f"good-{number}", completions=0)
        own_job(kubectl, f"bad-{number}", "exit 1")
    eventually(lambda: sorted(name.partition("-")[0] for name in names(jobs(kubectl))) == ["bad", "good"])
    assert len(event_messages(kubectl, "nightly", "SuccessfulDelete")) == 4


def test_a_time_zone_says_when_a_day_begins(kubectl):
    apply(kubectl, cron_job("0 0 * * *", suspend=True, timeZone="Asia/Kolkata"))
    resumed(kubectl, days=2)
    (made,) = started(kubectl)
    assert made["metadata"]["annotations"][SCHEDULED].endswith("T00:00:00+05:30")


def test_an_active_job_that_is_gone_is_missed(kubectl):
    apply(kubectl, cron_job(suspend=True))
    running = own_job(kubectl, "still-running")
    is_active(kubectl, running)
    kubectl.ok("delete", "job", "still-running")
    assert event(kubectl, "nightly", "MissingJob") == "Active job went missing: still-running"
    eventually(lambda: "active" not in status(kubectl))


def test_kubectl_starts_a_job_from_it_by_hand(kubectl):
    apply(kubectl, cron_job(suspend=True))
    kubectl.ok("create", "job", "once", "--from=cronjob/nightly")
    wait_for(kubectl, "Complete", "job/once")
    made = kubectl.read("job", "once")
    assert made["metadata"]["annotations"] == {"cronjob.kubernetes.io/instantiate": "manual"}
    assert controller_of(made)["name"] == "nightly"
    eventually(lambda: "lastSuccessfulTime" in status(kubectl))


def test_a_job_that_it_did_not_start_is_told_of(kubectl):
    apply(kubectl, cron_job(suspend=True))
    own_job(kubectl, "stranger")
    told = "Saw a job that the controller did not create or forgot: stranger"
    assert event(kubectl, "nightly", "UnexpectedJob") == told


def test_deleting_it_deletes_its_jobs_and_their_pods(kubectl):
    apply(kubectl, cron_job(suspend=True, script=FOREVER))
    resumed(kubectl)
    started(kubectl)
    eventually(lambda: kubectl.all("pods"))
    kubectl.ok("delete", "cronjob", "nightly")
    eventually(lambda: not kubectl.all("jobs") and not kubectl.all("pods"))


def test_its_jobs_may_stay_when_it_goes(kubectl):
    apply(kubectl, cron_job(suspend=True))
    resumed(kubectl)
    (made,) = started(kubectl)
    kubectl.ok("delete", "cronjob", "nightly", "--cascade=orphan")
    eventually(lambda: controller_of(kubectl.read("job", name_of(made))) is None)


def test_the_table_shows_schedule_and_last_time(kubectl):
    apply(kubectl, cron_job("0 3 * * *", suspend=True, timeZone="Europe/Berlin"))
    titles, cells = kubectl.ok("get", "cronjob").splitlines()
    assert titles.split() == ["NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST", "SCHEDULE", "AGE"]
    assert cells.split()[:10] == ["nightly", "0", "3", "*", "*", "*", "Europe/Berlin", "True", "0", "<none>"]


def test_describe_shows_policy_and_limits(kubectl):
    apply(kubectl, cron_job("0 3 * * *", concurrencyPolicy="Forbid"))
    shown = [" ".join(line.split()) for line in kubectl.ok("describe", "cronjob", "nightly").splitlines()]
    for line in (
        "Schedule: 0 3 * * *",
        "Concurrency Policy: Forbid",
        "Suspend: False",
        "Successful Job History Limit: 3",
        "Failed Job History Limit: 1",
        "Last Schedule Time: <unset>",
        "Active Jobs: <none>",
    ):
        assert line in shown


def test_a_new_schedule_does_not_make_up_for_its_past(kubectl):
    apply(kubectl, cron_job("0 0 1 1 *"), job("other"))
    set_status(kubectl, lastScheduleTime=ago(minutes=3))
    minute = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)).minute
    patch(kubectl, "cronjob/nightly", {"spec": {"schedule": f"{minute} * * * *"}})
    wait_for(kubectl, "Complete", "job/other")
    assert names(jobs(kubectl)) == ["other"]
