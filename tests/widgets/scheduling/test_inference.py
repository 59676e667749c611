"""What the API alone shows of why a pod may not fit on a node."""

import pytest

from kubetutor.widgets.scheduling.inference import checks, requests
from tests.widgets.scheduling.lab import TAINT, node, pod

OUT = "requiredDuringSchedulingIgnoredDuringExecution"


def found(a_pod, a_node, pods=()):
    return {plugin: why for plugin, why in checks(a_pod, a_node, list(pods)).items() if why}


def test_a_node_with_room_has_nothing_against_a_pod():
    assert found(pod(cpu="500m"), node("w")) == {}


@pytest.mark.parametrize(
    ("a_pod", "a_node", "said"),
    [
        (pod(), node("w", cordoned=True), {"NodeUnschedulable": "the node is cordoned: it takes no new pods"}),
        (pod(), node("w", taints=[TAINT]), {"TaintToleration": "the pod does not tolerate the taint node-role.kubernetes.io/control-plane:NoSchedule"}),
        (pod(tolerations=[{"operator": "Exists"}]), node("w", taints=[TAINT], cordoned=True), {}),
        (pod(), node("w", taints=[{"key": "slow", "effect": "PreferNoSchedule"}]), {}),
        (pod(nodeSelector={"disk": "ssd"}), node("w"), {"NodeAffinity": "the pod wants disk=ssd, the node has no label disk"}),
        (pod(nodeSelector={"disk": "ssd"}), node("w", labels={"disk": "hdd"}), {"NodeAffinity": "the pod wants disk=ssd, the node has disk=hdd"}),
        (pod(cpu="3"), node("w"), {"NodeResourcesFit": "Insufficient cpu: the pod asks for 3, 2 of 2 is free"}),
    ],
)  # fmt: skip
def test_each_rule_says_what_it_saw(a_pod, a_node, said):
    assert found(a_pod, a_node) == said


def test_affinity_is_met_by_any_of_its_terms():
    terms = [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["east", "west"]}]},
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["w"]}]},
    ]
    wants = pod(affinity={"nodeAffinity": {OUT: {"nodeSelectorTerms": terms}}})
    assert found(wants, node("w")) == {}
    assert found(wants, node("v", labels={"zone": "west"})) == {}
    assert "NodeAffinity" in found(wants, node("v", labels={"zone": "north"}))


def test_what_other_pods_ask_for_is_taken_off():
    others = [pod("a", on="w", cpu="1"), pod("b", on="v", cpu="2"), pod("c", on="w", cpu="700m")]
    assert found(pod(cpu="400m"), node("w"), others) == {
        "NodeResourcesFit": "Insufficient cpu: the pod asks for 400m, 300m of 2 is free"
    }


def test_a_pod_is_not_in_its_own_way():
    assert found(pod(on="w", cpu="2"), node("w"), [pod(on="w", cpu="2")]) == {}


def test_a_node_has_a_largest_number_of_pods():
    assert found(pod(), node("w", pods="1"), [pod("a", on="w")]) == {
        "NodeResourcesFit": "Too many pods: 1 of 1 are there"
    }


def test_without_the_pods_nothing_is_said_about_room():
    assert "NodeResourcesFit" not in checks(pod(cpu="9"), node("w"), None)


def test_init_containers_count_where_they_ask_for_more():
    asked = pod(cpu="1", initContainers=[{"name": "prepare", "resources": {"requests": {"cpu": "3"}}}])
    assert requests(asked) == {"cpu": 3}
