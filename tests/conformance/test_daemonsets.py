"""How a DaemonSet keeps one pod on each node that fits, and whose pods are its own."""

import pytest

from kubetutor.api.objects import controller_of, is_being_deleted, is_true, name_of

from .conftest import eventually
from .manifests import daemon_set, shell
from .workloads import apply, event, event_messages, names, patch, wait_field

pytestmark = pytest.mark.kubectl

ON_CONTROL_PLANE = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}
TOLERATED = {
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
}
NUMBERS = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberAvailable")


def pods(kubectl):
    return kubectl.pods("app=agent")


def nodes_of(found):
    return sorted(pod["spec"]["nodeName"] for pod in found)


def workers(kubectl):
    return sorted(name_of(node) for node in kubectl.all("nodes") if not (node["spec"].get("taints") or ()))


def is_settled(status, number):
    return [status.get(name) for name in NUMBERS] == [number] * 4 and "numberUnavailable" not in status


def settled(kubectl, number):
    """Wait until as many nodes have an available pod; answer the pods."""
    eventually(lambda: is_settled(kubectl.read("daemonset", "agent")["status"], number))
    return pods(kubectl)


def test_every_node_that_fits_has_one_pod(kubectl):
    apply(kubectl, daemon_set())
    assert nodes_of(settled(kubectl, len(workers(kubectl)))) == workers(kubectl)


def test_its_pods_are_meant_for_one_node_each_and_tolerate_sick_ones(kubectl):
    apply(kubectl, daemon_set())
    for pod in settled(kubectl, len(workers(kubectl))):
        required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        field = {"key": "metadata.name", "operator": "In", "values": [pod["spec"]["nodeName"]]}
        assert required == {"nodeSelectorTerms": [{"matchFields": [field]}]}
        found = {(each["key"], each["effect"]) for each in pod["spec"]["tolerations"]}
        assert found == TOLERATED
        assert all("tolerationSeconds" not in each for each in pod["spec"]["tolerations"])


def test_its_pods_have_its_name_and_say_of_which_revision_they_are(kubectl):
    apply(kubectl, daemon_set())
    (revision,) = eventually(lambda: kubectl.all("controllerrevisions"))
    hash_ = revision["metadata"]["labels"]["controller-revision-hash"]
    assert name_of(revision) == f"agent-{hash_}"
    for pod in settled(kubectl, len(workers(kubectl))):
        assert pod["metadata"]["generateName"] == "agent-"
        owner = controller_of(pod)
        assert (owner["kind"], owner["name"], owner["apiVersion"]) == ("DaemonSet", "agent", "apps/v1")
        labels = {"app": "agent", "controller-revision-hash": hash_, "pod-template-generation": "1"}
        assert pod["metadata"]["labels"] == labels


def test_the_status_counts_nodes(kubectl):
    apply(kubectl, daemon_set())
    number = len(workers(kubectl))
    settled(kubectl, number)
    assert kubectl.read("daemonset", "agent")["status"] == {
        "currentNumberScheduled": number,
        "desiredNumberScheduled": number,
        "numberAvailable": number,
        "numberMisscheduled": 0,
        "numberReady": number,
        "observedGeneration": 1,
        "updatedNumberScheduled": number,
    }


def test_with_a_toleration_it_runs_on_tainted_nodes_too(kubectl):
    apply(kubectl, daemon_set(pod_spec={"tolerations": [ON_CONTROL_PLANE]}))
    everywhere = kubectl.all("nodes")
    assert nodes_of(settled(kubectl, len(everywhere))) == sorted(names(everywhere))


def test_a_node_selector_says_which_nodes_are_meant(kubectl):
    first, *others = workers(kubectl)
    apply(kubectl, daemon_set(pod_spec={"nodeSelector": {"kubernetes.io/hostname": first}}))
    assert nodes_of(settled(kubectl, 1)) == [first]
    change = {"kubernetes.io/hostname": others[0]}
    patch(kubectl, "daemonset/agent", {"spec": {"template": {"spec": {"nodeSelector": change}}}})
    eventually(lambda: nodes_of(settled(kubectl, 1)) == [others[0]])


