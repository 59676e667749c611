"""A pod of high priority makes room for itself where nothing else can.

The pods compete for a resource that only the test's own node offers and only its own pods ask for, so no pod
of anyone else is in the way.
"""

import pytest

from kubetutor.api.objects import condition, is_being_deleted, name_of, uid_of

from .conftest import eventually
from .manifests import FOREVER, pod, shell
from .workloads import apply, condition_of, event, event_messages, wait_for

pytestmark = pytest.mark.kubectl

NODES = "0/3 nodes are available: "


class Slots:
    """A resource of a name of its own, of which one worker has three."""

    def __init__(self, kubectl):
        self.kubectl, self.resource = kubectl, f"example.com/{kubectl.namespace}"
        workers = [
            each["metadata"]["name"] for each in kubectl.all("nodes") if not each["spec"].get("taints")
        ]
        self.node = workers[0]
        self.classes = {name: f"{kubectl.namespace}-{name}" for name in ("low", "high", "polite")}

    def offer(self, amount):
        self._write({"capacity": {self.resource: amount}})
        eventually(lambda: self._allocatable() == amount)

    def take_back(self):
        self._write({"capacity": {self.resource: None}, "allocatable": {self.resource: None}})
        for name in self.classes.values():
            self.kubectl.ok("delete", "priorityclass", name, "--ignore-not-found")

    def _write(self, status):
        self.kubectl.api.patch("nodes", self.node, {"status": status}, subresource="status")

    def _allocatable(self):
        return self.kubectl.read("node", self.node)["status"]["allocatable"].get(self.resource)

    def pod(self, name, priority, slots=1, script=FOREVER, **spec):
        wanted = {"limits": {self.resource: str(slots)}, "requests": {self.resource: str(slots)}}
        made = pod(name, shell(script, resources=wanted), priorityClassName=self.classes[priority], **spec)
        made["metadata"]["labels"]["priority"] = priority
        return made


def priority_class(name, value, **more):
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name},
        "value": value,
        **more,
    }


@pytest.fixture
def slots(kubectl):
    """Three slots on one worker, and three priorities: low, high, and high without taking others' places."""
    made = Slots(kubectl)
    apply(
        kubectl,
        priority_class(made.classes["low"], 100),
        priority_class(made.classes["high"], 1000),
        priority_class(made.classes["polite"], 1000, preemptionPolicy="Never"),
    )
    made.offer("3")
    yield made
    kubectl.ok("delete", "pods", "--all", "--grace-period=0", "--force")
    made.take_back()


def running(kubectl, *names):
    wait_for(kubectl, "Ready", *(f"pod/{name}" for name in names))


def is_gone(kubectl, name):
    return eventually(lambda: kubectl.lacks("pod", name))


def test_a_pod_of_low_priority_makes_room(kubectl, slots):
    apply(kubectl, slots.pod("small", "low", 3))
    running(kubectl, "small")
    apply(kubectl, slots.pod("big", "high", 3))
    running(kubectl, "big")
    is_gone(kubectl, "small")
    big = kubectl.read("pod", "big")
    assert big["spec"]["nodeName"] == slots.node
    assert event(kubectl, "small", "Preempted") == f"Preempted by pod {uid_of(big)} on node {slots.node}"


def test_the_victim_says_why_it_goes_and_the_other_waits_with_a_promise(kubectl, slots):
    slow = "trap 'sleep 3; exit 0' TERM; echo up; sleep 1000 & wait"
    apply(kubectl, slots.pod("small", "low", 3, slow, terminationGracePeriodSeconds=20))
    running(kubectl, "small")
    eventually(lambda: kubectl.ok("logs", "small") == "up\n")
    apply(kubectl, slots.pod("big", "high", 3))
    eventually(lambda: kubectl.read("pod", "small")["metadata"].get("deletionTimestamp"))
    assert condition_of(kubectl.read("pod", "small"), "DisruptionTarget") == (
        "True",
        "PreemptionByScheduler",
        "default-scheduler: preempting to accommodate a higher priority pod",
    )
    eventually(lambda: kubectl.read("pod", "big")["status"].get("nominatedNodeName") == slots.node)
    assert kubectl.ok("get", "pod", "big", "-o", "wide", "--no-headers").split()[-2] == slots.node
    running(kubectl, "big")
    is_gone(kubectl, "small")


