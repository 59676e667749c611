"""The scheduler: where pods go, where they cannot, and what is said about it."""

import random
from collections import Counter

import pytest

from kubetutor.api.objects import condition, name_of
from kubetutor.embedded.scheduler.scheduler import Scheduler
from tests.embedded import manifests
from tests.embedded.loops import Cluster

CONTROL_PLANE = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]


def dice():
    return random.Random(7)  # the same throws in every run


@pytest.fixture
def cluster():
    cluster = Cluster()
    cluster.scheduler = Scheduler(cluster.context, chance=dice())
    cluster.client.create("nodes", manifests.node("lab-control-plane", taints=CONTROL_PLANE))
    for name in ("lab-worker", "lab-worker2"):
        cluster.client.create("nodes", manifests.node(name))
    return cluster.run(cluster.scheduler)


def schedule(cluster, pod):
    """Create the pod, and answer the node that it gets."""
    made = cluster.client.create("pods", pod)
    cluster.settle()
    return node_of(cluster, name_of(made))


def node_of(cluster, name):
    return cluster.client.get("pods", name, namespace="default")["spec"].get("nodeName")


def told(cluster, name):
    return condition(cluster.client.get("pods", name, namespace="default"), "PodScheduled")


def affinity(kind, labels, *, key="kubernetes.io/hostname"):
    term = {"labelSelector": {"matchLabels": labels}, "topologyKey": key}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def in_zones(cluster):
    for name, zone in (("lab-worker", "east"), ("lab-worker2", "west")):
        body = {"metadata": {"labels": {"topology.kubernetes.io/zone": zone}}}
        cluster.client.patch("nodes", name, body)


def test_a_pod_gets_a_node_and_an_event(cluster):
    node = schedule(cluster, manifests.pod("shop"))
    assert node in {"lab-worker", "lab-worker2"}
    assert told(cluster, "shop")["status"] == "True"
    assert cluster.events("default-scheduler") == [
        ("Scheduled", f"Successfully assigned default/shop to {node}")
    ]


def test_a_pod_for_another_scheduler_is_left_alone(cluster):
    assert schedule(cluster, manifests.pod("shop", schedulerName="other")) is None


def test_too_large_a_pod_is_refused_in_upstreams_words(cluster):
    assert schedule(cluster, manifests.pod("big", requests={"cpu": "64"})) is None
    message = (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to "
        "deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )
    assert cluster.events() == [("FailedScheduling", message)]
    entry = told(cluster, "big")
    assert (entry["status"], entry["reason"], entry["message"]) == ("False", "Unschedulable", message)


def test_a_pod_for_a_label_waits_until_a_node_has_it(cluster):
    assert schedule(cluster, manifests.pod("picky", nodeSelector={"disk": "ssd"})) is None
    assert cluster.events() == [
        (
            "FailedScheduling",
            (
                "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node "
                "affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is "
                "not helpful for scheduling."
            ),
        )
    ]
    cluster.client.patch("nodes", "lab-worker", {"metadata": {"labels": {"disk": "ssd"}}})
    cluster.settle()
    assert node_of(cluster, "picky") == "lab-worker"


def test_a_full_node_takes_a_pod_when_another_has_gone(cluster):
    cluster.client.delete("nodes", "lab-worker2")
    assert schedule(cluster, manifests.pod("first", requests={"cpu": "1500m"})) == "lab-worker"
    assert schedule(cluster, manifests.pod("second", requests={"cpu": "1"})) is None
    assert told(cluster, "second")["message"].endswith(
        "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not "
        "helpful for scheduling."
    )
    cluster.client.vanish("pods", "default/first")
    cluster.settle()
    assert node_of(cluster, "second") == "lab-worker"


def test_the_number_of_pods_on_a_node_is_limited(cluster):
    cluster.client.delete("nodes", "lab-worker2")
    body = {"status": {"allocatable": {"pods": "1"}}}
    cluster.client.patch("nodes", "lab-worker", body, subresource="status")
    schedule(cluster, manifests.pod("first"))
    schedule(cluster, manifests.pod("second"))
    assert "1 Too many pods" in told(cluster, "second")["message"]


def test_without_nodes_there_is_a_message_too(cluster):
    for name in ("lab-control-plane", "lab-worker", "lab-worker2"):
        cluster.client.delete("nodes", name)
    schedule(cluster, manifests.pod("shop"))
    assert told(cluster, "shop")["message"] == "no nodes available to schedule pods"
    cluster.client.create("nodes", manifests.node("late"))
    cluster.settle()
    assert node_of(cluster, "shop") == "late"


def test_pods_of_one_replica_set_spread_over_the_nodes(cluster):
    cluster.client.create("replicasets.apps", manifests.replica_set("web"))
    owner = {"kind": "ReplicaSet", "name": "web", "uid": "uid-of-web", "controller": True}
    for number in range(6):
        pod = manifests.pod(f"web-{number}", labels={"app": "web"})
        pod["metadata"]["ownerReferences"] = [{**owner, "apiVersion": "apps/v1"}]
        schedule(cluster, pod)
    assert Counter(pod["spec"]["nodeName"] for pod in cluster.pods()) == {"lab-worker": 3, "lab-worker2": 3}


def test_a_cordoned_node_gets_no_pods(cluster):
    cluster.client.patch("nodes", "lab-worker", {"spec": {"unschedulable": True}})
    assert {schedule(cluster, manifests.pod(f"shop-{number}")) for number in range(4)} == {"lab-worker2"}


def test_a_toleration_opens_a_tainted_node(cluster):
    tolerations = [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]
    pod = manifests.pod(
        "admin", tolerations=tolerations, nodeSelector={"kubernetes.io/hostname": "lab-control-plane"}
    )
    assert schedule(cluster, pod) == "lab-control-plane"


def test_host_ports_do_not_clash(cluster):
    def pod(name):
        body = manifests.pod(name)
        body["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": 8080}]
        return body

    assert {schedule(cluster, pod("one")), schedule(cluster, pod("two"))} == {"lab-worker", "lab-worker2"}
    assert schedule(cluster, pod("three")) is None
    assert "2 node(s) didn't have free ports for the requested pod ports" in told(cluster, "three")["message"]


