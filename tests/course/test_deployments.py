"""The rules of the deployments lesson, on facts; `test_deployments_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.cluster.load.tally import Newest, Tally
from kubetutor.course.deployments import (
    NO_OUTAGE,
    RULES,
    UNTOUCHED,
    RolloutFacts,
    after_bad_version,
    facts_of,
)
from kubetutor.exercises.exercise import Evidence
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED
from kubetutor.widgets.cluster_map.snapshot import DeploymentView, Snapshot

DONE = RolloutFacts(
    exists=True, image="my-app:2.0", replicas=5, ready=5, sent=900, lost=2, silence=0.06, fewest_ready=4,
    newest_versions=("2.0",),
)  # fmt: skip
START = dataclasses.replace(
    DONE, image="my-app:1.0", same_pods=True, ready=0, others=5, newest_versions=("1.0",)
)


def judged(facts):
    return judge(RULES, facts, untouched=UNTOUCHED, passed=NO_OUTAGE.passed).result


def test_what_is_asked_for_passes_and_says_the_numbers():
    result = judged(DONE)
    assert result.verdict == PASSED
    assert "2 of 900 requests were lost" in result.seen


def test_untouched_is_not_started():
    result = judged(START)
    assert (result.verdict, result.hint.slug) == (NOT_STARTED, "begin")


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"exists": False}, "gone"),
        ({"image": "my-app:1.0", "changed_by_hand": 5}, "by-hand"),
        ({"fewest_ready": 0}, "outage"),
        ({"silence": 1.2}, "outage"),
        ({"image": "my-app:9.9", "failing": ("ErrImagePull",)}, "stuck"),
        ({"image": "my-app:3.0", "others": 5}, "version"),
        ({"replicas": 3, "ready": 3}, "replicas"),
        ({"others": 1}, "under-way"),
        ({"ready": 4}, "under-way"),
        ({"newest_versions": ("1.0", "2.0")}, "under-way"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(change, slug):
    result = judged(dataclasses.replace(DONE, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.expected
    assert result.seen
    assert result.look_at


def pod(uid, image, *, ready=True, deleted=False):
    owner = [{"kind": "ReplicaSet", "name": "h", "uid": "h", "controller": True}]
    metadata = {"name": uid, "uid": uid, "ownerReferences": owner}
    return {
        "metadata": metadata | ({"deletionTimestamp": "now"} if deleted else {}),
        "spec": {"nodeName": "worker", "containers": [{"name": "web", "image": image}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def test_facts_are_read_from_objects_and_requests():
    template = {"spec": {"containers": [{"name": "web", "image": "my-app:2.0"}]}}
    deployment = {"metadata": {"name": "web-app"}, "spec": {"replicas": 5, "template": template}}
    newest = ((Newest("1.0", 30),), (Newest("2.0", 19), Newest("", 1, is_lost=True)))
    evidence = Evidence(None, "shop", Tally(50, 1, 0.2, newest), 4, frozenset({"a"}))
    facts = facts_of(deployment, [pod("a", "my-app:1.0"), pod("b", "my-app:2.0")], evidence)
    assert (facts.image, facts.replicas, facts.ready, facts.others) == ("my-app:2.0", 5, 1, 1)
    assert facts.newest_versions == ("2.0", "no answer")
    assert not facts.same_pods


def test_what_becomes_of_a_bad_version_is_read_from_the_view():
    stuck = DeploymentView("web-app", 5, 4, 2, "3", "my-app:9.9", "rolling out")
    back = dataclasses.replace(stuck, image="my-app:3.0")
    assert after_bad_version(Snapshot("shop", deployments=(stuck,))) == "all pods stop"
    assert after_bad_version(Snapshot("shop", deployments=(back,))) == "Kubernetes goes back by itself"
