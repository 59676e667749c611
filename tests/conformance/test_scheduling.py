"""Where a pod may run, and what is said when it may run nowhere."""

import pytest

from .conftest import eventually
from .manifests import NOWHERE, deployment, pod, shell
from .workloads import apply, condition_of, create, event, patch, wait_for

pytestmark = pytest.mark.kubectl

HOST = "kubernetes.io/hostname"
UNHELPFUL = "no new claims to deallocate, preemption: 0/{n} nodes are available: {n} Preemption is not helpful for scheduling."


def node_of(kubectl, name):
    return kubectl.read("pod", name)["spec"].get("nodeName")


def why_pending(kubectl, name):
    """Wait until the scheduler has given a pod up for now; answer its message."""
    wait_for(kubectl, "PodScheduled=False", f"pod/{name}")
    status, reason, message = condition_of(kubectl.read("pod", name), "PodScheduled")
    assert (status, reason) == ("False", "Unschedulable")
    return message


@pytest.fixture
def nodes(kubectl):
    """The nodes by name: on all clusters of these tests one control plane with its taint, and two workers."""
    found = {item["metadata"]["name"]: item for item in kubectl.all("nodes")}
    workers = [name for name, item in found.items() if not item["spec"].get("taints")]
    if (len(found), len(workers)) != (3, 2):
        pytest.skip("the messages count nodes: three, of which two without a taint")
    return sorted(workers)