def test_node_affinity_of_the_template_chooses_nodes_and_gives_way_to_their_names(kubectl):
    first, *_ = workers(kubectl)
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [first]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    apply(kubectl, daemon_set(pod_spec={"affinity": {"nodeAffinity": required}}))
    (pod,) = settled(kubectl, 1)
    field = {"key": "metadata.name", "operator": "In", "values": [first]}
    found = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert found["nodeSelectorTerms"] == [{"matchFields": [field]}]


def test_a_node_selector_that_no_node_meets_leaves_it_without_pods(kubectl):
    apply(kubectl, daemon_set(pod_spec={"nodeSelector": {"disk": "no-such-disk"}}))
    wait_field(kubectl, "daemonset/agent", "status.observedGeneration", 1)
    status = kubectl.read("daemonset", "agent")["status"]
    assert [status[name] for name in NUMBERS[:3]] == [0, 0, 0]
    assert pods(kubectl) == []


def test_a_deleted_pod_is_replaced_on_the_same_node(kubectl):
    apply(kubectl, daemon_set())
    victim = settled(kubectl, len(workers(kubectl)))[0]
    kubectl.ok("delete", "pod", name_of(victim))
    eventually(lambda: nodes_of(settled(kubectl, len(workers(kubectl)))) == workers(kubectl))
    assert name_of(victim) not in names(pods(kubectl))


def test_a_pod_that_failed_is_deleted_and_replaced(kubectl):
    apply(kubectl, daemon_set())
    victim = settled(kubectl, len(workers(kubectl)))[0]
    patch(kubectl, f"pod/{name_of(victim)}", {"spec": {"activeDeadlineSeconds": 1}})
    told = event(kubectl, "agent", "FailedDaemonPod")
    node = victim["spec"]["nodeName"]
    whole = f"{kubectl.namespace}/{name_of(victim)}"
    assert told == f"Found failed daemon pod {whole} on node {node}, will try to kill it"
    eventually(
        lambda: (
            name_of(victim) not in names(pods(kubectl))
            and nodes_of(settled(kubectl, len(workers(kubectl)))) == workers(kubectl)
        )
    )


def test_its_events_name_each_pod(kubectl):
    apply(kubectl, daemon_set())
    own = names(settled(kubectl, len(workers(kubectl))))
    made = eventually(
        lambda: len(found := event_messages(kubectl, "agent", "SuccessfulCreate")) == len(own) and found
    )
    assert sorted(made) == sorted(f"Created pod: {name}" for name in own)


def test_a_pod_is_available_some_time_after_it_is_ready(kubectl):
    first, *_ = workers(kubectl)
    chosen = {"nodeSelector": {"kubernetes.io/hostname": first}}
    apply(kubectl, daemon_set(pod_spec=chosen, minReadySeconds=3))
    wait_field(kubectl, "daemonset/agent", "status.numberReady", 1)
    assert kubectl.read("daemonset", "agent")["status"]["numberUnavailable"] == 1
    wait_field(kubectl, "daemonset/agent", "status.numberAvailable", 1)


def test_deleting_it_deletes_its_pods_and_its_revisions(kubectl):
    apply(kubectl, daemon_set())
    settled(kubectl, len(workers(kubectl)))
    kubectl.ok("delete", "daemonset", "agent")
    eventually(lambda: pods(kubectl) == [] and kubectl.all("controllerrevisions") == [])


def test_orphans_are_taken_back_by_a_new_one_of_their_labels(kubectl):
    apply(kubectl, daemon_set())
    before = names(settled(kubectl, len(workers(kubectl))))
    kubectl.ok("delete", "daemonset", "agent", "--cascade=orphan")
    eventually(lambda: not any(controller_of(pod) for pod in pods(kubectl)))
    apply(kubectl, daemon_set())
    eventually(lambda: all(controller_of(pod) for pod in pods(kubectl)))
    assert names(settled(kubectl, len(workers(kubectl)))) == before


def test_deleting_in_the_foreground_waits_for_the_pods(kubectl):
    apply(kubectl, daemon_set())
    own = names(settled(kubectl, len(workers(kubectl))))
    patch(kubectl, f"pod/{own[0]}", {"metadata": {"finalizers": ["example.com/hold"]}})
    kubectl.ok("delete", "daemonset", "agent", "--cascade=foreground", "--wait=false")
    eventually(lambda: is_being_deleted(kubectl.read("pod", own[0])))
    assert kubectl.read("daemonset", "agent")["metadata"]["finalizers"] == ["foregroundDeletion"]
    patch(kubectl, f"pod/{own[0]}", {"metadata": {"finalizers": None}})
    eventually(lambda: kubectl.lacks("daemonset", "agent"))


