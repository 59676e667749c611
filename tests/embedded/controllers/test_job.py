"""Jobs: how long they wait, how they count, and when they give up."""

import datetime as dt

import pytest

from kubetutor.api.objects import condition, name_of
from kubetutor.embedded.controllers import job_backoff
from kubetutor.embedded.controllers.garbage_collector import GarbageCollector
from kubetutor.embedded.controllers.job import JobController
from kubetutor.embedded.controllers.job_indexes import parse_indexes, write_indexes
from kubetutor.embedded.controllers.job_policies import judge, reason_to_succeed
from kubetutor.embedded.controllers.ttl_after_finished import TTLAfterFinishedController
from kubetutor.embedded.timings import CLASSROOM, REAL
from tests.embedded.loops import Cluster

TRACKING = "batch.kubernetes.io/job-tracking"


@pytest.fixture
def cluster():
    cluster = Cluster(REAL)
    context = cluster.context
    return cluster.run(JobController(context), TTLAfterFinishedController(context), GarbageCollector(context))


def create(cluster, **spec):
    container = {"name": "main", "image": "my-app:1.0"}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    body = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "report", "namespace": "default"},
        "spec": {"template": template, **spec},
    }
    cluster.client.create("jobs.batch", body)
    cluster.settle()


def get(cluster):
    return cluster.client.get("jobs.batch", "report", namespace="default")


def active(cluster):
    return [pod for pod in cluster.pods() if pod["status"]["phase"] in {"Pending", "Running"}]


def end(cluster, phase, pod=None):
    cluster.set_pod(pod or active(cluster)[0], phase=phase, ready=False)
    cluster.settle()


def statuses(cluster):
    """Answer every status that the job has had, without times."""
    found = []
    for _, resource, obj in cluster.client.changes:
        if resource == "jobs.batch":
            status = dict(obj.get("status", {}))
            status.pop("startTime", None)
            status.pop("completionTime", None)
            status["conditions"] = [entry["type"] for entry in status.get("conditions", ())]
            found.append(status)
    return found


def test_a_pod_that_ended_is_named_first_and_counted_then(cluster):
    create(cluster)
    uid = cluster.pods()[0]["metadata"]["uid"]
    end(cluster, "Succeeded")
    named, counted = statuses(cluster)[-2:]
    assert named == {
        "conditions": ["SuccessCriteriaMet"],
        "ready": 0,
        "terminating": 0,
        "uncountedTerminatedPods": {"succeeded": [uid]},
    }
    assert counted == {
        "conditions": ["SuccessCriteriaMet", "Complete"],
        "ready": 0,
        "succeeded": 1,
        "terminating": 0,
        "uncountedTerminatedPods": {},
    }
    assert TRACKING not in cluster.pods()[0]["metadata"].get("finalizers", ())


def test_each_failure_in_a_row_makes_the_wait_twice_as_long(cluster):
    create(cluster, backoffLimit=3)
    waits = []
    for _ in range(3):
        end(cluster, "Failed")
        waited = 0
        while not active(cluster):
            cluster.advance(1)
            waited += 1
        waits.append(waited)
    assert waits == [10, 20, 40]
    end(cluster, "Failed")
    assert condition(get(cluster), "Failed")["reason"] == "BackoffLimitExceeded"
    assert get(cluster)["status"]["failed"] == 4


def test_a_success_ends_the_waiting(cluster):
    create(cluster, completions=2, parallelism=2, backoffLimit=9)
    first, second = active(cluster)
    end(cluster, "Failed", first)
    assert len(active(cluster)) == 1
    cluster.advance(1)
    end(cluster, "Succeeded", second)
    assert len(active(cluster)) == 1


def test_the_wait_is_never_longer_than_the_longest():
    now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    left = [
        job_backoff.seconds_left(job_backoff.Failures(count, now), CLASSROOM, now) for count in (1, 3, 90)
    ]
    assert left == [1.0, 4.0, 30.0]


def test_a_clock_that_was_set_back_makes_no_wait_longer():
    now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    failures = job_backoff.Failures(1, now + dt.timedelta(days=1))
    assert job_backoff.seconds_left(failures, REAL, now) == 10.0


def test_the_deadline_is_noticed_without_any_change(cluster):
    create(cluster, activeDeadlineSeconds=30)
    cluster.advance(29)
    assert condition(get(cluster), "FailureTarget") is None
    cluster.advance(2)
    assert condition(get(cluster), "Failed")["reason"] == "DeadlineExceeded"
    assert cluster.pods() == []


