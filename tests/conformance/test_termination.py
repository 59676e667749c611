"""How a pod is told to end, and what happens when it does not."""

import subprocess

import pytest

from .conftest import eventually
from .manifests import FOREVER, pod, shell
from .workloads import apply, container_status, event, wait_field, wait_for, watching

pytestmark = pytest.mark.kubectl

DEAF = "trap '' TERM; echo up; while :; do sleep 0.2; done"  # a program that hears no SIGTERM


@pytest.fixture
def running(kubectl):
    def run(*containers, **spec):
        apply(kubectl, pod("shop", *containers, **spec))
        wait_for(kubectl, "Ready", "pod/shop")
        return kubectl

    return run


def delete_and_see(kubectl, *options):
    """Delete the pod; answer how it was when it went."""
    with watching(kubectl, "pods") as watch:
        kubectl.ok("delete", "pod", "shop", "--wait=false", *options)
        return watch.until_gone("shop")


def test_a_program_that_obeys_sigterm_ends_with_its_own_exit_code(running):
    kubectl = running(shell("trap 'exit 5' TERM; while :; do sleep 0.2; done"))
    terminated = container_status(delete_and_see(kubectl))["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (5, "Error")


def test_a_program_that_hears_no_sigterm_is_killed_after_its_grace(running):
    kubectl = running(shell(DEAF), terminationGracePeriodSeconds=1)
    terminated = container_status(delete_and_see(kubectl))["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (137, "Error")


def test_a_deletion_can_shorten_the_grace(running):
    kubectl = running(shell(DEAF), terminationGracePeriodSeconds=600)
    gone = delete_and_see(kubectl, "--grace-period=1")
    assert gone["metadata"]["deletionGracePeriodSeconds"] in {0, 1}
    assert container_status(gone)["state"]["terminated"]["exitCode"] == 137


def test_a_pod_on_its_way_out_shows_as_terminating(running):
    kubectl = running(shell(DEAF), terminationGracePeriodSeconds=600)
    kubectl.ok("delete", "pod", "shop", "--wait=false")
    item = kubectl.read("pod", "shop")
    assert item["metadata"]["deletionGracePeriodSeconds"] == 600
    assert item["metadata"]["deletionTimestamp"] > item["metadata"]["creationTimestamp"]
    assert kubectl.ok("get", "pod", "shop", "--no-headers").split()[1:3] == ["1/1", "Terminating"]
    kubectl.ok("delete", "pod", "shop", "--grace-period=0", "--force")


def test_a_forced_deletion_takes_the_pod_away_at_once(running):
    kubectl = running(shell(DEAF), terminationGracePeriodSeconds=600)
    answer = kubectl("delete", "pod", "shop", "--grace-period=0", "--force")
    assert answer.out == f'pod "shop" force deleted from {kubectl.namespace} namespace\n'
    assert "Immediate deletion does not wait for confirmation" in answer.err
    assert kubectl.lacks("pod", "shop")


def test_a_deletion_of_another_object_of_that_name_is_refused(running):
    kubectl = running()
    wrong = (
        '{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":'
        '"00000000-0000-4000-8000-000000000000"}}'
    )
    path = f"/api/v1/namespaces/{kubectl.namespace}/pods/shop"
    answer = kubectl("delete", "--raw", path, "-f", "-", stdin=wrong)
    assert answer.code == 1
    uid = kubectl.read("pod", "shop")["metadata"]["uid"]
    assert answer.err == (
        'Error from server (Conflict): Operation cannot be fulfilled on Pod "shop": the UID in the precondition '
        f"(00000000-0000-4000-8000-000000000000) does not match the UID in record ({uid}). "
        "The object might have been deleted and then recreated\n"
    )


def test_a_prestop_hook_runs_before_sigterm(running):
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "touch closing"]}}}
    script = "echo open; trap 'ls closing; exit 0' TERM; while :; do sleep 0.2; done"
    kubectl = running(shell(script, lifecycle=hook), terminationGracePeriodSeconds=10)
    argv = kubectl.argv("logs", "-f", "shop")
    with subprocess.Popen(argv, env=kubectl.environment, stdout=subprocess.PIPE, text=True) as logs:
        assert logs.stdout.readline() == "open\n"
        kubectl.ok("delete", "pod", "shop", "--wait=false")
        assert logs.stdout.read() == "closing\n"


def test_a_poststart_hook_that_fails_ends_the_container(kubectl):
    hook = {"postStart": {"exec": {"command": ["sh", "-c", "exit 9"]}}}
    apply(kubectl, pod("shop", shell(lifecycle=hook)))
    assert "PostStartHook" in event(kubectl, "shop", "FailedPostStartHook")
    eventually(lambda: container_status(kubectl.read("pod", "shop"))["restartCount"] >= 1)


def test_the_end_of_a_pod_is_told_in_an_event(running):
    kubectl = running()
    kubectl.ok("delete", "pod", "shop")
    assert event(kubectl, "shop", "Killing") == "Stopping container main"


def test_every_container_of_a_pod_is_told_to_end(running):
    kubectl = running(shell(FOREVER, "one"), shell(FOREVER, "two"), terminationGracePeriodSeconds=20)
    gone = delete_and_see(kubectl)
    for name in ("one", "two"):
        assert container_status(gone, name)["state"]["terminated"]["exitCode"] == 0


def test_the_message_that_a_program_leaves_is_in_its_terminated_state(kubectl):
    container = shell("echo 'no more paper' > /last-words; exit 1", terminationMessagePath="/last-words")
    apply(kubectl, pod("printer", container, restartPolicy="Never"))
    wait_field(kubectl, "pod/printer", "status.phase", "Failed")
    terminated = container_status(kubectl.read("pod", "printer"))["state"]["terminated"]
    assert terminated.get("message") == "no more paper\n"


def test_the_end_of_the_log_can_be_the_message_of_a_failure(kubectl):
    container = shell("echo 'no more ink'; exit 1", terminationMessagePolicy="FallbackToLogsOnError")
    apply(kubectl, pod("printer", container, restartPolicy="Never"))
    wait_field(kubectl, "pod/printer", "status.phase", "Failed")
    terminated = container_status(kubectl.read("pod", "printer"))["state"]["terminated"]
    assert terminated["message"] == "no more ink\n"


def test_the_message_goes_into_a_file_that_is_there_without_asking(kubectl):
    script = "echo 'in the log'; echo 'no more paper' > /dev/termination-log; exit 1"
    container = shell(script, terminationMessagePolicy="FallbackToLogsOnError")
    apply(kubectl, pod("printer", container, restartPolicy="Never"))
    wait_field(kubectl, "pod/printer", "status.phase", "Failed")
    terminated = container_status(kubectl.read("pod", "printer"))["state"]["terminated"]
    assert terminated["message"] == "no more paper\n"


def test_a_program_that_ends_well_may_leave_a_message_too(kubectl):
    apply(kubectl, pod("printer", shell("echo 12 pages > /dev/termination-log"), restartPolicy="Never"))
    wait_field(kubectl, "pod/printer", "status.phase", "Succeeded")
    terminated = container_status(kubectl.read("pod", "printer"))["state"]["terminated"]
    assert terminated["message"] == "12 pages\n"


def test_of_a_long_message_the_end_is_kept(kubectl):
    script = "seq 1 2000 > /dev/termination-log"
    apply(kubectl, pod("printer", shell(script), restartPolicy="Never"))
    wait_field(kubectl, "pod/printer", "status.phase", "Succeeded")
    message = container_status(kubectl.read("pod", "printer"))["state"]["terminated"]["message"]
    assert (len(message), message[-5:]) == (4096, "2000\n")
