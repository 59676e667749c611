"""Workloads whose pods are refused: each says so in an Event, and goes on when it may."""

import json

import pytest

from .conftest import eventually
from .manifests import NOWHERE, cron_job, daemon_set, job, stateful_set
from .workloads import apply, event_messages, names

pytestmark = pytest.mark.kubectl

PENDING = {"nodeSelector": NOWHERE}
EXCEEDED = "is forbidden: exceeded quota: none, requested: {0}=1, used: {0}=0, limited: {0}=0"


def forbid(kubectl, what):
    """Let a quota refuse all objects of a sort."""
    quota = {"kind": "ResourceQuota", "apiVersion": "v1", "metadata": {"name": "none"}}
    apply(kubectl, {**quota, "spec": {"hard": {what: "0"}}})
    eventually(lambda: kubectl.read("resourcequota", "none").get("status", {}).get("used") == {what: "0"})


def refusal(kubectl, name, reason="FailedCreate"):
    return eventually(lambda: event_messages(kubectl, name, reason))[0]


def test_a_job_tells_of_a_refused_pod_and_tries_again(kubectl):
    forbid(kubectl, "pods")
    apply(kubectl, job("report", pod_spec=PENDING))
    told = refusal(kubectl, "report")
    assert told.startswith('Error creating: pods "report-')
    assert told.endswith(EXCEEDED.format("pods"))
    kubectl.ok("delete", "resourcequota", "none")
    eventually(lambda: kubectl.pods("job-name=report"))


def test_a_daemon_set_tells_of_a_refused_pod(kubectl):
    forbid(kubectl, "pods")
    apply(kubectl, daemon_set())
    told = refusal(kubectl, "agent")
    assert told.startswith('Error creating: pods "agent-')
    assert told.endswith(EXCEEDED.format("pods"))
    status = kubectl.read("daemonset", "agent")["status"]
    assert status["currentNumberScheduled"] == 0
    assert status["numberUnavailable"] == status["desiredNumberScheduled"] > 0


def test_a_stateful_set_tells_of_a_refused_pod_and_tries_again(kubectl):
    forbid(kubectl, "pods")
    apply(kubectl, stateful_set(1, pod_spec=PENDING))
    words = f'Create Pod db-0 in StatefulSet db failed error: pods "db-0" {EXCEEDED.format("pods")}'
    assert refusal(kubectl, "db") == words
    kubectl.ok("delete", "resourcequota", "none")
    eventually(lambda: names(kubectl.pods("app=db")) == ["db-0"])


def test_a_cron_job_tells_of_a_refused_job(kubectl):
    forbid(kubectl, "count/jobs.batch")
    apply(kubectl, cron_job(suspend=True))
    change = json.dumps({"status": {"lastScheduleTime": "2026-01-01T00:00:00Z"}})
    kubectl.ok("patch", "cronjob", "nightly", "--subresource=status", "--type=merge", "-p", change)
    kubectl.ok("patch", "cronjob", "nightly", "--type=merge", "-p", '{"spec": {"suspend": false}}')
    told = refusal(kubectl, "nightly")
    assert told.startswith('Error creating job: jobs.batch "nightly-')
    assert told.endswith(EXCEEDED.format("count/jobs.batch"))
