"""Whose log is shown, and what is said when there is none yet."""

import re

import pytest

from .conftest import eventually
from .manifests import NOWHERE, once, pod, shell
from .workloads import apply, ended, wait_for, waiting_with

pytestmark = pytest.mark.kubectl


@pytest.fixture
def pair(kubectl):
    """A pod of two containers that have both had their say."""
    apply(
        kubectl, pod("pair", shell("echo first", "one"), shell("echo second", "two"), restartPolicy="Never")
    )
    ended(kubectl, "pair")
    return kubectl


def test_the_first_container_is_meant_when_none_is_named(pair):
    answer = pair("logs", "pair")
    assert answer.out == "first\n"
    assert answer.err == 'Defaulted container "one" out of: one, two\n'


def test_a_container_can_be_named(pair):
    assert pair.ok("logs", "pair", "-c", "two") == "second\n"


def test_a_container_that_is_not_there_is_refused(pair):
    answer = pair("logs", "pair", "-c", "three")
    assert answer.code == 1
    assert answer.err == "error: container three is not valid for pod pair out of: one, two\n"


def test_all_containers_can_be_shown_with_their_names(pair):
    lines = pair.ok("logs", "pair", "--all-containers", "--prefix").splitlines()
    assert sorted(lines) == ["[pod/pair/one] first", "[pod/pair/two] second"]


def test_the_end_of_a_log_and_its_times_can_be_asked_for(kubectl):
    apply(kubectl, once("job", "for n in 1 2 3 4 5; do echo line $n; done"))
    ended(kubectl, "job")
    assert kubectl.ok("logs", "job", "--tail=2") == "line 4\nline 5\n"
    (last,) = kubectl.ok("logs", "job", "--tail=1", "--timestamps").splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line 5", last)


def test_logs_of_several_pods_are_found_by_their_label(kubectl):
    labels = {"team": "checkout"}
    apply(
        kubectl,
        *(pod(name, shell(f"echo {name}"), labels=labels, restartPolicy="Never") for name in ("a", "b")),
    )
    for name in ("a", "b"):
        ended(kubectl, name)
    assert sorted(kubectl.ok("logs", "-l", "team=checkout").splitlines()) == ["a", "b"]


def test_a_pod_without_a_node_has_no_log(kubectl):
    apply(kubectl, pod("shop", nodeSelector=NOWHERE))
    wait_for(kubectl, "PodScheduled=False", "pod/shop")
    answer = kubectl("logs", "shop")
    assert (answer.code, answer.out) == (0, "")


def test_a_container_that_waits_to_start_has_no_log(kubectl):
    apply(kubectl, pod("shop", shell(image="my-app:9.9", imagePullPolicy="Never")))
    waiting_with(kubectl, "shop", "ErrImageNeverPull")
    answer = kubectl("logs", "shop")
    assert answer.code == 1
    assert answer.err == (
        'Error from server (BadRequest): container "main" in pod "shop" is waiting to start: ErrImageNeverPull\n'
    )


def test_a_log_can_be_followed_to_the_end_of_the_program(kubectl):
    apply(kubectl, once("job", "echo begun; sleep 1; echo done"))
    eventually(lambda: kubectl.read("pod", "job")["status"].get("containerStatuses"))
    eventually(lambda: kubectl.read("pod", "job")["status"]["phase"] != "Pending")
    assert kubectl.ok("logs", "-f", "job") == "begun\ndone\n"


def test_a_command_can_be_run_in_the_second_container(kubectl):
    apply(
        kubectl, pod("pair", shell(name="one"), shell(name="two", env=[{"name": "WHO", "value": "second"}]))
    )
    wait_for(kubectl, "Ready", "pod/pair")
    assert kubectl.ok("exec", "pair", "-c", "two", "--", "sh", "-c", "echo $WHO") == "second\n"
