"""ReplicationControllers, the older kind of ReplicaSet: they keep a number of pods all the same."""

import pytest

from kubetutor.api.objects import controller_of

from .conftest import eventually
from .manifests import NOWHERE, pod, shell, template
from .workloads import apply, event_messages, names, wait_field

pytestmark = pytest.mark.kubectl

PENDING = {"nodeSelector": NOWHERE}


def queue(replicas, *containers, **spec):
    made = template(*(containers or [shell()]), labels={"app": "queue"}, **spec)
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "queue"},
        "spec": {"replicas": replicas, "selector": {"app": "queue"}, "template": made},
    }


def pods(kubectl):
    return kubectl.pods("app=queue")


def has_pods(kubectl, number):
    eventually(lambda: len(pods(kubectl)) == number)
    return pods(kubectl)


def test_it_keeps_its_number_of_pods(kubectl):
    apply(kubectl, queue(2, **PENDING))
    first, _ = names(has_pods(kubectl, 2))
    kubectl.ok("delete", "pod", first)
    eventually(lambda: len(now := names(pods(kubectl))) == 2 and first not in now)
    owner = controller_of(pods(kubectl)[0])
    assert (owner["apiVersion"], owner["kind"], owner["name"]) == ("v1", "ReplicationController", "queue")


def test_it_can_be_scaled(kubectl):
    apply(kubectl, queue(3, **PENDING))
    has_pods(kubectl, 3)
    kubectl.ok("scale", "rc/queue", "--replicas=1")
    has_pods(kubectl, 1)
    eventually(lambda: len(event_messages(kubectl, "queue", "SuccessfulDelete")) == 2)


def test_its_status_counts_pods(kubectl):
    apply(kubectl, queue(1))
    wait_field(kubectl, "replicationcontroller/queue", "status.availableReplicas", 1)
    assert kubectl.read("replicationcontroller", "queue")["status"] == {
        "availableReplicas": 1,
        "fullyLabeledReplicas": 1,
        "observedGeneration": 1,
        "readyReplicas": 1,
        "replicas": 1,
    }


def test_it_adopts_pods_of_its_labels(kubectl):
    apply(kubectl, pod("early", labels={"app": "queue"}, **PENDING))
    apply(kubectl, queue(2, **PENDING))
    has_pods(kubectl, 2)
    assert controller_of(kubectl.read("pod", "early"))["kind"] == "ReplicationController"


def test_kubectl_deletes_it_with_its_pods(kubectl):
    apply(kubectl, queue(2, **PENDING))
    has_pods(kubectl, 2)
    kubectl.ok("delete", "rc", "queue")
    has_pods(kubectl, 0)


def test_without_a_policy_its_pods_stay(api):
    api.made("replicationcontrollers", queue(1, **PENDING))
    (own,) = eventually(lambda: api.read("pods")["items"])
    assert api("DELETE", "replicationcontrollers/queue").code == 200
    eventually(lambda: api("GET", "replicationcontrollers/queue").code == 404)
    assert controller_of(api.read(f"pods/{own['metadata']['name']}")) is None


def test_the_table_shows_its_numbers(kubectl):
    apply(kubectl, queue(1))
    wait_field(kubectl, "replicationcontroller/queue", "status.readyReplicas", 1)
    titles, cells = kubectl.ok("get", "rc", "-o", "wide").splitlines()
    assert titles.split() == [
        "NAME",
        "DESIRED",
        "CURRENT",
        "READY",
        "AGE",
        "CONTAINERS",
        "IMAGES",
        "SELECTOR",
    ]
    assert cells.split()[:4] == ["queue", "1", "1", "1"]
    assert cells.split()[5:] == ["main", "busybox:1.36", "app=queue"]
