"""How a ReplicaSet keeps its number of pods, and whose pods are its own."""

import json

import pytest

from kubetutor.api.objects import controller_of, is_being_deleted, is_pod_ready

from .conftest import eventually
from .manifests import NOWHERE, pod, replica_set, shell
from .workloads import apply, event_messages, names, patch, wait_field, wait_for

pytestmark = pytest.mark.kubectl

PENDING = {"nodeSelector": NOWHERE}  # most of what is tested here needs no running pod


def waiting_pod(name, **labels):
    return pod(name, labels={"app": "queue", **labels}, **PENDING)


def queue(replicas, name="queue", **spec):
    return replica_set(name, replicas, labels={"app": "queue"}, **spec)


def pods(kubectl):
    return kubectl.pods("app=queue")


def has_pods(kubectl, number):
    return eventually(lambda: len(found := pods(kubectl)) == number and found)


def owned_by(kubectl, name):
    owners = {item["metadata"]["name"]: controller_of(item) for item in kubectl.all("pods")}
    return {pod for pod, owner in owners.items() if owner and owner["name"] == name}


def test_a_deleted_pod_is_replaced_by_another(kubectl):
    apply(kubectl, queue(2, **PENDING))
    before = set(names(has_pods(kubectl, 2)))
    kubectl.ok("delete", "pod", min(before))
    eventually(lambda: len(now := set(names(pods(kubectl)))) == 2 and min(before) not in now)


def test_pods_of_its_labels_are_adopted_and_counted(kubectl):
    apply(kubectl, waiting_pod("early"))
    apply(kubectl, queue(2, **PENDING))
    has_pods(kubectl, 2)
    owner = controller_of(kubectl.read("pod", "early"))
    assert (owner["kind"], owner["name"]) == ("ReplicaSet", "queue")
    assert owner["controller"] is owner["blockOwnerDeletion"] is True


def test_a_bare_pod_beyond_the_wanted_number_leaves_one_of_both(kubectl):
    apply(kubectl, queue(1, **PENDING))
    (own,) = has_pods(kubectl, 1)
    wait_field(kubectl, "replicaset/queue", "status.replicas", 1)
    apply(kubectl, waiting_pod("late"))
    eventually(lambda: len(pods(kubectl)) == 1)  # of two pods of the same second, either may be the newer
    assert set(names(pods(kubectl))) <= {own["metadata"]["name"], "late"}


def test_a_pod_whose_label_changes_is_let_go_and_replaced(kubectl):
    apply(kubectl, queue(1, **PENDING))
    (first,) = has_pods(kubectl, 1)
    name = first["metadata"]["name"]
    kubectl.ok("label", "pod", name, "app=examined", "--overwrite")
    has_pods(kubectl, 1)
    eventually(lambda: "ownerReferences" not in kubectl.read("pod", name)["metadata"])


def test_a_pod_that_another_controller_owns_is_left_alone(kubectl):
    apply(kubectl, queue(1, **PENDING), queue(1, "twin", **PENDING))
    has_pods(kubectl, 2)
    for name in ("queue", "twin"):
        wait_field(kubectl, f"replicaset/{name}", "status.replicas", 1)
        assert len(owned_by(kubectl, name)) == 1


def test_scaling_down_deletes_a_pod_that_is_not_ready_first(kubectl):
    probe = {"exec": {"command": ["sh", "-c", "test ! -e closed"]}, "periodSeconds": 1, "failureThreshold": 1}
    apply(kubectl, replica_set("queue", 2, shell(readinessProbe=probe)))
    wait_field(kubectl, "replicaset/queue", "status.readyReplicas", 2)
    closed = min(names(pods(kubectl)))
    kubectl.ok("exec", closed, "--", "touch", "closed")
    wait_for(kubectl, "Ready=False", f"pod/{closed}")
    kubectl.ok("scale", "replicaset/queue", "--replicas=1")
    eventually(lambda: len(left := pods(kubectl)) == 1 and closed not in names(left))
    assert is_pod_ready(pods(kubectl)[0])


def test_scaling_down_deletes_a_pod_without_a_node_first(kubectl):
    apply(kubectl, replica_set("queue", 1, shell()))
    wait_field(kubectl, "replicaset/queue", "status.readyReplicas", 1)
    (running,) = names(pods(kubectl))
    patch(kubectl, "replicaset/queue", {"spec": {"replicas": 2, "template": {"spec": PENDING}}})
    has_pods(kubectl, 2)
    wait_field(kubectl, "replicaset/queue", "status.replicas", 2)
    kubectl.ok("scale", "replicaset/queue", "--replicas=1")
    eventually(lambda: names(pods(kubectl)) == [running])