def test_required_affinity_brings_pods_together(cluster):
    together = affinity("podAffinity", {"app": "cache"})
    assert schedule(cluster, manifests.pod("web-0", affinity=together)) is None
    assert "2 node(s) didn't match pod affinity rules" in told(cluster, "web-0")["message"]
    home = schedule(cluster, manifests.pod("cache", labels={"app": "cache"}))
    assert node_of(cluster, "web-0") == home
    assert schedule(cluster, manifests.pod("web-1", affinity=together)) == home


def test_the_first_of_a_group_that_wants_to_be_together_may_go_anywhere(cluster):
    together = affinity("podAffinity", {"app": "web"})
    home = schedule(cluster, manifests.pod("web-0", labels={"app": "web"}, affinity=together))
    assert home is not None
    assert schedule(cluster, manifests.pod("web-1", labels={"app": "web"}, affinity=together)) == home


def test_required_anti_affinity_keeps_pods_apart(cluster):
    apart = affinity("podAntiAffinity", {"app": "web"})
    nodes = {
        schedule(cluster, manifests.pod(f"web-{number}", labels={"app": "web"}, affinity=apart))
        for number in range(2)
    }
    assert nodes == {"lab-worker", "lab-worker2"}
    assert schedule(cluster, manifests.pod("web-2", labels={"app": "web"}, affinity=apart)) is None
    assert "2 node(s) didn't match pod anti-affinity rules" in told(cluster, "web-2")["message"]
    assert schedule(cluster, manifests.pod("web-3", labels={"app": "web"})) is None
    assert "2 node(s) didn't satisfy existing pods anti-affinity rules" in told(cluster, "web-3")["message"]


def test_spread_constraints_bound_the_skew(cluster):
    in_zones(cluster)
    constraint = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    cluster.client.patch("nodes", "lab-worker2", {"spec": {"unschedulable": True}})

    def pod(number):
        return manifests.pod(f"web-{number}", labels={"app": "web"}, topologySpreadConstraints=[constraint])

    assert schedule(cluster, pod(0)) == "lab-worker"
    assert schedule(cluster, pod(1)) is None
    assert told(cluster, "web-1")["message"].startswith(
        "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) had untolerated "
        "taint(s), 1 node(s) were unschedulable."
    )
    cluster.client.patch("nodes", "lab-worker2", {"spec": {"unschedulable": None}})
    cluster.settle()
    assert node_of(cluster, "web-1") == "lab-worker2"


def test_preferred_node_affinity_decides_between_equals(cluster):
    cluster.client.patch("nodes", "lab-worker2", {"metadata": {"labels": {"disk": "ssd"}}})
    expression = {"key": "disk", "operator": "In", "values": ["ssd"]}
    wish = {"weight": 10, "preference": {"matchExpressions": [expression]}}
    preferred = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}}
    assert {schedule(cluster, manifests.pod(f"p{n}", affinity=preferred)) for n in range(3)} == {
        "lab-worker2"
    }