def test_the_message_names_the_missing_resource(kubectl, slots):
    apply(kubectl, slots.pod("small", "low", 3))
    running(kubectl, "small")
    apply(kubectl, slots.pod("big", "high", 3))
    running(kubectl, "big")
    assert event(kubectl, "big", "FailedScheduling") == (
        f"{NODES}1 node(s) had untolerated taint(s), 2 Insufficient {slots.resource}."
    )


def test_no_more_pods_go_than_must(kubectl, slots):
    apply(kubectl, *(slots.pod(f"small-{number}", "low") for number in range(3)))
    running(kubectl, "small-0", "small-1", "small-2")
    apply(kubectl, slots.pod("big", "high", 2))
    running(kubectl, "big")
    left = eventually(
        lambda: [p for p in kubectl.pods("priority=low") if "deletionTimestamp" not in p["metadata"]]
    )
    assert len(left) == 1


def test_a_budget_protects_its_pods_when_others_can_go(kubectl, slots):
    kept, free = slots.pod("kept", "low", 2), slots.pod("free", "low", 1)
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "kept"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}},
    }
    apply(kubectl, kept, free, budget)
    running(kubectl, "kept", "free")
    eventually(
        lambda: kubectl.read("poddisruptionbudget", "kept").get("status", {}).get("currentHealthy") == 1
    )
    apply(kubectl, slots.pod("big", "high", 1))
    running(kubectl, "big", "kept")
    is_gone(kubectl, "free")


def test_a_pod_that_takes_no_places_waits(kubectl, slots):
    apply(kubectl, slots.pod("small", "low", 3))
    running(kubectl, "small")
    apply(kubectl, slots.pod("big", "polite", 3))
    message = event(kubectl, "big", "FailedScheduling")
    assert message == (
        f"{NODES}1 node(s) had untolerated taint(s), 2 Insufficient {slots.resource}. "
        "no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never."
    )
    kubectl.ok("delete", "pod", "small")
    running(kubectl, "big")


def test_pods_of_the_same_priority_do_not_make_room(kubectl, slots):
    # Whether a node has any pod of lower priority is told, and others may have some there: so this test has one.
    apply(kubectl, slots.pod("bystander", "low", 0, nodeName=slots.node), slots.pod("first", "high", 3))
    running(kubectl, "bystander")
    running(kubectl, "first")
    apply(kubectl, slots.pod("second", "high", 3))
    message = event(kubectl, "second", "FailedScheduling")
    assert message == (
        f"{NODES}1 node(s) had untolerated taint(s), 2 Insufficient {slots.resource}. no new claims to deallocate, "
        f"preemption: 0/3 nodes are available: 1 Insufficient {slots.resource}, "
        "2 Preemption is not helpful for scheduling."
    )
    assert condition(kubectl.read("pod", "first"), "DisruptionTarget") is None
    assert event_messages(kubectl, "first", "Preempted") == []


def test_of_two_that_wait_the_one_of_high_priority_gets_the_room(kubectl, slots):
    apply(kubectl, slots.pod("first", "high", 3))
    running(kubectl, "first")
    apply(kubectl, slots.pod("late-low", "low", 3))
    event(kubectl, "late-low", "FailedScheduling")
    apply(kubectl, slots.pod("late-high", "high", 3))
    event(kubectl, "late-high", "FailedScheduling")
    kubectl.ok("delete", "pod", "first")
    running(kubectl, "late-high")
    # While the other one backs off after its failure, the low one may get the room for a moment, and is then taken away.
    others = [each for each in kubectl.all("pods") if name_of(each) == "late-low"]
    assert all("nodeName" not in each["spec"] or is_being_deleted(each) for each in others)
