"""What the cells of the lesson on managed clusters say, run from top to bottom on a live cluster."""

import re

import pytest

from kubetutor.course.key_for_a_colleague import A_KEY
from kubetutor.course.same_for_less import SAME_FOR_LESS
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-managed"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def cell(exercise):
    return "\n".join(f"!kubectl {' '.join(command)}" for command in exercise.solution.commands)


def test_its_cells_say_what_the_prose_promises_and_both_solutions_pass(copy):
    turns = {"exercise-1-turn": cell(A_KEY), "exercise-2-turn": cell(SAME_FOR_LESS)}
    said = run(copy / "12-managed.ipynb", turns=turns)
    assert "version 1.0 from web-app-" in said["first-ask"]
    assert "kube-apiserver" in said["system-pods"]
    assert re.search(r"Load balancers +\d+: (.*, )?web-service\b", said["bill"])
    assert "Measured   " in said["compare-share"]
    assert "(default)" in said["classes"]
    assert "certificate-authority-data" in said["context"]
    assert "system:serviceaccount:lesson-managed:student" in said["whoami"]
    assert said["can-i"].split()[:2] == ["yes", "yes"]
    assert "Measured   list the nodes" in said["compare-key"]
    assert "web-app" in said["through-key"]
    assert "Forbidden" in said["error"]
    assert "takes you for system:serviceaccount:lesson-managed:student" in said["up"]
    assert "You may not list nodes" in said["up"]
    assert "Our copy of the context 'student' is removed" in said["down"]
    for number in (1, 2):
        assert "Passed" in said[f"exercise-{number}-check"], said[f"exercise-{number}-check"]