def test_a_taint_that_only_asks_is_avoided(cluster):
    taints = [{"key": "slow", "effect": "PreferNoSchedule"}]
    cluster.client.patch("nodes", "lab-worker", {"spec": {"taints": taints}})
    assert {schedule(cluster, manifests.pod(f"shop-{n}")) for n in range(3)} == {"lab-worker2"}


def test_the_emptier_node_is_preferred(cluster):
    first = schedule(cluster, manifests.pod("first", requests={"cpu": "1", "memory": "1Gi"}))
    second = schedule(cluster, manifests.pod("second", requests={"cpu": "1", "memory": "1Gi"}))
    assert {first, second} == {"lab-worker", "lab-worker2"}


def test_preferred_anti_affinity_moves_pods_apart(cluster):
    term = {"labelSelector": {"matchLabels": {"app": "noisy"}}, "topologyKey": "kubernetes.io/hostname"}
    wish = {"weight": 100, "podAffinityTerm": term}
    apart = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}}
    noisy = schedule(cluster, manifests.pod("noisy", labels={"app": "noisy"}, requests={"cpu": "1m"}))
    assert noisy not in {schedule(cluster, manifests.pod(f"calm-{n}", affinity=apart)) for n in range(2)}


def test_pods_of_high_priority_go_first(cluster):
    cluster.client.delete("nodes", "lab-worker2")
    important = {"metadata": {"name": "important"}, "value": 1000}
    cluster.client.create("priorityclasses.scheduling.k8s.io", important)
    cluster.client.create("pods", manifests.pod("low", requests={"cpu": "2"}))
    high = manifests.pod("high", requests={"cpu": "2"}, priorityClassName="important")
    cluster.client.create("pods", high)
    cluster.settle()
    assert (node_of(cluster, "high"), node_of(cluster, "low")) == ("lab-worker", None)


def test_a_gated_pod_waits_for_its_gates(cluster):
    gates = [{"name": "shop.example/paid"}]
    assert schedule(cluster, manifests.pod("gated", schedulingGates=gates)) is None
    assert told(cluster, "gated")["reason"] == "SchedulingGated"
    cluster.client.patch("pods", "gated", {"spec": {"schedulingGates": None}}, namespace="default")
    cluster.settle()
    assert node_of(cluster, "gated") is not None


def test_a_decision_tells_what_each_rule_said(cluster):
    node = schedule(cluster, manifests.pod("shop"))
    decision = cluster.scheduler.decisions.attempts[0].decision
    assert (decision.pod, decision.node) == ("default/shop", node)
    refused = [verdict for verdict in decision.verdicts if not verdict.passed]
    assert [(each.node, each.plugin, each.reason) for each in refused] == [
        ("lab-control-plane", "TaintToleration", "node(s) had untolerated taint(s)")
    ]
    assert {each.node for each in decision.verdicts if each.score is not None} == {
        "lab-worker",
        "lab-worker2",
    }


def test_the_sums_of_a_node_follow_its_pods(cluster):
    for number in range(4):
        schedule(cluster, manifests.pod(f"shop-{number}", requests={"cpu": "250m", "memory": "64Mi"}))
    nodes = cluster.scheduler.decider.cache.nodes
    assert sum(info.requested["cpu"] for info in nodes.values()) == 1000
    cluster.set_pod(cluster.pods()[0], phase="Succeeded", ready=False)
    cluster.client.vanish("pods", "default/shop-1")
    assert sum(info.requested["cpu"] for info in nodes.values()) == 500
    assert sum(info.pods for info in nodes.values()) == 2


def test_a_thousand_pods_on_fifty_nodes_spread_evenly():
    cluster = Cluster()
    for number in range(50):
        cluster.client.create("nodes", manifests.node(f"node-{number}", cpu="64", memory="64Gi"))
    cluster.client.create("replicasets.apps", manifests.replica_set("web"))
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}
    for number in range(1000):
        pod = manifests.pod(f"web-{number}", labels={"app": "web"}, requests={"cpu": "10m"})
        pod["metadata"]["ownerReferences"] = [owner]
        cluster.client.create("pods", pod)
    cluster.run(Scheduler(cluster.context, chance=dice()))
    counts = Counter(pod["spec"]["nodeName"] for pod in cluster.pods())
    assert set(counts.values()) == {20}
