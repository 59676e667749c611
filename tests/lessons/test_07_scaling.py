"""What the cells of the lesson on scaling say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.scaling import GROWS
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-scaling"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_its_cells_say_what_the_prose_promises_and_the_exercise_passes(copy):
    turn = "\n".join(f"!kubectl {' '.join(command)}" for command in GROWS.solution.commands)
    said = run(copy / "07-scaling.ipynb", turns={"exercise-turn": turn})
    assert "deployment.apps/web-app scaled" in said["scale"]
    assert said["scale-pods"].count("web-app-") == 3
    assert "Pending" in said["giant-pods"]
    assert "Insufficient cpu" in said["giant-events"]
    assert "Measured   the pod waits, and the others go on" in said["compare-giant"]
    assert "condition met" in said["grown"]
    assert "not measured yet" not in said["compare-up"]
    assert "cpu: " in said["hpa"]
    assert "web-app-" in said["top"]
    assert "condition met" in said["shrunk"]
    assert "not measured yet" not in said["compare-down"]
    assert "SuccessfulRescale" in said["events"]
    assert "Passed" in said["exercise-check"], said["exercise-check"]
    assert "kubectl autoscale" in said["exercise-solution"]
