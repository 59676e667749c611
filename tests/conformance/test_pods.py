"""A pod's own life: its phases, conditions, ends, restarts and refusals."""

import json
import re

import pytest

from .conftest import eventually
from .manifests import NOWHERE, once, pod, shell, web
from .workloads import (
    apply,
    condition_of,
    container_status,
    create,
    ended,
    event,
    names,
    wait_field,
    wait_for,
    waiting_with,
)

pytestmark = pytest.mark.kubectl


def test_a_running_pod_has_its_conditions_all_true_and_in_order(kubectl):
    apply(kubectl, pod("shop"))
    wait_for(kubectl, "Ready", "pod/shop")
    conditions = kubectl.read("pod", "shop")["status"]["conditions"]
    assert [(item["type"], item["status"]) for item in conditions] == [
        ("PodReadyToStartContainers", "True"),
        ("Initialized", "True"),
        ("Ready", "True"),
        ("ContainersReady", "True"),
        ("PodScheduled", "True"),
    ]


def test_a_running_pod_tells_its_addresses_and_times(kubectl):
    apply(kubectl, pod("shop"))
    wait_for(kubectl, "Ready", "pod/shop")
    item = kubectl.read("pod", "shop")
    status = item["status"]
    assert status["phase"] == "Running"
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    node = kubectl.read("node", item["spec"]["nodeName"])
    internal = [entry["address"] for entry in node["status"]["addresses"] if entry["type"] == "InternalIP"]
    assert [status["hostIP"]] == internal
    assert status["startTime"] >= item["metadata"]["creationTimestamp"]
    container = container_status(item)
    assert container["started"] is container["ready"] is True
    assert re.fullmatch(r"\w+://[0-9a-f]{64}", container["containerID"])
    assert container["image"].endswith("busybox:1.36")
    assert list(container["state"]) == ["running"]


def test_a_pod_that_no_node_takes_stays_pending_and_says_why(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    wait_for(kubectl, "PodScheduled=False", "pod/shop")
    item = kubectl.read("pod", "shop")
    assert item["status"]["phase"] == "Pending"
    assert condition_of(item, "PodScheduled")[:2] == ("False", "Unschedulable")
    assert "nodeName" not in item["spec"]


def test_a_program_that_ends_well_leaves_a_succeeded_pod(kubectl):
    apply(kubectl, once("job", "echo packed"))
    item = ended(kubectl, "job")
    assert item["status"]["phase"] == "Succeeded"
    terminated = container_status(item)["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (0, "Completed")
    assert terminated["startedAt"] <= terminated["finishedAt"]
    assert condition_of(item, "Ready") == ("False", "PodCompleted", None)
    assert condition_of(item, "Initialized") == ("True", "PodCompleted", None)


def test_a_program_that_ends_badly_leaves_a_failed_pod_and_its_exit_code(kubectl):
    apply(kubectl, once("job", "exit 3"))
    item = ended(kubectl, "job")
    assert item["status"]["phase"] == "Failed"
    terminated = container_status(item)["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (3, "Error")
    assert condition_of(item, "Ready")[:2] == ("False", "PodFailed")
    assert container_status(item)["restartCount"] == 0


def test_get_pods_shows_how_finished_pods_ended(kubectl):
    apply(kubectl, once("good", "true"), once("bad", "false"))
    ended(kubectl, "good")
    ended(kubectl, "bad")
    rows = [line.split()[:4] for line in kubectl.ok("get", "pods", "--no-headers").splitlines()]
    assert rows == [["bad", "0/1", "Error", "0"], ["good", "0/1", "Completed", "0"]]


def test_the_pod_goes_on_while_one_of_its_containers_runs(kubectl):
    apply(kubectl, pod("pair", shell("true", "quick"), shell(), restartPolicy="Never"))
    eventually(
        lambda: "terminated" in container_status(kubectl.read("pod", "pair"), "quick")["state"],
        every=0.2,
    )
    wait_field(kubectl, "pod/pair", "status.phase", "Running")
    item = kubectl.read("pod", "pair")
    assert condition_of(item, "Ready") == (
        "False",
        "ContainersNotReady",
        "containers with unready status: [quick]",
    )
    assert kubectl.ok("get", "pod", "pair", "--no-headers").split()[1] == "1/2"


def test_one_failed_container_makes_the_ended_pod_a_failed_one(kubectl):
    apply(kubectl, pod("pair", shell("true", "good"), shell("exit 2", "bad"), restartPolicy="Never"))
    assert ended(kubectl, "pair")["status"]["phase"] == "Failed"


def test_a_pod_with_a_deadline_fails_when_it_is_over(kubectl):
    apply(kubectl, pod("slow", activeDeadlineSeconds=1))
    status = ended(kubectl, "slow")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert status["message"] == "Pod was active on the node longer than the specified deadline"


def test_a_generated_name_begins_with_its_prefix(kubectl):
    item = pod("shop", nodeSelector=NOWHERE)
    item["metadata"] = {"generateName": "shop-"}
    created = create(kubectl, item).out
    assert re.fullmatch(r"pod/shop-[bcdfghjklmnpqrstvwxz2456789]{5} created\n", created)


@pytest.mark.parametrize(
    ("resources", "wanted"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "10m"}}, "Burstable"),
        ({"limits": {"cpu": "10m", "memory": "32Mi"}}, "Guaranteed"),
    ],
)
def test_requests_and_limits_decide_the_quality_of_service(kubectl, resources, wanted):
    apply(kubectl, pod("shop", shell(resources=resources), nodeSelector=NOWHERE))
    item = kubectl.read("pod", "shop")
    assert item["status"]["qosClass"] == wanted
    if wanted == "Guaranteed":
        assert item["spec"]["containers"][0]["resources"]["requests"] == resources["limits"]