def test_the_table_shows_its_numbers(kubectl):
    apply(kubectl, daemon_set(pod_spec={"nodeSelector": {"kubernetes.io/os": "linux"}}))
    number = str(len(settled(kubectl, len(workers(kubectl)))))
    titles, cells = kubectl.ok("get", "daemonset", "-o", "wide").splitlines()
    assert titles.split() == (
        [
            "NAME",
            "DESIRED",
            "CURRENT",
            "READY",
            "UP-TO-DATE",
            "AVAILABLE",
            "NODE",
            "SELECTOR",
            "AGE",
            "CONTAINERS",
            "IMAGES",
            "SELECTOR",
        ]
    )
    shown = cells.split()
    assert shown[:7] == ["agent", *[number] * 5, "kubernetes.io/os=linux"]
    assert shown[8:] == ["main", "busybox:1.36", "app=agent"]


def test_describe_counts_nodes_and_pods(kubectl):
    apply(kubectl, daemon_set())
    number = len(settled(kubectl, len(workers(kubectl))))
    shown = [" ".join(line.split()) for line in kubectl.ok("describe", "daemonset", "agent").splitlines()]
    assert f"Desired Number of Nodes Scheduled: {number}" in shown
    assert f"Number of Nodes Scheduled with Available Pods: {number}" in shown
    assert "Number of Nodes Misscheduled: 0" in shown
    assert f"Pods Status: {number} Running / 0 Waiting / 0 Succeeded / 0 Failed" in shown


@pytest.mark.usefixtures("own_cluster")
def test_a_pod_goes_to_a_cordoned_node_too(kubectl):
    first, *_ = workers(kubectl)
    kubectl.ok("cordon", first)
    try:
        eventually(lambda: kubectl.read("node", first)["spec"].get("taints"))
        apply(kubectl, daemon_set())
        eventually(lambda: first in nodes_of(pod for pod in pods(kubectl) if is_true(pod, "Ready")))
    finally:
        kubectl.ok("uncordon", first)
    eventually(lambda: not kubectl.read("node", first)["spec"].get("taints"))


@pytest.mark.usefixtures("own_cluster")
def test_a_label_brings_a_pod_to_a_node_and_takes_it_away(kubectl):
    first, *_ = workers(kubectl)
    apply(kubectl, daemon_set(pod_spec={"nodeSelector": {"example.com/disk": "fast"}}))
    wait_field(kubectl, "daemonset/agent", "status.observedGeneration", 1)
    kubectl.ok("label", "node", first, "example.com/disk=fast")
    try:
        assert nodes_of(settled(kubectl, 1)) == [first]
    finally:
        kubectl.ok("label", "node", first, "example.com/disk-")
    eventually(lambda: pods(kubectl) == [])


@pytest.mark.usefixtures("own_cluster")
@pytest.mark.parametrize(("effect", "stays"), [("NoSchedule", True), ("NoExecute", False)])
def test_a_taint_keeps_new_pods_out_and_may_drive_old_ones_out(kubectl, effect, stays):
    first, *others = workers(kubectl)
    apply(kubectl, daemon_set(shell()))
    settled(kubectl, len(others) + 1)
    kubectl.ok("taint", "node", first, f"example.com/kept=free:{effect}")
    # A taint that drives nobody out gives the controller nothing to do, so it looks when the DaemonSet changes.
    kubectl.ok("annotate", "daemonset", "agent", "example.com/look=again")
    try:
        wait_field(kubectl, "daemonset/agent", "status.desiredNumberScheduled", len(others))
        eventually(lambda: (first in nodes_of(pods(kubectl))) is stays)
        wait_field(kubectl, "daemonset/agent", "status.numberMisscheduled", int(stays))
    finally:
        kubectl.ok("taint", "node", first, "example.com/kept-")
    assert nodes_of(settled(kubectl, len(others) + 1)) == [first, *others]
