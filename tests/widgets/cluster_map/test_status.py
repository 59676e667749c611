"""kubectl's STATUS, READY and RESTARTS with init containers, sidecars and many containers."""

import pytest

from kubetutor.widgets.cluster_map.status import containers_in_words, is_failure, pod_status

DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}
RUNS = {"running": {}}
WAITS = {"waiting": {"reason": "PodInitializing"}}


def pod(containers, inits=(), *, phase="Pending", sidecars=(), **more):
    """`containers` and `inits` are states; a container that runs is ready."""

    def statuses(prefix, states):
        return [
            {"name": f"{prefix}{number}", "state": state, "ready": "running" in state, "restartCount": number}
            for number, state in enumerate(states)
        ]

    init_statuses = statuses("init", inits)
    for entry in init_statuses:
        entry["started"] = entry["name"] in sidecars and "running" in entry["state"]
    return {
        "metadata": more.get("metadata", {}),
        "spec": {
            "containers": [{"name": f"main{number}"} for number in range(len(containers))],
            "initContainers": [
                {"name": f"init{number}", **({"restartPolicy": "Always"} if f"init{number}" in sidecars else {})}
                for number in range(len(inits))
            ],
        },
        "status": {
            "phase": phase, "containerStatuses": statuses("main", containers),
            "initContainerStatuses": init_statuses, "conditions": more.get("conditions", []),
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("made", "word", "ready"),
    [
        (pod([WAITS], [RUNS, {}]), "Init:0/2", "0/1"),
        (pod([WAITS], [DONE, RUNS]), "Init:1/2", "0/1"),
        (pod([WAITS], [DONE, {"waiting": {"reason": "CrashLoopBackOff"}}]), "Init:CrashLoopBackOff", "0/1"),
        (pod([WAITS], [{"terminated": {"exitCode": 3}}]), "Init:ExitCode:3", "0/1"),
        (pod([WAITS], [{"terminated": {"signal": 9}}]), "Init:Signal:9", "0/1"),
        (pod([WAITS], [DONE]), "PodInitializing", "0/1"),
        (pod([RUNS], [RUNS], phase="Running", sidecars=["init0"]), "Running", "2/2"),
        (pod([DONE, RUNS], phase="Running"), "NotReady", "1/2"),
        (pod([RUNS] * 40, phase="Running"), "Running", "40/40"),
    ],
)
def test_kubectls_word(made, word, ready):
    said = pod_status(made)
    assert (said.word, f"{said.ready}/{said.containers}") == (word, ready)


def test_a_gated_pod_says_so():
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": "a gate"}
    said = pod_status(pod([], conditions=[gated]))
    assert (said.word, said.why) == ("SchedulingGated", "a gate")


def test_a_finished_pod_keeps_its_word_while_it_is_deleted():
    deleted = {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert pod_status(pod([DONE], phase="Succeeded", **deleted)).word == "Completed"
    assert pod_status(pod([RUNS], phase="Running", **deleted)).word == "Terminating"


def test_restarts_of_init_containers_count_only_while_they_run():
    assert pod_status(pod([WAITS], [DONE, RUNS])).restarts == 1
    assert pod_status(pod([RUNS, RUNS], [DONE, DONE], phase="Running")).restarts == 1


def test_of_many_containers_those_that_are_not_ready_are_named_and_not_all():
    said = containers_in_words(pod([RUNS] * 34 + [{"waiting": {"reason": "ErrImagePull"}}] * 6, [DONE]))
    assert said.startswith("34 of 40 ready; not ready: main34 (ErrImagePull), ")
    assert "2 more" in said
    assert said.endswith("1 to run first: init0 (Completed)")
    assert containers_in_words(pod([RUNS])) == ""


def test_a_failing_init_container_is_a_failure():
    assert is_failure("Init:CrashLoopBackOff")
    assert is_failure("Init:Error")
    assert not is_failure("Init:0/2")