def test_most_of_a_pod_cannot_be_changed(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    changed = kubectl.read("pod", "shop")
    changed["spec"]["containers"][0]["command"] = ["sh", "-c", "echo other"]
    answer = kubectl("replace", "-f", "-", stdin=json.dumps(changed))
    assert answer.code == 1
    assert (
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
        in answer.err
    )


def test_a_new_image_of_a_bare_pod_restarts_its_container_in_place(kubectl):
    apply(kubectl, pod("shop", web()))
    wait_for(kubectl, "Ready", "pod/shop")
    uid = kubectl.read("pod", "shop")["metadata"]["uid"]
    kubectl.ok("set", "image", "pod/shop", "web=my-app:2.0")

    def restarted():
        item = kubectl.read("pod", "shop")
        status = container_status(item)
        assert item["metadata"]["uid"] == uid
        return status["restartCount"] == 1 and status["ready"] and status["image"].endswith("my-app:2.0")

    eventually(restarted)
    assert event(kubectl, "shop", "Killing") == "Container web definition changed, will be restarted"


def test_a_label_of_a_running_pod_can_be_changed(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    assert kubectl.ok("label", "pod", "shop", "team=checkout") == "pod/shop labeled\n"
    assert names(kubectl.pods("team=checkout")) == ["shop"]


def test_an_image_that_may_not_be_pulled_says_so(kubectl):
    apply(kubectl, pod("shop", shell(image="my-app:9.9", imagePullPolicy="Never")))
    assert waiting_with(kubectl, "shop", "ErrImageNeverPull") == (
        'Container image "my-app:9.9" is not present with pull policy of Never'
    )


def test_an_image_name_that_is_none_says_so(kubectl):
    apply(kubectl, pod("shop", shell(image="My App")))
    message = waiting_with(kubectl, "shop", "InvalidImageName")
    assert message.startswith(
        'Failed to apply default image tag "My App": couldn\'t parse image name "My App"'
    )


def test_a_missing_config_map_holds_the_container_until_it_is_there(kubectl):
    settings = {"configMapRef": {"name": "settings"}}
    apply(kubectl, pod("shop", shell(envFrom=[settings])))
    assert waiting_with(kubectl, "shop", "CreateContainerConfigError") == 'configmap "settings" not found'
    kubectl.ok("create", "configmap", "settings", "--from-literal=COLOUR=red")
    wait_for(kubectl, "Ready", "pod/shop")


def test_a_missing_key_of_a_secret_is_named(kubectl):
    kubectl.ok("create", "secret", "generic", "keys", "--from-literal=one=1")
    variable = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "two"}}}
    apply(kubectl, pod("shop", shell(env=[variable])))
    message = waiting_with(kubectl, "shop", "CreateContainerConfigError")
    assert message == f"couldn't find key two in Secret {kubectl.namespace}/keys"


def test_a_program_that_is_not_there_cannot_start(kubectl):
    apply(kubectl, pod("shop", shell(command=["no-such-program"]), restartPolicy="Never"))
    terminated = container_status(ended(kubectl, "shop"))["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (128, "StartError")
    assert 'exec: "no-such-program": executable file not found in $PATH' in terminated["message"]