def on_nodes(*expressions):
    wanted = {"nodeSelectorTerms": [{"matchExpressions": list(expressions)}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": wanted}}


def near(kind, app):
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": HOST}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def is_bound(kubectl, name):
    wait_for(kubectl, "PodScheduled", f"pod/{name}")
    return node_of(kubectl, name)


def test_a_node_selector_chooses_the_node(kubectl, nodes):
    for name in nodes:
        apply(kubectl, pod(f"on-{name}", nodeSelector={HOST: name}))
        assert is_bound(kubectl, f"on-{name}") == name


def test_a_scheduled_pod_says_by_whom_and_where(kubectl):
    apply(kubectl, pod("shop"))
    node = is_bound(kubectl, "shop")
    assert event(kubectl, "shop", "Scheduled") == (
        f"Successfully assigned {kubectl.namespace}/shop to {node}"
    )


@pytest.mark.usefixtures("nodes")
def test_a_selector_that_no_node_matches_is_explained(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    message = why_pending(kubectl, "shop")
    assert message.startswith(
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        "2 node(s) didn't match Pod's node affinity/selector. "
    )
    assert message.endswith(UNHELPFUL.format(n=3))
    assert event(kubectl, "shop", "FailedScheduling") == message


@pytest.mark.usefixtures("nodes")
def test_requests_that_are_too_large_are_explained(kubectl):
    apply(kubectl, pod("shop", shell(resources={"requests": {"cpu": "4k", "memory": "900Ti"}})))
    message = why_pending(kubectl, "shop")
    assert message.startswith(
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        "2 Insufficient cpu, 2 Insufficient memory. "
    )


def test_a_toleration_lets_a_pod_onto_a_tainted_node(kubectl, nodes):
    tainted = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
    chosen = {"node-role.kubernetes.io/control-plane": ""}
    apply(kubectl, pod("shop", tolerations=[tainted], nodeSelector=chosen))
    assert is_bound(kubectl, "shop") not in nodes


@pytest.mark.usefixtures("nodes")
def test_a_tainted_node_takes_no_pod_that_does_not_tolerate_it(kubectl):
    apply(kubectl, pod("shop", nodeSelector={"node-role.kubernetes.io/control-plane": ""}))
    assert why_pending(kubectl, "shop").startswith(
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        "2 node(s) didn't match Pod's node affinity/selector. "
    )


@pytest.mark.parametrize(("operator", "chosen"), [("In", 0), ("NotIn", 1)])
def test_node_affinity_wants_or_avoids_values(kubectl, nodes, operator, chosen):
    wanted = {"key": HOST, "operator": operator, "values": [nodes[0]]}
    apply(kubectl, pod("shop", affinity=on_nodes(wanted)))
    assert is_bound(kubectl, "shop") == nodes[chosen]


def test_preferred_node_affinity_decides_between_equal_nodes(kubectl, nodes):
    preference = {"matchExpressions": [{"key": HOST, "operator": "In", "values": [nodes[1]]}]}
    preferred = [{"weight": 100, "preference": preference}]
    apply(
        kubectl,
        pod(
            "shop", affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
        ),
    )
    assert is_bound(kubectl, "shop") == nodes[1]


def test_pods_that_avoid_each_other_share_no_node(kubectl, nodes):
    apart = {"affinity": near("podAntiAffinity", "web")}
    apply(kubectl, deployment(3, shell(), pod_spec=apart))
    eventually(lambda: sorted(filter(None, (p["spec"].get("nodeName") for p in kubectl.pods()))) == nodes)
    left = eventually(lambda: [p for p in kubectl.pods() if not p["spec"].get("nodeName")])
    assert why_pending(kubectl, left[0]["metadata"]["name"]).startswith(
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        "2 node(s) didn't match pod anti-affinity rules. "
    )


def test_a_pod_that_wants_a_neighbour_goes_to_its_node(kubectl, nodes):
    apply(kubectl, pod("shop", nodeSelector={HOST: nodes[1]}))
    is_bound(kubectl, "shop")
    apply(kubectl, pod("cache", affinity=near("podAffinity", "shop")))
    assert is_bound(kubectl, "cache") == nodes[1]


def test_a_pod_that_wants_a_neighbour_who_is_not_there_waits(kubectl, nodes):
    apply(kubectl, pod("cache", affinity=near("podAffinity", "shop")))
    assert why_pending(kubectl, "cache").startswith(
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        "2 node(s) didn't match pod affinity rules. "
    )
    apply(kubectl, pod("shop", nodeSelector={HOST: nodes[0]}))
    assert is_bound(kubectl, "cache") == nodes[0]


def test_a_topology_spread_constraint_keeps_the_nodes_even(kubectl, nodes):
    spread = {
        "maxSkew": 1,
        "topologyKey": HOST,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
        "nodeTaintsPolicy": "Honor",
    }
    apply(kubectl, deployment(4, shell(), pod_spec={"topologySpreadConstraints": [spread]}))
    eventually(lambda: sorted(p["spec"].get("nodeName", "") for p in kubectl.pods()) == sorted(nodes * 2))


def test_a_pod_with_a_gate_waits_until_it_is_opened(kubectl):
    apply(kubectl, pod("shop", schedulingGates=[{"name": "example.com/paid"}]))
    item = kubectl.read("pod", "shop")
    assert condition_of(item, "PodScheduled") == (
        "False",
        "SchedulingGated",
        "Scheduling is blocked due to non-empty scheduling gates",
    )
    assert kubectl.ok("get", "pod", "shop", "--no-headers").split()[2] == "SchedulingGated"
    patch(kubectl, "pod/shop", {"spec": {"schedulingGates": None}})
    assert is_bound(kubectl, "shop")


def test_a_pod_of_another_scheduler_is_left_alone(kubectl):
    apply(kubectl, pod("theirs", schedulerName="someone-else"), pod("ours"))
    is_bound(kubectl, "ours")
    item = kubectl.read("pod", "theirs")
    assert "nodeName" not in item["spec"]
    assert item["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


def test_a_pod_that_names_its_node_passes_by_the_scheduler(kubectl, nodes):
    apply(kubectl, pod("shop", nodeName=nodes[0], schedulerName="someone-else"))
    wait_for(kubectl, "Ready", "pod/shop")
    assert node_of(kubectl, "shop") == nodes[0]


def test_a_priority_class_gives_its_pods_their_priority(kubectl):
    apply(kubectl, pod("shop", priorityClassName="system-cluster-critical", nodeSelector=NOWHERE))
    spec = kubectl.read("pod", "shop")["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (2000000000, "PreemptLowerPriority")


def test_a_pod_has_priority_zero_without_a_class(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    assert kubectl.read("pod", "shop")["spec"]["priority"] == 0


def test_an_unknown_priority_class_is_refused(kubectl):
    answer = create(kubectl, pod("shop", priorityClassName="gold"))
    assert answer.err == (
        'Error from server (Forbidden): error when creating "STDIN": pods "shop" is forbidden: '
        "no PriorityClass with name gold was found\n"
    )


def test_pods_get_the_tolerations_that_keep_them_for_a_while(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    tolerations = kubectl.read("pod", "shop")["spec"]["tolerations"]
    assert [(item["key"], item["operator"], item["effect"]) for item in tolerations] == [
        ("node.kubernetes.io/not-ready", "Exists", "NoExecute"),
        ("node.kubernetes.io/unreachable", "Exists", "NoExecute"),
    ]
