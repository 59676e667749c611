"""How a StatefulSet makes and deletes its pods: each with a name of its own, and in order."""

import pytest

from kubetutor.api.objects import controller_of, is_being_deleted, is_pod_ready, name_of, uid_of

from .conftest import eventually
from .manifests import NOWHERE, pod, shell, stateful_set
from .workloads import apply, event_messages, names, patch, wait_field, wait_for, watching

pytestmark = pytest.mark.kubectl

WHEN_TOLD = {"exec": {"command": ["test", "-e", "open"]}, "periodSeconds": 1}
PENDING = {"nodeSelector": NOWHERE}


def pods(kubectl):
    return kubectl.pods("app=db")


def has_pods(kubectl, *wanted):
    eventually(lambda: names(pods(kubectl)) == list(wanted))
    return pods(kubectl)


def ready(kubectl, number):
    wait_field(kubectl, "statefulset/db", "status.readyReplicas", number)
    return pods(kubectl)


def opened(kubectl, name):
    eventually(lambda: kubectl("exec", name, "--", "touch", "open").code == 0)
    wait_for(kubectl, "Ready", f"pod/{name}")


def test_pods_have_numbers_for_names(kubectl):
    apply(kubectl, stateful_set(3))
    ready(kubectl, 3)
    assert names(has_pods(kubectl, "db-0", "db-1", "db-2")) == ["db-0", "db-1", "db-2"]


def test_a_pod_knows_its_name_and_number(kubectl):
    apply(kubectl, stateful_set(1))
    (own,) = has_pods(kubectl, "db-0")
    revision = kubectl.read("statefulset", "db")["status"]["updateRevision"]
    assert own["metadata"]["labels"] == {
        "app": "db",
        "apps.kubernetes.io/pod-index": "0",
        "controller-revision-hash": revision,
        "statefulset.kubernetes.io/pod-name": "db-0",
    }
    assert (own["spec"]["hostname"], own["spec"]["subdomain"]) == ("db-0", "db")
    assert own["metadata"]["generateName"] == "db-"
    owner = controller_of(own)
    assert (owner["kind"], owner["name"], owner["apiVersion"]) == ("StatefulSet", "db", "apps/v1")


def test_a_pod_is_made_when_the_one_before_it_is_ready(kubectl):
    apply(kubectl, stateful_set(2, shell(readinessProbe=WHEN_TOLD)))
    has_pods(kubectl, "db-0")
    wait_for(kubectl, "Ready=False", "pod/db-0")
    assert names(pods(kubectl)) == ["db-0"]
    opened(kubectl, "db-0")
    has_pods(kubectl, "db-0", "db-1")


def test_with_parallel_all_pods_are_made_at_once(kubectl):
    apply(kubectl, stateful_set(3, podManagementPolicy="Parallel", pod_spec=PENDING))
    has_pods(kubectl, "db-0", "db-1", "db-2")


def test_the_highest_numbers_go_first(kubectl):
    apply(kubectl, stateful_set(3))
    ready(kubectl, 3)
    with watching(kubectl, "pods") as watch:
        kubectl.ok("scale", "statefulset/db", "--replicas=1")
        watch.until_gone("db-1")
        there = [names(moment) for moment in watch.moments()]
    assert ["db-0", "db-1"] in there
    assert ["db-0", "db-2"] not in there
    has_pods(kubectl, "db-0")


def test_a_pod_goes_when_the_one_after_it_is_gone(kubectl):
    apply(kubectl, stateful_set(3))
    ready(kubectl, 3)
    patch(kubectl, "pod/db-2", {"metadata": {"finalizers": ["example.com/hold"]}})
    kubectl.ok("scale", "statefulset/db", "--replicas=0")
    wait_field(kubectl, "statefulset/db", "status.observedGeneration", 2)
    eventually(lambda: is_being_deleted(kubectl.read("pod", "db-2")))
    wait_field(kubectl, "pod/db-2", "status.phase", "Succeeded")
    assert not is_being_deleted(kubectl.read("pod", "db-1"))
    patch(kubectl, "pod/db-2", {"metadata": {"finalizers": None}})
    has_pods(kubectl)


def test_with_parallel_all_pods_go_at_once(kubectl):
    apply(kubectl, stateful_set(2, podManagementPolicy="Parallel", pod_spec=PENDING))
    for name in names(has_pods(kubectl, "db-0", "db-1")):
        patch(kubectl, f"pod/{name}", {"metadata": {"finalizers": ["example.com/hold"]}})
    kubectl.ok("scale", "statefulset/db", "--replicas=0")
    eventually(lambda: all(map(is_being_deleted, pods(kubectl))))
    for name in ("db-0", "db-1"):
        patch(kubectl, f"pod/{name}", {"metadata": {"finalizers": None}})
    has_pods(kubectl)


def test_a_deleted_pod_comes_back_under_its_name(kubectl):
    apply(kubectl, stateful_set(2))
    before = {name_of(each): uid_of(each) for each in ready(kubectl, 2)}
    kubectl.ok("delete", "pod", "db-0")
    eventually(lambda: uid_of(kubectl.read("pod", "db-0")) != before["db-0"])
    ready(kubectl, 2)
    assert uid_of(kubectl.read("pod", "db-1")) == before["db-1"]


def test_a_pod_that_failed_is_made_anew(kubectl):
    apply(kubectl, stateful_set(1))
    before = uid_of(ready(kubectl, 1)[0])
    patch(kubectl, "pod/db-0", {"spec": {"activeDeadlineSeconds": 1}})
    eventually(lambda: (found := pods(kubectl)) and uid_of(found[0]) != before and is_pod_ready(found[0]))


