"""What the cells of the lesson on kubectl say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.kubectl import FIND
from kubetutor.course.kubectl_drills import GROW, MEND
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-kubectl"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_its_cells_say_what_the_prose_promises_and_its_drills_keep_a_time(copy):
    turns = {
        f"{drill.slug}-turn": "\n".join(
            f"!kubectl {' '.join(quoted(word) for word in command)}" for command in drill.solution.commands
        )
        for drill in (FIND, GROW, MEND)
    }
    said = run(copy / "10-kubectl.ipynb", turns=turns)
    assert "3/3" in said["list-deployments"]
    assert said["list-label"].count("pod/web-") == 3
    assert "service/web" in said["list-label"]
    assert "FIELD: replicas" in said["explain"]
    assert "Events:" in said["describe"]
    assert "GET /healthz" in said["logs"] or "listens on port 3000" in said["logs"]
    assert said["exec"].split()[0] == "1.0"
    assert "6 requests to http://127.0.0.1:" in said["forward"]
    assert "6 times" in said["forward"], "one pod gives all answers"
    assert "+  replicas: 3" in said["diff"]
    assert "configured (server dry run)" in said["dry-run"]
    assert "kind: Deployment" in said["generate"]
    assert "rolled back" in said["undo"]
    assert 'unknown field "spec.replica"' in said["typo"]
    assert "Measured   it refuses, and nothing is made" in said["compare-typo"]
    assert " s" in said["compare-scale"]
    for drill in (FIND, GROW, MEND):
        assert "Passed" in said[f"{drill.slug}-check"], said[f"{drill.slug}-check"]
        assert "Your time: " in said[f"{drill.slug}-check"]
    assert "not measured yet" not in said["compare-drill"]


def quoted(word):
    """Write a word of a command as a learner would in a cell, where `{` and spaces have a meaning of their own."""
    return f"'{word}'".replace("{", "{{").replace("}", "}}") if set(word) & set("{} ") else word
