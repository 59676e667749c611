"""What happens to a container that ends, by restart policy."""

import re

import pytest

from .conftest import eventually
from .manifests import pod, python, shell
from .workloads import apply, container_status, ended, event, waiting_with

pytestmark = pytest.mark.kubectl


def status_of(kubectl, name="worker"):
    return container_status(kubectl.read("pod", name))


def restarted(kubectl):
    """Wait for the first restart; answer the status of the container."""

    def status():
        found = status_of(kubectl)
        return found["restartCount"] >= 1 and found

    return eventually(status)


def test_always_restarts_a_program_that_ended_well(kubectl):
    apply(kubectl, pod("worker", shell("true")))
    last = restarted(kubectl)["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (0, "Completed")
    assert kubectl.read("pod", "worker")["status"]["phase"] == "Running"


def test_the_last_state_tells_how_the_run_before_ended(kubectl):
    apply(kubectl, pod("worker", shell("exit 42")))
    last = restarted(kubectl)["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (42, "Error")
    assert re.fullmatch(r"\w+://[0-9a-f]{64}", last["containerID"])


def test_a_program_over_its_memory_limit_is_killed_and_says_so(kubectl):
    hungry = python(
        "basket = bytearray(200_000_000); import time; time.sleep(1000)",
        resources={"limits": {"memory": "64Mi"}},
    )
    apply(kubectl, pod("worker", hungry))
    last = restarted(kubectl)["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (137, "OOMKilled")


def test_on_failure_runs_again_until_the_program_succeeds(kubectl):
    name = {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}
    script = 'f=/dev/shm/$POD; if [ -e "$f" ]; then rm "$f"; exit 0; fi; touch "$f"; exit 1'
    apply(kubectl, pod("worker", shell(script, env=[name]), restartPolicy="OnFailure"))
    item = ended(kubectl, "worker")
    assert item["status"]["phase"] == "Succeeded"
    status = container_status(item)
    assert (status["restartCount"], status["lastState"]["terminated"]["exitCode"]) == (1, 1)


def test_on_failure_leaves_a_program_that_ended_well(kubectl):
    apply(kubectl, pod("worker", shell("true"), restartPolicy="OnFailure"))
    item = ended(kubectl, "worker")
    assert (item["status"]["phase"], container_status(item)["restartCount"]) == ("Succeeded", 0)


def test_a_program_that_ends_again_and_again_waits_longer_each_time(kubectl):
    apply(kubectl, pod("worker", shell("exit 1")))
    message = waiting_with(kubectl, "worker", "CrashLoopBackOff")
    uid = kubectl.read("pod", "worker")["metadata"]["uid"]
    whole = rf"back-off \d+s restarting failed container=main pod=worker_{kubectl.namespace}\({uid}\)"
    assert re.fullmatch(whole, message)
    assert event(kubectl, "worker", "BackOff") == (
        f"Back-off restarting failed container main in pod worker_{kubectl.namespace}({uid})"
    )


def test_a_crashing_pod_shows_its_restarts_in_the_table(kubectl):
    apply(kubectl, pod("worker", shell("exit 1")))
    waiting_with(kubectl, "worker", "CrashLoopBackOff")
    line = kubectl.ok("get", "pod", "worker", "--no-headers")
    assert re.match(r"worker\s+0/1\s+CrashLoopBackOff\s+\d+ \(\d+s ago\)\s+\d+s", line)


def test_one_container_restarts_and_its_neighbour_runs_on(kubectl):
    apply(kubectl, pod("worker", shell("exit 1", "unsteady"), shell(name="steady")))

    def counts():
        item = kubectl.read("pod", "worker")
        return {name: container_status(item, name)["restartCount"] for name in ("unsteady", "steady")}

    eventually(lambda: counts()["unsteady"] >= 1)
    assert counts()["steady"] == 0


def test_the_log_of_the_run_before_can_be_read(kubectl):
    apply(kubectl, pod("worker", shell("echo run of $HOSTNAME; exit 1")))
    restarted(kubectl)
    eventually(lambda: kubectl("logs", "worker", "--previous").out == "run of worker\n")


def test_a_run_before_the_first_has_no_log(kubectl):
    apply(kubectl, pod("worker"))
    kubectl.ok("wait", "--for=condition=Ready", "pod/worker", "--timeout=25s")
    answer = kubectl("logs", "worker", "--previous")
    assert answer.code == 1
    assert answer.err == (
        'Error from server (BadRequest): previous terminated container "main" in pod "worker" not found\n'
    )
