"""How a Job runs pods to completion: how many, how often, and what it says of them."""

import pytest

from kubetutor.api.objects import controller_of, is_being_deleted

from .conftest import eventually
from .manifests import FOREVER, NOWHERE, job, pod
from .workloads import apply, condition_of, event, names, patch, wait_field, wait_for

pytestmark = pytest.mark.kubectl

TRACKING = "batch.kubernetes.io/job-tracking"
WAITING = {"nodeSelector": NOWHERE}
PODS_STAY = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
    "or set propagationPolicy=Orphan to suppress this warning"
)


def completed(kubectl, name="report"):
    """Wait until a job is complete; answer it."""
    wait_for(kubectl, "Complete", f"job/{name}")
    return kubectl.read("job", name)


def pods(kubectl, name="report"):
    return kubectl.pods(f"job-name={name}")


def has_pods(kubectl, number, name="report"):
    eventually(lambda: len(pods(kubectl, name)) == number)
    return pods(kubectl, name)


def test_a_job_is_complete_when_its_pod_has_succeeded(kubectl):
    apply(kubectl, job("report"))
    status = completed(kubectl)["status"]
    assert status["succeeded"] == 1
    assert "active" not in status
    assert "failed" not in status
    assert (status["ready"], status["terminating"], status["uncountedTerminatedPods"]) == (0, 0, {})
    assert status["startTime"] <= status["completionTime"]


def test_a_complete_job_says_why_in_two_conditions(kubectl):
    apply(kubectl, job("report"))
    done = completed(kubectl)
    words = ("True", "CompletionsReached", "Reached expected number of succeeded pods")
    assert condition_of(done, "SuccessCriteriaMet") == words
    assert condition_of(done, "Complete") == words
    assert [entry["type"] for entry in done["status"]["conditions"]] == ["SuccessCriteriaMet", "Complete"]


def test_kubectl_waits_for_a_job(kubectl):
    kubectl.ok("create", "job", "report", "--image=busybox:1.36", "--", "true")
    assert "condition met" in kubectl.ok("wait", "--for=condition=complete", "job/report", "--timeout=50s")


def test_its_pods_have_its_name_and_labels_and_it_as_their_controller(kubectl):
    apply(kubectl, job("report", pod_spec=WAITING))
    (own,) = has_pods(kubectl, 1)
    owner, uid = controller_of(own), kubectl.read("job", "report")["metadata"]["uid"]
    assert own["metadata"]["generateName"] == "report-"
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Job", "report", uid)
    assert own["metadata"]["labels"] == {
        "task": "report",
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": "report",
        "controller-uid": uid,
        "job-name": "report",
    }


def test_a_job_has_the_labels_of_its_pods_unless_it_has_its_own(api):
    without, own = job("report", suspend=True), job("labelled", suspend=True)
    own["metadata"]["labels"] = {"team": "shop"}
    made = api.made("jobs", without)
    assert made["metadata"]["labels"] == made["spec"]["template"]["metadata"]["labels"]
    assert made["metadata"]["labels"].keys() > {"task", "job-name", "controller-uid"}
    made = api.made("jobs", own)
    assert made["metadata"]["labels"] == {"team": "shop"}
    assert made["spec"]["template"]["metadata"]["labels"].keys() > {"task", "job-name", "controller-uid"}


def test_a_pod_keeps_a_finalizer_until_it_is_counted(kubectl):
    apply(kubectl, job("report", "read line < /dev/null; sleep 1"))
    (own,) = has_pods(kubectl, 1)
    assert own["metadata"]["finalizers"] == [TRACKING]
    completed(kubectl)
    assert "finalizers" not in pods(kubectl)[0]["metadata"]


def test_its_events_tell_of_its_pod_and_of_its_end(kubectl):
    apply(kubectl, job("report"))
    completed(kubectl)
    (own,) = names(pods(kubectl))
    assert event(kubectl, "report", "SuccessfulCreate") == f"Created pod: {own}"
    assert event(kubectl, "report", "Completed") == "Job completed"


def test_only_as_many_pods_as_parallelism_allows_are_active(kubectl):
    apply(kubectl, job("report", completions=5, parallelism=2, pod_spec=WAITING))
    has_pods(kubectl, 2)
    wait_field(kubectl, "job/report", "status.active", 2)
    patch(kubectl, "job/report", {"spec": {"parallelism": 3}})
    has_pods(kubectl, 3)
    patch(kubectl, "job/report", {"spec": {"parallelism": 1}})
    has_pods(kubectl, 1)
    wait_field(kubectl, "job/report", "status.active", 1)
    assert "failed" not in kubectl.read("job", "report")["status"]


def test_a_job_runs_until_it_has_its_number_of_completions(kubectl):
    apply(kubectl, job("report", completions=3, parallelism=2))
    assert completed(kubectl)["status"]["succeeded"] == 3
    assert [each["status"]["phase"] for each in pods(kubectl)] == ["Succeeded"] * 3


def test_the_last_round_starts_no_more_pods_than_are_needed(kubectl):
    apply(kubectl, job("report", completions=1, parallelism=3))
    completed(kubectl)
    assert len(pods(kubectl)) == 1


def test_a_job_without_completions_is_done_when_one_pod_succeeds_and_none_is_active(kubectl):
    apply(kubectl, job("report", parallelism=2))
    status = completed(kubectl)["status"]
    assert 1 <= status["succeeded"] <= 2
    assert "completions" not in kubectl.read("job", "report")["spec"]


def test_a_job_of_no_completions_at_all_is_complete_at_once(kubectl):
    apply(kubectl, job("report", completions=0))
    assert "succeeded" not in completed(kubectl)["status"]
    assert pods(kubectl) == []


