"""When a Job gives up: too many failures, too much time, or an end that its policy names."""

import pytest

from .conftest import eventually
from .manifests import FOREVER, NOWHERE, job
from .workloads import apply, condition_of, event, names, wait_field, wait_for

pytestmark = pytest.mark.kubectl

LIMIT = "Job has reached the specified backoff limit"


def failed(kubectl, name="report"):
    """Wait until a job has failed; answer it."""
    wait_for(kubectl, "Failed", f"job/{name}")
    return kubectl.read("job", name)


def pods(kubectl, name="report"):
    return kubectl.pods(f"job-name={name}")


def test_a_job_fails_when_more_pods_have_failed_than_the_limit_allows(kubectl):
    apply(kubectl, job("report", "exit 3"))
    done = failed(kubectl)
    assert [entry["type"] for entry in done["status"]["conditions"]] == ["FailureTarget", "Failed"]
    assert condition_of(done, "FailureTarget") == ("True", "BackoffLimitExceeded", LIMIT)
    assert condition_of(done, "Failed") == ("True", "BackoffLimitExceeded", LIMIT)
    assert done["status"]["failed"] == 1
    assert "completionTime" not in done["status"]
    assert event(kubectl, "report", "BackoffLimitExceeded") == LIMIT


def test_the_pods_of_a_failed_job_stay_to_be_looked_at(kubectl):
    apply(kubectl, job("report", "echo no paper; exit 3"))
    failed(kubectl)
    (own,) = pods(kubectl)
    assert own["status"]["phase"] == "Failed"
    assert "finalizers" not in own["metadata"]
    assert kubectl.ok("logs", "job/report") == "no paper\n"


def test_a_pod_that_failed_is_followed_by_another_after_a_while(kubectl):
    apply(kubectl, job("report", "exit 3", backoffLimit=1))
    assert failed(kubectl)["status"]["failed"] == 2
    assert [pod["status"]["phase"] for pod in pods(kubectl)] == ["Failed", "Failed"]


def test_a_pod_that_is_deleted_counts_as_failed_and_is_replaced(kubectl):
    apply(kubectl, job("report", backoffLimit=2, pod_spec={"nodeSelector": NOWHERE}))
    (first,) = names(eventually(lambda: pods(kubectl)))
    kubectl.ok("delete", "pod", first)
    eventually(lambda: (left := names(pods(kubectl))) and first not in left)
    wait_field(kubectl, "job/report", "status.failed", 1)


def test_with_on_failure_the_restarts_of_a_container_count(kubectl):
    apply(kubectl, job("report", "exit 3", backoffLimit=1, pod_spec={"restartPolicy": "OnFailure"}))
    done = failed(kubectl)
    assert condition_of(done, "Failed") == ("True", "BackoffLimitExceeded", LIMIT)
    assert done["status"]["failed"] == 1
    eventually(lambda: pods(kubectl) == [])


def test_a_job_that_takes_too_long_fails_and_its_pods_end(kubectl):
    apply(kubectl, job("report", FOREVER, activeDeadlineSeconds=2))
    wait_field(kubectl, "job/report", "status.active", 1)
    done = failed(kubectl)
    words = ("True", "DeadlineExceeded", "Job was active longer than specified deadline")
    assert condition_of(done, "Failed") == words
    assert done["status"]["failed"] == 1
    assert done["status"]["terminating"] == 0
    assert event(kubectl, "report", "DeadlineExceeded") == words[2]
    eventually(lambda: pods(kubectl) == [])


def test_the_time_does_not_run_while_a_job_is_suspended(kubectl):
    apply(kubectl, job("report", FOREVER, activeDeadlineSeconds=1, suspend=True), job("other", "sleep 2"))
    wait_for(kubectl, "Complete", "job/other")
    conditions = kubectl.read("job", "report")["status"]["conditions"]
    assert [entry["type"] for entry in conditions] == ["Suspended"]


def test_a_policy_fails_the_job_by_an_exit_code(kubectl):
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    apply(kubectl, job("report", "exit 42", backoffLimit=5, podFailurePolicy={"rules": [rule]}))
    done = failed(kubectl)
    (own,) = names(pods(kubectl))
    message = (
        f"Container main for pod {kubectl.namespace}/{own} failed with exit code 42 "
        "matching FailJob rule at index 0"
    )
    assert condition_of(done, "FailureTarget") == ("True", "PodFailurePolicy", message)
    assert condition_of(done, "Failed") == ("True", "PodFailurePolicy", message)


def test_a_policy_lets_a_failure_count_for_nothing(kubectl):
    ignored = {"action": "Ignore", "onPodConditions": [{"type": "PodScheduled"}]}
    counted = {"action": "Count", "onExitCodes": {"operator": "NotIn", "values": [42]}}
    policy = {"rules": [counted, ignored]}
    apply(kubectl, job("report", "exit 42", backoffLimit=0, podFailurePolicy=policy))
    eventually(lambda: len(pods(kubectl)) > 1)
    status = kubectl.read("job", "report")["status"]
    assert "failed" not in status
    assert "conditions" not in status


def test_the_table_says_failed(kubectl):
    apply(kubectl, job("report", "exit 3"))
    failed(kubectl)
    cells = kubectl.ok("get", "job", "report", "--no-headers").split()
    assert cells[:3] == ["report", "Failed", "0/1"]