def test_scaling_down_deletes_the_pod_of_the_lowest_deletion_cost(kubectl):
    apply(kubectl, queue(3, **PENDING))
    keep, cheap, dear = names(has_pods(kubectl, 3))
    for name, cost in ((keep, 10), (cheap, -10), (dear, 100)):
        kubectl.ok("annotate", "pod", name, f"controller.kubernetes.io/pod-deletion-cost={cost}")
    wait_field(kubectl, "replicaset/queue", "status.replicas", 3)
    kubectl.ok("scale", "replicaset/queue", "--replicas=2")
    eventually(lambda: set(names(pods(kubectl))) == {keep, dear})


def test_a_change_of_the_template_leaves_the_pods_that_are_there(kubectl):
    apply(kubectl, queue(1, **PENDING))
    (first,) = has_pods(kubectl, 1)
    patch(kubectl, "replicaset/queue", {"spec": {"template": {"metadata": {"labels": {"step": "two"}}}}})
    wait_field(kubectl, "replicaset/queue", "status.observedGeneration", 2)
    assert names(pods(kubectl)) == names([first])
    kubectl.ok("scale", "replicaset/queue", "--replicas=2")
    has_pods(kubectl, 2)
    assert len(kubectl.pods("app=queue,step=two")) == 1


def test_the_status_counts_pods_and_their_labels(kubectl):
    apply(kubectl, replica_set("queue", 1, shell()))
    wait_field(kubectl, "replicaset/queue", "status.availableReplicas", 1)
    status = kubectl.read("replicaset", "queue")["status"]
    counts = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")
    assert [status[name] for name in counts] == [1, 1, 1, 1, 1]


def test_a_pod_that_failed_is_replaced(kubectl):
    apply(kubectl, replica_set("queue", 1, shell()))
    wait_field(kubectl, "replicaset/queue", "status.readyReplicas", 1)
    (first,) = names(pods(kubectl))
    patch(kubectl, f"pod/{first}", {"spec": {"activeDeadlineSeconds": 1}})
    wait_field(kubectl, f"pod/{first}", "status.phase", "Failed")
    eventually(
        lambda: any(is_pod_ready(item) and item["metadata"]["name"] != first for item in pods(kubectl))
    )


def test_deleting_with_orphans_leaves_the_pods_without_an_owner(kubectl):
    apply(kubectl, queue(2, **PENDING))
    before = names(has_pods(kubectl, 2))
    kubectl.ok("delete", "replicaset", "queue", "--cascade=orphan")
    eventually(lambda: not any(controller_of(item) for item in pods(kubectl)))
    assert names(pods(kubectl)) == before


def test_orphans_are_taken_back_by_a_new_replica_set_of_their_labels(kubectl):
    apply(kubectl, queue(2, **PENDING))
    before = names(has_pods(kubectl, 2))
    kubectl.ok("delete", "replicaset", "queue", "--cascade=orphan")
    apply(kubectl, queue(2, "heir", **PENDING))
    eventually(lambda: owned_by(kubectl, "heir") == set(before))


def test_deleting_in_the_foreground_waits_for_the_pods(kubectl):
    apply(kubectl, queue(1, **PENDING))
    (first,) = has_pods(kubectl, 1)
    name = first["metadata"]["name"]
    patch(kubectl, f"pod/{name}", {"metadata": {"finalizers": ["example.com/hold"]}})
    kubectl.ok("delete", "replicaset", "queue", "--cascade=foreground", "--wait=false")
    eventually(lambda: is_being_deleted(kubectl.read("pod", name)))
    metadata = kubectl.read("replicaset", "queue")["metadata"]
    assert metadata["finalizers"] == ["foregroundDeletion"]
    patch(kubectl, f"pod/{name}", {"metadata": {"finalizers": None}})
    eventually(lambda: kubectl.lacks("replicaset", "queue"))


def test_its_events_name_each_pod_that_it_makes_and_deletes(kubectl):
    apply(kubectl, queue(1, **PENDING))
    (first,) = has_pods(kubectl, 1)
    name = first["metadata"]["name"]
    eventually(lambda: event_messages(kubectl, "queue", "SuccessfulCreate") == [f"Created pod: {name}"])
    wait_field(kubectl, "replicaset/queue", "status.replicas", 1)
    kubectl.ok("scale", "replicaset/queue", "--replicas=0")
    eventually(lambda: event_messages(kubectl, "queue", "SuccessfulDelete") == [f"Deleted pod: {name}"])


def test_a_selector_that_does_not_match_the_template_is_refused(kubectl):
    wrong = queue(1)
    wrong["spec"]["selector"]["matchLabels"] = {"app": "other"}
    answer = kubectl("create", "-f", "-", stdin=json.dumps(wrong))
    assert answer.code == 1
    assert (
        "spec.template.metadata.labels: Invalid value: "
        '{"app":"queue"}: `selector` does not match template `labels`' in answer.err
    )