def test_a_suspended_job_has_no_pods_until_it_is_resumed(kubectl):
    apply(kubectl, job("report", suspend=True))
    wait_for(kubectl, "Suspended", "job/report")
    suspended = kubectl.read("job", "report")
    assert condition_of(suspended, "Suspended") == ("True", "JobSuspended", "Job suspended")
    assert "startTime" not in suspended["status"]
    assert pods(kubectl) == []
    patch(kubectl, "job/report", {"spec": {"suspend": False}})
    assert condition_of(completed(kubectl), "Suspended") == ("False", "JobResumed", "Job resumed")
    assert event(kubectl, "report", "Suspended") == "Job suspended"
    assert event(kubectl, "report", "Resumed") == "Job resumed"


def test_suspending_a_job_deletes_its_pods_and_counts_none_as_failed(kubectl):
    apply(kubectl, job("report", FOREVER, parallelism=2, completions=2))
    wait_field(kubectl, "job/report", "status.ready", 2)
    patch(kubectl, "job/report", {"spec": {"suspend": True}})
    wait_for(kubectl, "Suspended", "job/report")
    has_pods(kubectl, 0)
    wait_field(kubectl, "job/report", "status.terminating", 0)
    status = kubectl.read("job", "report")["status"]
    assert "active" not in status
    assert "failed" not in status


def test_a_job_may_choose_its_pods_by_hand_and_adopts_those_that_match(kubectl):
    apply(kubectl, pod("early", labels={"task": "report"}, **WAITING))
    by_hand = {"manualSelector": True, "selector": {"matchLabels": {"task": "report"}}}
    apply(kubectl, job("report", pod_spec=WAITING, **by_hand))
    wait_field(kubectl, "job/report", "status.active", 1)
    adopted = eventually(lambda: controller_of(found := kubectl.read("pod", "early")) and found)
    assert controller_of(adopted)["name"] == "report"
    assert adopted["metadata"]["finalizers"] == [TRACKING]
    assert names(kubectl.pods("task=report")) == ["early"]


def test_deleting_a_job_deletes_its_pods(kubectl):
    apply(kubectl, job("report", pod_spec=WAITING, parallelism=2, completions=2))
    has_pods(kubectl, 2)
    kubectl.ok("delete", "job", "report")
    has_pods(kubectl, 0)


def test_deleting_a_job_in_the_foreground_deletes_its_pods_first(kubectl):
    apply(kubectl, job("report", pod_spec=WAITING))
    (own,) = names(has_pods(kubectl, 1))
    patch(kubectl, f"pod/{own}", {"metadata": {"finalizers": ["example.com/hold", TRACKING]}})
    kubectl.ok("delete", "job", "report", "--cascade=foreground", "--wait=false")
    eventually(lambda: is_being_deleted(kubectl.read("pod", own)))
    assert kubectl.read("job", "report")["metadata"]["finalizers"] == ["foregroundDeletion"]
    eventually(lambda: kubectl.read("pod", own)["metadata"]["finalizers"] == ["example.com/hold"])
    patch(kubectl, f"pod/{own}", {"metadata": {"finalizers": None}})
    eventually(lambda: kubectl.lacks("job", "report"))


def test_a_job_can_be_deleted_without_its_pods(kubectl):
    apply(kubectl, job("report", pod_spec=WAITING))
    (own,) = names(has_pods(kubectl, 1))
    kubectl.ok("delete", "job", "report", "--cascade=orphan")
    eventually(lambda: not kubectl.read("pod", own)["metadata"].get("finalizers"))
    assert controller_of(kubectl.read("pod", own)) is None


def test_a_job_that_is_done_goes_by_itself_after_its_time(kubectl):
    apply(kubectl, job("report", ttlSecondsAfterFinished=0))
    eventually(lambda: kubectl.lacks("job", "report"))
    has_pods(kubectl, 0)


def test_the_table_shows_state_completions_and_duration(kubectl):
    apply(kubectl, job("report"), job("queue", pod_spec=WAITING, parallelism=2), job("held", suspend=True))
    completed(kubectl)
    wait_field(kubectl, "job/queue", "status.active", 2)
    wait_for(kubectl, "Suspended", "job/held")
    lines = {line.split()[0]: line.split() for line in kubectl.ok("get", "jobs").splitlines()}
    assert lines["NAME"] == ["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"]
    assert lines["report"][1:3] == ["Complete", "1/1"]
    assert lines["queue"][1:5] == ["Running", "0/1", "of", "2"]
    assert lines["held"][1:3] == ["Suspended", "0/1"]


def test_describe_shows_what_became_of_the_pods(kubectl):
    apply(kubectl, job("report"))
    completed(kubectl)
    shown = [" ".join(line.split()) for line in kubectl.ok("describe", "job", "report").splitlines()]
    assert "Completions: 1" in shown
    assert "Completion Mode: NonIndexed" in shown
    assert "Pods Statuses: 0 Active (0 Ready) / 1 Succeeded / 0 Failed" in shown


def test_without_a_policy_a_deleted_job_leaves_its_pods_and_warns(api):
    api.made("jobs", job("report", pod_spec=WAITING))
    (own,) = eventually(lambda: api.read("pods")["items"])
    answer = api("DELETE", "jobs/report")
    assert answer.warnings == [f'299 - "{PODS_STAY}"']
    eventually(lambda: api("GET", "jobs/report").code == 404)
    assert controller_of(api.read(f"pods/{own['metadata']['name']}")) is None


def test_with_a_policy_there_is_no_warning(api):
    api.made("jobs", job("report", pod_spec=WAITING))
    eventually(lambda: api.read("pods")["items"])
    assert api("DELETE", "jobs/report", propagationPolicy="Background").warnings == []
    eventually(lambda: api.read("pods")["items"] == [])
