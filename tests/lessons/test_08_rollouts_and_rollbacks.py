"""What the cells of the lesson on rollouts say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.rollout_exercises import NONE_LOST, TAKE_BACK
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-rollouts-and-rollbacks"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

NAME = "08-rollouts-and-rollbacks.ipynb"


def typed(attempt):
    """Answer what a learner types for an attempt: its files, then its commands."""
    files = [f"open({name!r}, 'w').write({text!r})" for name, text in attempt.files.items()]
    return "\n".join([*files, *(f"!kubectl {' '.join(command)}" for command in attempt.commands)])


def test_its_cells_say_what_the_prose_promises_and_the_exercises_pass(copy):
    turns = {"none-lost-turn": typed(NONE_LOST.solution), "take-back-turn": typed(TAKE_BACK.solution)}
    said = run(copy / NAME, turns=turns)
    assert "requests to web-service were lost" in said["recreate-requests"]
    assert not said["recreate-requests"].startswith("0 of"), "all pods stopped: nobody can have answered"
    assert " s" in said["compare-silence"].partition("Measured")[2]
    assert "Measured   none" in said["compare-lost"], said["rolling-requests"]
    assert said["rolling-requests"].startswith("0 of "), said["rolling-requests"]
    assert "from version 2.0" in said["rolling-requests"]
    assert "from version 3.0" in said["rolling-requests"]
    assert "exceeded its progress deadline" in said["broken-status"]
    assert "ProgressDeadlineExceeded" in said["broken-conditions"]
    assert said["broken-requests"].startswith("0 of "), said["broken-requests"]
    assert "Measured   most old pods go on, and it stays so" in said["compare-broken"]
    assert "REVISION" in said["history"]
    assert "my-app:2.0" in said["history-two"]
    assert "successfully rolled out" in said["undo-status"]
    assert said["undo-requests"].startswith("0 of "), said["undo-requests"]
    assert "Passed" in said["none-lost-check"], said["none-lost-check"]
    assert "Passed" in said["take-back-check"], said["take-back-check"]
    assert "kubectl rollout undo" in said["take-back-solution"]