def test_numbers_may_start_elsewhere(kubectl):
    apply(kubectl, stateful_set(2, podManagementPolicy="Parallel", ordinals={"start": 5}, pod_spec=PENDING))
    has_pods(kubectl, "db-5", "db-6")
    patch(kubectl, "statefulset/db", {"spec": {"ordinals": {"start": 6}}})
    has_pods(kubectl, "db-6", "db-7")


def test_the_next_pod_waits_until_one_has_been_ready_for_a_while(kubectl):
    apply(kubectl, stateful_set(2, minReadySeconds=3))
    wait_field(kubectl, "statefulset/db", "status.readyReplicas", 1)
    assert kubectl.read("statefulset", "db")["status"]["availableReplicas"] == 0
    assert names(pods(kubectl)) == ["db-0"]
    has_pods(kubectl, "db-0", "db-1")


def test_the_status_counts_pods_and_names_revisions(kubectl):
    apply(kubectl, stateful_set(2))
    ready(kubectl, 2)
    wait_field(kubectl, "statefulset/db", "status.availableReplicas", 2)
    (revision,) = kubectl.all("controllerrevisions")
    assert kubectl.read("statefulset", "db")["status"] == {
        "availableReplicas": 2,
        "collisionCount": 0,
        "currentReplicas": 2,
        "currentRevision": name_of(revision),
        "observedGeneration": 1,
        "readyReplicas": 2,
        "replicas": 2,
        "updateRevision": name_of(revision),
        "updatedReplicas": 2,
    }
    hash_ = revision["metadata"]["labels"]["controller.kubernetes.io/hash"]
    assert name_of(revision) == f"db-{hash_}"


def test_its_events_name_each_pod(kubectl):
    apply(kubectl, stateful_set(1, pod_spec=PENDING))
    has_pods(kubectl, "db-0")
    kubectl.ok("scale", "statefulset/db", "--replicas=0")
    has_pods(kubectl)
    made, gone = (
        "Create Pod db-0 in StatefulSet db successful",
        "Delete Pod db-0 in StatefulSet db successful",
    )
    eventually(lambda: event_messages(kubectl, "db", "SuccessfulCreate") == [made])
    eventually(lambda: event_messages(kubectl, "db", "SuccessfulDelete") == [gone])


def test_pods_are_adopted_by_their_names_and_labels(kubectl):
    apply(
        kubectl, pod("db-0", labels={"app": "db"}, **PENDING), pod("guest", labels={"app": "db"}, **PENDING)
    )
    apply(kubectl, stateful_set(1, pod_spec=PENDING))
    eventually(lambda: controller_of(kubectl.read("pod", "db-0")))
    assert controller_of(kubectl.read("pod", "guest")) is None
    labels = {"statefulset.kubernetes.io/pod-name": "db-0", "apps.kubernetes.io/pod-index": "0"}
    assert controller_of(kubectl.read("pod", "db-0"))["name"] == "db"
    assert labels.keys() & kubectl.read("pod", "guest")["metadata"]["labels"].keys() == set()


def test_deleting_it_deletes_its_pods_and_its_revisions(kubectl):
    apply(kubectl, stateful_set(2, podManagementPolicy="Parallel", pod_spec=PENDING))
    has_pods(kubectl, "db-0", "db-1")
    kubectl.ok("delete", "statefulset", "db")
    eventually(lambda: pods(kubectl) == [] and kubectl.all("controllerrevisions") == [])


def test_orphans_are_taken_back_by_a_new_one_of_their_name(kubectl):
    apply(kubectl, stateful_set(2, podManagementPolicy="Parallel", pod_spec=PENDING))
    before = [uid_of(each) for each in has_pods(kubectl, "db-0", "db-1")]
    kubectl.ok("delete", "statefulset", "db", "--cascade=orphan")
    eventually(lambda: not any(controller_of(each) for each in pods(kubectl)))
    apply(kubectl, stateful_set(2, podManagementPolicy="Parallel", pod_spec=PENDING))
    eventually(lambda: all(controller_of(each) for each in pods(kubectl)))
    assert [uid_of(each) for each in has_pods(kubectl, "db-0", "db-1")] == before


def test_deleting_in_the_foreground_waits_for_the_pods(kubectl):
    apply(kubectl, stateful_set(1, pod_spec=PENDING))
    has_pods(kubectl, "db-0")
    patch(kubectl, "pod/db-0", {"metadata": {"finalizers": ["example.com/hold"]}})
    kubectl.ok("delete", "statefulset", "db", "--cascade=foreground", "--wait=false")
    eventually(lambda: is_being_deleted(kubectl.read("pod", "db-0")))
    assert kubectl.read("statefulset", "db")["metadata"]["finalizers"] == ["foregroundDeletion"]
    patch(kubectl, "pod/db-0", {"metadata": {"finalizers": None}})
    eventually(lambda: kubectl.lacks("statefulset", "db"))


def test_table_and_describe_show_how_many_are_ready(kubectl):
    apply(kubectl, stateful_set(1))
    ready(kubectl, 1)
    titles, cells = kubectl.ok("get", "statefulset", "-o", "wide").splitlines()
    assert titles.split() == ["NAME", "READY", "AGE", "CONTAINERS", "IMAGES"]
    assert cells.split()[:2] == ["db", "1/1"]
    assert cells.split()[3:] == ["main", "busybox:1.36"]
    shown = [" ".join(line.split()) for line in kubectl.ok("describe", "statefulset", "db").splitlines()]
    assert "Replicas: 1 desired | 1 total" in shown
    assert "Pods Status: 1 Running / 0 Waiting / 0 Succeeded / 0 Failed" in shown
