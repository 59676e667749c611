"""CronJobs by a clock that only the test moves: it is 1 January 2030, midnight, a Tuesday."""

import pytest

from kubetutor.api.objects import name_of
from kubetutor.embedded.controllers.cronjob import CronJobController
from kubetutor.embedded.controllers.job import JobController
from tests.embedded.loops import Cluster


@pytest.fixture
def cluster():
    cluster = Cluster()
    return cluster.run(CronJobController(cluster.context), JobController(cluster.context))


def create(cluster, schedule="*/5 * * * *", **spec):
    container = {"name": "main", "image": "my-app:1.0"}
    job = {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}
    body = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly", "namespace": "default"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": job}, **spec},
    }
    cluster.client.create("cronjobs.batch", body)
    cluster.settle()


def patch(cluster, **spec):
    cluster.client.patch("cronjobs.batch", "nightly", {"spec": spec}, namespace="default")
    cluster.settle()


def jobs(cluster):
    return sorted(name_of(job) for job in cluster.client.list("jobs.batch"))


def finish(cluster):
    for pod in cluster.pods():
        if pod["status"]["phase"] == "Pending":
            cluster.set_pod(pod, phase="Succeeded", ready=False)
    cluster.settle()


def status(cluster):
    return cluster.client.get("cronjobs.batch", "nightly", namespace="default").get("status", {})


def test_a_job_is_started_when_its_time_has_come(cluster):
    create(cluster)
    cluster.advance(299)
    assert jobs(cluster) == []
    cluster.advance(2)
    assert jobs(cluster) == [f"nightly-{1893456300 // 60}"]
    assert status(cluster)["lastScheduleTime"] == "2030-01-01T00:05:00Z"
    cluster.advance(300)
    assert len(jobs(cluster)) == 2
    assert len(status(cluster)["active"]) == 2


def test_nothing_is_written_while_nothing_is_due(cluster):
    create(cluster)
    before = len(cluster.client.writes)
    cluster.advance(290)
    assert len(cluster.client.writes) == before


def test_of_the_jobs_that_ended_the_newest_stay(cluster):
    create(cluster, successfulJobsHistoryLimit=2)
    for _ in range(4):
        cluster.advance(300.5)
        finish(cluster)
    assert jobs(cluster) == [f"nightly-{(1893456000 + 300 * number) // 60}" for number in (3, 4)]
    assert status(cluster)["lastSuccessfulTime"] > "2030-01-01T00:20:00Z"


def test_forbid_leaves_a_time_out_and_goes_on_later(cluster):
    create(cluster, concurrencyPolicy="Forbid")
    cluster.advance(601)
    assert len(jobs(cluster)) == 1
    assert ("JobAlreadyActive") in [reason for reason, _ in cluster.events("cronjob-controller")]
    finish(cluster)
    assert len(jobs(cluster)) == 2  # the time that was left out is made up for, as upstream does


def test_what_was_missed_while_suspended_is_made_up_for_once(cluster):
    create(cluster, suspend=True)
    cluster.advance(3600)
    assert jobs(cluster) == []
    patch(cluster, suspend=False)
    assert len(jobs(cluster)) == 1


def test_a_deadline_keeps_it_from_being_made_up_for(cluster):
    create(cluster, suspend=True, startingDeadlineSeconds=30)
    cluster.advance(3700)
    patch(cluster, suspend=False)
    assert jobs(cluster) == []
    cluster.advance(300)
    assert len(jobs(cluster)) == 1


def test_a_new_schedule_counts_from_now_on(cluster):
    create(cluster, schedule="0 0 1 1 *")
    cluster.advance(3600)
    patch(cluster, schedule="*/10 * * * *")
    assert jobs(cluster) == []
    cluster.advance(601)
    assert len(jobs(cluster)) == 1


def test_a_schedule_that_never_comes_is_no_trouble(cluster):
    create(cluster, schedule="0 0 31 2 *")
    cluster.advance(3600)
    assert jobs(cluster) == []
    assert cluster.refusals == []


def test_a_job_that_was_started_but_not_noted_is_found_again(cluster):
    create(cluster, suspend=True)
    cluster.advance(301)
    patch(cluster, suspend=False)
    cluster.client.patch(
        "cronjobs.batch", "nightly", {"status": {"active": None, "lastScheduleTime": None}},
        namespace="default", subresource="status",
    )  # fmt: skip
    cluster.settle()
    assert len(jobs(cluster)) == 1
    assert [entry["name"] for entry in status(cluster)["active"]] == jobs(cluster)
