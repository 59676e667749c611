"""What the parts of the cluster say about what they do."""

import re

import pytest

from .conftest import eventually
from .manifests import NOWHERE, deployment, pod, shell
from .workloads import apply, event, event_messages, rolled_out, set_image, wait_for

pytestmark = pytest.mark.kubectl


def events_of(kubectl, name):
    chosen = f"involvedObject.name={name}"
    return kubectl.all("events", fields=chosen)


def one_event(kubectl, name, reason):
    return eventually(lambda: next((e for e in events_of(kubectl, name) if e["reason"] == reason), None))


def test_the_start_of_a_pod_is_told_step_by_step(kubectl):
    apply(kubectl, pod("shop"))
    wait_for(kubectl, "Ready", "pod/shop")
    told = {e["reason"]: e["message"] for e in events_of(kubectl, "shop")}
    node = kubectl.read("pod", "shop")["spec"]["nodeName"]
    assert told["Scheduled"] == f"Successfully assigned {kubectl.namespace}/shop to {node}"
    assert told["Pulled"] == (
        'Container image "busybox:1.36" already present on machine and can be accessed by the pod'
    )
    assert told["Created"] == "Container created"
    assert told["Started"] == "Container started"


def test_an_event_of_a_container_names_its_field_and_its_node(kubectl):
    apply(kubectl, pod("shop"))
    started = one_event(kubectl, "shop", "Started")
    item = kubectl.read("pod", "shop")
    assert started["involvedObject"] == {
        "apiVersion": "v1",
        "fieldPath": "spec.containers{main}",
        "kind": "Pod",
        "name": "shop",
        "namespace": kubectl.namespace,
        "resourceVersion": started["involvedObject"]["resourceVersion"],
        "uid": item["metadata"]["uid"],
    }
    assert started["source"] == {"component": "kubelet", "host": item["spec"]["nodeName"]}
    assert (started["reportingComponent"], started["type"], started["count"]) == ("kubelet", "Normal", 1)
    assert re.fullmatch(r"shop\.[0-9a-f]{16}", started["metadata"]["name"])


def test_an_event_of_the_scheduler_is_about_the_whole_pod(kubectl):
    apply(kubectl, pod("shop"))
    scheduled = one_event(kubectl, "shop", "Scheduled")
    # Its times and counts have the newer form or the older one, by what the scheduler found when it started.
    assert (scheduled["reportingComponent"], scheduled["type"]) == ("default-scheduler", "Normal")
    assert "fieldPath" not in scheduled["involvedObject"]


def test_a_rollout_is_told_in_steps_of_its_replica_sets(kubectl):
    apply(kubectl, deployment(1))
    rolled_out(kubectl)
    first = kubectl.all("replicasets")[0]["metadata"]["name"]
    assert event_messages(kubectl, "web", "ScalingReplicaSet") == [
        f"Scaled up replica set {first} from 0 to 1"
    ]
    set_image(kubectl, "my-app:2.0")
    rolled_out(kubectl)
    down = f"Scaled down replica set {first} from 1 to 0"
    eventually(lambda: down in event_messages(kubectl, "web", "ScalingReplicaSet"))


def test_an_event_that_comes_again_is_counted(kubectl):
    probe = {"exec": {"command": ["sh", "-c", "exit 1"]}, "periodSeconds": 1}
    apply(kubectl, pod("shop", shell(readinessProbe=probe)))

    def again():
        found = one_event(kubectl, "shop", "Unhealthy")
        return found["count"] >= 2 and found["firstTimestamp"] < found["lastTimestamp"]

    eventually(again)
    assert len([e for e in events_of(kubectl, "shop") if e["reason"] == "Unhealthy"]) == 1


def test_kubectl_events_shows_those_of_one_object(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE), pod("other", nodeSelector=NOWHERE))
    event(kubectl, "shop", "FailedScheduling")
    event(kubectl, "other", "FailedScheduling")
    lines = kubectl.ok("events", "--for", "pod/shop").splitlines()
    assert lines[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert [line.split()[1:4] for line in lines[1:]] == [["Warning", "FailedScheduling", "Pod/shop"]]


def test_kubectl_events_can_show_warnings_only(kubectl):
    apply(kubectl, pod("good"), pod("lost", nodeSelector=NOWHERE))
    wait_for(kubectl, "Ready", "pod/good")
    event(kubectl, "lost", "FailedScheduling")
    lines = kubectl.ok("events", "--types=Warning", "--no-headers").splitlines()
    assert {line.split()[3] for line in lines} == {"Pod/lost"}


def test_describe_ends_with_the_events_of_a_pod(kubectl):
    apply(kubectl, pod("shop"))
    wait_for(kubectl, "Ready", "pod/shop")
    text = kubectl.ok("describe", "pod", "shop")
    events = text[text.index("\nEvents:") :]
    assert [line.split()[1] for line in events.splitlines()[4:]] == [
        "Scheduled",
        "Pulled",
        "Created",
        "Started",
    ]


def test_events_outlive_the_pod_that_they_are_about(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    event(kubectl, "shop", "FailedScheduling")
    kubectl.ok("delete", "pod", "shop")
    assert event_messages(kubectl, "shop", "FailedScheduling")


def test_events_of_deleted_namespaces_go_with_them(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    event(kubectl, "shop", "FailedScheduling")
    kubectl.ok("delete", "namespace", kubectl.namespace, "--wait=false")
    eventually(lambda: kubectl.lacks("namespace", kubectl.namespace))
    assert kubectl("get", "events").err == f"No resources found in {kubectl.namespace} namespace.\n"
