"""What the cells of the lesson on namespaces say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.namespace_access import ACCESS
from kubetutor.course.namespace_room import ROOM
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-namespaces"),  # a lesson has its namespaces once on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def typed(exercise):
    return "\n".join(f"!kubectl {' '.join(command)}" for command in exercise.solution.commands)


def test_its_cells_say_what_the_prose_promises_and_both_solutions_pass(copy):
    said = run(copy / "06-namespaces.ipynb", turns={"room-turn": typed(ROOM), "reporter-turn": typed(ACCESS)})
    for name in (
        "default",
        "kube-system",
        "kube-public",
        "kube-node-lease",
        "lesson-staging",
        "lesson-production",
    ):
        assert name in said["list"]
    assert said["staging"] == said["production"]
    assert "Measured   there are two of each name" in said["compare-same-names"]
    assert said["all"].count("deployment.apps/web-app") == 2
    answers = [line for line in said["reach"].splitlines() if line.startswith("my-app 1.0 on pod web-app-")]
    assert len(set(answers)) == 2, "one pod of each namespace answers"
    assert "Measured   yes" in said["compare-reach"]
    assert "Measured   3 pods" in said["compare-over-quota"]
    assert "exceeded quota: few" in said["over-why"]
    assert "cpu:50m" in said["limits-pod"]
    assert [line for line in said["can"].split() if line in {"yes", "no"}] == ["yes", "no", "no"]
    assert "cannot list resource" in said["refused"]
    assert "Passed" in said["room-check"], said["room-check"]
    assert "3 Ready pods within the quota" in said["room-check"]
    assert "Passed" in said["reporter-check"], said["reporter-check"]
    assert "kubectl set resources" in said["room-solution"]
    for name in ("lesson-namespaces", "lesson-staging", "lesson-production"):
        assert f"{name}" in said["clean-up"]
    assert "deleted with all that was in it" in said["clean-up"]
