"""Containers that run before the others, and those that start before and stay."""

import pytest

from .conftest import eventually
from .manifests import once, pod, shell
from .workloads import apply, condition_of, container_status, ended, wait_for, waiting_with

pytestmark = pytest.mark.kubectl


def status_column(kubectl, name):
    return kubectl.ok("get", "pod", name, "--no-headers").split()[2]


def test_init_containers_run_one_after_the_other_before_the_rest(kubectl):
    init = [shell("true", "fetch"), shell("true", "unpack")]
    apply(kubectl, once("shop", "true", initContainers=init))
    item = ended(kubectl, "shop")
    assert item["status"]["phase"] == "Succeeded"
    fetch, unpack = (
        container_status(item, name, "initContainerStatuses")["state"]["terminated"]
        for name in ("fetch", "unpack")
    )
    main = container_status(item, "main")["state"]["terminated"]
    assert fetch["finishedAt"] <= unpack["startedAt"]
    assert unpack["finishedAt"] <= main["startedAt"]


def test_a_pod_whose_init_container_runs_is_not_initialized(kubectl):
    apply(kubectl, pod("shop", initContainers=[shell(name="fetch")]))
    eventually(lambda: status_column(kubectl, "shop") == "Init:0/1")

    def initialized():
        return condition_of(kubectl.read("pod", "shop"), "Initialized") == (
            "False",
            "ContainersNotInitialized",
            "containers with incomplete status: [fetch]",
        )

    eventually(initialized)
    assert waiting_with(kubectl, "shop", "PodInitializing")
    assert kubectl.read("pod", "shop")["status"]["phase"] == "Pending"


def test_a_failed_init_container_fails_a_pod_that_never_restarts(kubectl):
    apply(kubectl, once("shop", "true", initContainers=[shell("exit 4", "fetch")]))
    item = ended(kubectl, "shop")
    assert item["status"]["phase"] == "Failed"
    assert status_column(kubectl, "shop") == "Init:Error"
    assert container_status(item, "main")["state"] == {"waiting": {"reason": "PodInitializing"}}


def test_a_failing_init_container_is_tried_again(kubectl):
    apply(kubectl, pod("shop", initContainers=[shell("exit 4", "fetch")]))
    eventually(lambda: status_column(kubectl, "shop") == "Init:CrashLoopBackOff")
    item = kubectl.read("pod", "shop")
    assert container_status(item, "fetch", "initContainerStatuses")["restartCount"] >= 1


def test_a_sidecar_starts_before_the_main_program_and_does_not_hold_its_end(kubectl):
    sidecar = shell(name="proxy", restartPolicy="Always")
    apply(kubectl, once("shop", "true", initContainers=[sidecar]))
    item = ended(kubectl, "shop")
    assert item["status"]["phase"] == "Succeeded"
    proxy = container_status(item, "proxy", "initContainerStatuses")["state"]["terminated"]
    main = container_status(item, "main")["state"]["terminated"]
    assert proxy["startedAt"] <= main["startedAt"]
    assert main["finishedAt"] <= proxy["finishedAt"]


def test_a_sidecar_counts_among_the_ready_containers(kubectl):
    apply(kubectl, pod("shop", initContainers=[shell(name="proxy", restartPolicy="Always")]))
    wait_for(kubectl, "Ready", "pod/shop")
    assert kubectl.ok("get", "pod", "shop", "--no-headers").split()[1] == "2/2"