def test_a_job_that_is_done_is_deleted_after_its_time(cluster):
    create(cluster, ttlSecondsAfterFinished=60)
    end(cluster, "Succeeded")
    cluster.advance(59)
    assert cluster.client.list("jobs.batch")
    cluster.advance(2)
    assert not cluster.client.list("jobs.batch")
    assert not cluster.pods()


def test_a_pod_of_a_job_that_is_gone_loses_its_finalizer(cluster):
    create(cluster)
    cluster.client.delete(
        "jobs.batch", "report", namespace="default", options={"propagationPolicy": "Background"}
    )
    cluster.settle()
    assert cluster.pods() == []


def test_a_refused_pod_is_told_of_and_tried_again(cluster):
    create(cluster, suspend=True)
    cluster.client.create(
        "resourcequotas",
        {"metadata": {"name": "none", "namespace": "default"}, "spec": {"hard": {"pods": "0"}}},
    )
    cluster.client.patch("jobs.batch", "report", {"spec": {"suspend": False}}, namespace="default")
    cluster.settle()
    assert cluster.refusals
    reason, message = cluster.events("job-controller")[-1]
    assert reason == "FailedCreate"
    assert message.startswith("Error creating: pods ")
    cluster.client.delete("resourcequotas", "none", namespace="default")
    cluster.settle()
    assert len(active(cluster)) == 1


def test_a_pod_that_is_ending_keeps_its_place_where_only_failed_ones_are_replaced(cluster):
    create(cluster, podReplacementPolicy="Failed", backoffLimit=3)
    (pod,) = active(cluster)
    body = {"spec": {"nodeName": "worker"}}
    cluster.client.patch("pods", name_of(pod), body, namespace="default", subresource="binding")
    cluster.client.delete("pods", name_of(pod), namespace="default")
    cluster.settle()
    assert len(cluster.pods()) == 1
    assert get(cluster)["status"]["terminating"] == 1
    cluster.set_pod(pod, phase="Failed", ready=False)
    cluster.advance(11)
    assert len(active(cluster)) == 1


@pytest.mark.parametrize(
    ("text", "indexes"),
    [("", ()), ("0", (0,)), ("0,1", (0, 1)), ("0-2", (0, 1, 2)), ("0,2-4,7,8", (0, 2, 3, 4, 7, 8))],
)
def test_indexes_are_read_and_written(text, indexes):
    assert parse_indexes(text, 10) == set(indexes)
    assert write_indexes(indexes) == text


def test_indexes_that_the_job_does_not_have_are_left_out():
    assert parse_indexes("0-5,9,x,7-", 4) == {0, 1, 2, 3}


def a_failed_pod(code=3, **conditions):
    state = {"name": "main", "state": {"terminated": {"exitCode": code}}}
    entries = [{"type": name, "status": value} for name, value in conditions.items()]
    status = {"phase": "Failed", "containerStatuses": [state], "conditions": entries}
    return {"metadata": {"name": "report-x", "namespace": "default"}, "status": status}


@pytest.mark.parametrize(
    ("rule", "action"),
    [
        ({"action": "Ignore", "onExitCodes": {"operator": "In", "values": [3]}}, "Ignore"),
        ({"action": "Ignore", "onExitCodes": {"operator": "In", "values": [4]}}, "Count"),
        ({"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [4]}}, "FailJob"),
        (
            {
                "action": "FailJob",
                "onExitCodes": {"containerName": "other", "operator": "In", "values": [3]},
            },
            "Count",
        ),
        ({"action": "FailIndex", "onPodConditions": [{"type": "DisruptionTarget"}]}, "FailIndex"),
    ],
)
def test_the_first_rule_that_fits_decides(rule, action):
    job = {"spec": {"podFailurePolicy": {"rules": [rule]}}}
    assert judge(job, a_failed_pod(DisruptionTarget="True")).action == action


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        ({"succeededIndexes": "0-1"}, True),
        ({"succeededIndexes": "0-3"}, False),
        ({"succeededIndexes": "0-3", "succeededCount": 2}, True),
        ({"succeededCount": 3}, True),
        ({"succeededCount": 4}, False),
    ],
)
def test_a_job_may_succeed_early(rule, met):
    job = {"spec": {"completions": 5, "successPolicy": {"rules": [rule]}}}
    assert bool(reason_to_succeed(job, {0, 1, 4})) is met
