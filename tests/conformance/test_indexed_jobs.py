"""Indexed jobs: each pod works on a part of its own, and each part is done once."""

import pytest

from .conftest import eventually
from .manifests import NOWHERE, job
from .workloads import apply, condition_of, names, patch, wait_for

pytestmark = pytest.mark.kubectl

INDEX = "batch.kubernetes.io/job-completion-index"
BY_HOST = 'echo "part $JOB_COMPLETION_INDEX of $(hostname)"'
EVEN_FAILS = "test $((JOB_COMPLETION_INDEX % 2)) = 1"


def indexed(script="true", **spec):
    return job("report", script, completionMode="Indexed", **spec)


def pods(kubectl):
    found = kubectl.pods("job-name=report")
    return sorted(found, key=lambda pod: int(pod["metadata"]["annotations"][INDEX]))


def test_every_index_is_done_once(kubectl):
    apply(kubectl, indexed(completions=4, parallelism=4))
    wait_for(kubectl, "Complete", "job/report")
    status = kubectl.read("job", "report")["status"]
    assert (status["succeeded"], status["completedIndexes"]) == (4, "0-3")
    assert [pod["metadata"]["annotations"][INDEX] for pod in pods(kubectl)] == ["0", "1", "2", "3"]


def test_a_pod_knows_its_index(kubectl):
    apply(kubectl, indexed(BY_HOST, completions=2, parallelism=2))
    wait_for(kubectl, "Complete", "job/report")
    for index, pod in enumerate(pods(kubectl)):
        name = pod["metadata"]["name"]
        assert name.startswith(f"report-{index}-")
        assert pod["metadata"]["labels"][INDEX] == str(index)
        assert pod["spec"]["hostname"] == f"report-{index}"
        assert kubectl.ok("logs", name).startswith(f"part {index} of ")


def test_the_index_comes_from_a_label(kubectl):
    apply(kubectl, indexed(completions=1, parallelism=1, pod_spec={"nodeSelector": NOWHERE}))
    (pod,) = eventually(lambda: pods(kubectl))
    (variable,) = pod["spec"]["containers"][0]["env"]
    source = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}}
    assert variable == {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}


def test_the_lowest_indexes_come_first(kubectl):
    apply(kubectl, indexed(completions=5, parallelism=2, pod_spec={"nodeSelector": NOWHERE}))
    eventually(lambda: len(pods(kubectl)) == 2)
    assert [pod["metadata"]["annotations"][INDEX] for pod in pods(kubectl)] == ["0", "1"]


def test_a_deleted_pod_is_replaced_for_the_same_index(kubectl):
    apply(
        kubectl,
        indexed(completions=2, parallelism=2, backoffLimit=3, pod_spec={"nodeSelector": NOWHERE}),
    )
    first, second = names(eventually(lambda: len(found := pods(kubectl)) == 2 and found))
    kubectl.ok("delete", "pod", first)
    now = eventually(lambda: len(found := names(pods(kubectl))) == 2 and first not in found and found)
    assert now[0].startswith("report-0-")
    assert now[1] == second


def test_its_number_of_completions_can_grow_with_its_parallelism(kubectl):
    apply(kubectl, indexed(completions=1, parallelism=1, pod_spec={"nodeSelector": NOWHERE}))
    eventually(lambda: len(pods(kubectl)) == 1)
    patch(kubectl, "job/report", {"spec": {"completions": 3, "parallelism": 3}})
    eventually(lambda: len(pods(kubectl)) == 3)
    patch(kubectl, "job/report", {"spec": {"completions": 1, "parallelism": 1}})
    eventually(lambda: len(pods(kubectl)) == 1)


def test_each_index_may_have_a_limit_of_its_own(kubectl):
    apply(kubectl, indexed(EVEN_FAILS, completions=4, parallelism=4, backoffLimit=9, backoffLimitPerIndex=0))
    wait_for(kubectl, "Failed", "job/report")
    done = kubectl.read("job", "report")
    assert (done["status"]["completedIndexes"], done["status"]["failedIndexes"]) == ("1,3", "0,2")
    assert (done["status"]["succeeded"], done["status"]["failed"]) == (2, 2)
    assert condition_of(done, "Failed") == ("True", "FailedIndexes", "Job has failed indexes")


def test_a_limit_per_index_counts_failures_on_the_pods(kubectl):
    apply(kubectl, indexed("false", completions=1, parallelism=1, backoffLimit=9, backoffLimitPerIndex=1))
    wait_for(kubectl, "Failed", "job/report")
    counts = [
        pod["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"] for pod in pods(kubectl)
    ]
    assert sorted(counts) == ["0", "1"]
    assert kubectl.read("job", "report")["status"]["failed"] == 2


def test_too_many_failed_indexes_end_the_job(kubectl):
    limits = {"backoffLimitPerIndex": 0, "maxFailedIndexes": 0, "backoffLimit": 9}
    apply(kubectl, indexed("false", completions=3, parallelism=1, **limits))
    wait_for(kubectl, "Failed", "job/report")
    words = (
        "True",
        "MaxFailedIndexesExceeded",
        "Job has exceeded the specified maximal number of failed indexes",
    )
    assert condition_of(kubectl.read("job", "report"), "Failed") == words
    assert len(pods(kubectl)) == 1


def test_a_success_policy_ends_the_job_early(kubectl):
    script = "test $JOB_COMPLETION_INDEX = 0 || sleep 100"
    policy = {"rules": [{"succeededIndexes": "0"}]}
    spec = {"successPolicy": policy, "pod_spec": {"terminationGracePeriodSeconds": 1}}
    apply(kubectl, indexed(script, completions=2, parallelism=2, **spec))
    wait_for(kubectl, "Complete", "job/report")
    done = kubectl.read("job", "report")
    assert condition_of(done, "SuccessCriteriaMet") == ("True", "SuccessPolicy", "Matched rules at index 0")
    assert done["status"]["succeeded"] == 1
    assert "failed" not in done["status"]


def test_the_status_tells_the_indexes_as_ranges(kubectl):
    one_fails = "test $JOB_COMPLETION_INDEX != 3"
    apply(kubectl, indexed(one_fails, completions=6, parallelism=6, backoffLimit=9, backoffLimitPerIndex=0))
    wait_for(kubectl, "Failed", "job/report")
    status = kubectl.read("job", "report")["status"]
    assert (status["completedIndexes"], status["failedIndexes"]) == ("0-2,4,5", "3")


def test_describe_and_table_speak_of_indexes(kubectl):
    apply(kubectl, indexed(completions=2, parallelism=2))
    wait_for(kubectl, "Complete", "job/report")
    shown = [" ".join(line.split()) for line in kubectl.ok("describe", "job", "report").splitlines()]
    assert "Completion Mode: Indexed" in shown
    assert "Completed Indexes: 0,1" in shown
    assert kubectl.ok("get", "job", "report", "--no-headers").split()[2] == "2/2"
