"""Connecting to the program of a container itself: its output from now on, and its standard input."""

import subprocess

import pytest

from .conftest import eventually
from .manifests import NOWHERE, once, pod, shell
from .workloads import apply, ended, wait_for

pytestmark = pytest.mark.kubectl

# At the end it stays for a second: what a container says in its last moment does not always reach who is attached.
ASKS = 'echo ready; while read word; do echo "got $word"; echo "lost $word" >&2; done; echo over; sleep 1'


def test_input_is_handed_in_and_output_and_errors_come_back_apart(kubectl):
    apply(kubectl, pod("shop", shell(ASKS, stdin=True, stdinOnce=True), restartPolicy="Never"))
    wait_for(kubectl, "Ready", "pod/shop")
    answer = kubectl("attach", "-qi", "shop", stdin="salt\npepper\n")
    assert (answer.code, answer.out) == (0, "got salt\ngot pepper\nover\n")
    assert answer.err == "lost salt\nlost pepper\n"
    log = ended(kubectl, "shop") and kubectl.ok("logs", "shop")
    assert sorted(log.splitlines()) == sorted(
        ["ready", "got salt", "got pepper", "lost salt", "lost pepper", "over"]
    )


def test_input_that_is_not_once_only_leaves_the_program_waiting_for_more(kubectl):
    apply(kubectl, pod("shop", shell(ASKS, stdin=True), restartPolicy="Never"))
    wait_for(kubectl, "Ready", "pod/shop")
    for word in ("salt", "pepper"):
        attached = subprocess.Popen(
            kubectl.argv("attach", "-qi", "shop"),
            env=kubectl.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        attached.stdin.write(f"{word}\n")
        attached.stdin.flush()
        assert attached.stdout.readline() == f"got {word}\n"
        attached.kill()
        attached.communicate()
    assert kubectl.read("pod", "shop")["status"]["phase"] == "Running"


def test_output_comes_from_now_on(kubectl):
    apply(kubectl, pod("clock", shell("echo first; while true; do sleep 1; echo tick; done")))
    wait_for(kubectl, "Ready", "pod/clock")
    eventually(lambda: "tick" in kubectl.ok("logs", "clock"))
    attached = subprocess.Popen(
        kubectl.argv("attach", "-q", "clock"), env=kubectl.environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert attached.stdout.readline() == "tick\n"
    finally:
        attached.kill()
        attached.wait()
        attached.stdout.close()
    assert kubectl.read("pod", "clock")["status"]["containerStatuses"][0]["restartCount"] == 0


def test_what_cannot_be_attached_to_is_told(kubectl):
    apply(kubectl, once("done", "echo done"), pod("lost", nodeSelector=NOWHERE), pod("shop"))
    ended(kubectl, "done")
    wait_for(kubectl, "Ready", "pod/shop")
    for arguments, message in (
        (("done",), "error: cannot attach a container in a completed pod; current phase is Succeeded\n"),
        (("lost",), "error: unable to upgrade connection: pod lost does not have a host assigned\n"),
        (("none",), 'Error from server (NotFound): pods "none" not found\n'),
        (
            ("shop", "-c", "bar"),
            "error: cannot attach to the container: container bar is not valid for pod shop out of: main\n",
        ),
    ):
        answer = kubectl("attach", "-q", *arguments)
        assert (answer.code, answer.err) == (1, message)


def test_a_pod_can_be_run_for_one_command_with_input(kubectl):
    answer = kubectl(
        "run", "-qi", "--rm", "--restart=Never", "--image=busybox:1.36", "greet", "--", "cat", stdin="salt\n"
    )
    assert (answer.code, answer.out) == (0, "salt\n")
    assert kubectl.lacks("pod", "greet")


def test_a_pod_that_is_run_for_one_command_carries_its_exit_code(kubectl):
    script = "read word; echo got $word; exit 3"
    answer = kubectl(
        "run", "-i", "--rm", "--restart=Never", "--image=busybox:1.36", "greet", "--", "sh", "-c", script,
        stdin="salt\n",
    )  # fmt: skip
    assert answer.code == 3
    assert "got salt\n" in answer.out
    assert f'pod "greet" deleted from {kubectl.namespace} namespace\n' in answer.out
    assert f"pod {kubectl.namespace}/greet terminated (Error)\n" in answer.err
