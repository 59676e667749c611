"""What the cells of the lesson on services say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.service_exercises import SWITCH
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-services"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_its_cells_say_what_the_prose_promises_and_the_switch_passes(copy):
    turn = "\n".join(f"!kubectl {' '.join(command)}" for command in SWITCH.solution.commands)
    said = run(copy / "05-services.ipynb", turns={"switch-turn": turn})
    assert "my-app 1.0 on pod web-app-" in said["ask-name"]
    assert "my-app 1.0 on pod web-app-" in said["ask-again"]
    assert said["shares"].count(" answers, ") == 3
    assert "LoadBalancer" in said["kinds-get"]
    assert "6 requests" in said["ask-public"]
    assert "Measured   kubernetes.default" in said["compare-names"]
    assert "Measured   it is accepted, and nobody answers" in said["compare-typo"]
    assert "Not started" in said["mend-check"]
    assert "Passed" in said["switch-check"], said["switch-check"]
    assert "kubectl set selector" in said["switch-solution"]
