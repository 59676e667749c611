"""What the scheduler tells of its decisions: node, plugin, verdict."""

import random

import pytest

from kubetutor.embedded.scheduler.deciding import Decision
from kubetutor.embedded.scheduler.decision_log import KEPT, ORDER, DecisionLog
from kubetutor.embedded.scheduler.scheduler import Scheduler
from tests.embedded import manifests
from tests.embedded.loops import Cluster


@pytest.fixture
def cluster():
    cluster = Cluster()
    cluster.scheduler = Scheduler(cluster.context, chance=random.Random(7))
    cluster.client.create("nodes", manifests.node("closed", taints=[{"key": "lab", "effect": "NoSchedule"}]))
    cluster.client.create("nodes", manifests.node("open", cpu="1"))
    return cluster.run(cluster.scheduler)


def newest(cluster, pod):
    made = cluster.client.create("pods", pod)
    cluster.settle()
    return attempts(cluster, made)[0]


def attempts(cluster, made):
    return cluster.scheduler.decisions.read({"uid": made["metadata"]["uid"]})["decisions"]


def test_a_pod_that_was_placed_has_scores_on_each_node_that_was_left(cluster):
    entry = newest(cluster, manifests.pod("shop", requests={"cpu": "100m", "memory": "64Mi"}))
    assert (entry["pod"], entry["node"], entry["message"]) == ("default/shop", "open", "")
    assert entry["nodes"]["closed"] == {
        "scores": {}, "rejectedBy": "TaintToleration", "reason": "node(s) had untolerated taint(s)",
    }  # fmt: skip
    scores = entry["nodes"]["open"]["scores"]
    assert scores["NodeResourcesFit"]["weight"] == 1
    assert 0 < scores["NodeResourcesFit"]["score"] <= 100
    assert entry["filters"] == list(ORDER)


def test_a_pod_without_a_node_has_the_reason_of_each(cluster):
    entry = newest(cluster, manifests.pod("greedy", requests={"cpu": "9"}))
    assert entry["node"] is None
    assert entry["nodes"]["open"]["reason"] == "Insufficient cpu"
    assert entry["message"].startswith("0/2 nodes are available: 1 Insufficient cpu")


def test_a_pod_that_makes_others_leave_names_them(cluster):
    newest(cluster, manifests.pod("small", requests={"cpu": "900m"}))
    cluster.client.create("priorityclasses.scheduling.k8s.io", {"metadata": {"name": "urgent"}, "value": 100})
    pod = manifests.pod("urgent", requests={"cpu": "900m"}, priorityClassName="urgent")
    made = cluster.client.create("pods", pod)
    cluster.settle()
    (*_, first) = attempts(cluster, made)
    assert first["nominated"] == {"node": "open", "victims": ["default/small"]}


def test_only_the_newest_are_kept():
    log = DecisionLog()
    for number in range(KEPT + 5):
        log.add({"metadata": {"uid": f"u{number}"}}, Decision(f"shop/p{number}", "open", ()), ["open"], "now")
    assert len(log.read({})["decisions"]) == KEPT
    assert log.read({})["decisions"][0]["pod"] == f"shop/p{KEPT + 4}"
    assert log.read({"uid": "u0"}) == {"decisions": []}
