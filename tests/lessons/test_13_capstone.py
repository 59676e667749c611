"""What the cells of the capstone say, run from top to bottom on a live cluster, with each exercise done."""

import pytest

from kubetutor.course.capstone import LESSON
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-capstone"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def turn_of(exercise):
    return "\n".join(f"!kubectl {' '.join(command)}" for command in exercise.solution.commands)


def test_its_cells_say_what_the_prose_promises_and_each_day_can_be_passed(copy):
    said = run(
        copy / "13-capstone.ipynb", turns={f"{each.slug}-turn": turn_of(each) for each in LESSON.exercises}
    )
    assert said["services"].count("my-app") + said["services"].count("front") > 2
    assert "8 requests" in said["ask-pay"]
    assert "0 lost" in said["ask-pay"]
    assert "0 lost" in said["ask-stock"]
    assert " s\n" in said["compare-recovery"] + "\n"
    assert "Measured   nobody answers" in said["compare-wrong-label"]
    for name in ("open", "change", "survive"):
        assert "Passed" in said[f"{name}-check"], said[f"{name}-check"]
    assert "each of the four services is answered by its own" in said["open-check"]
    assert "Grade " in said["change-check"]
    assert "Grade " in said["survive-check"]
