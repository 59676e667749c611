"""What the cells of the lesson on Deployments say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.deployments import NO_OUTAGE
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-deployments"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

NAME = "04-deployments.ipynb"


def test_its_cells_say_what_the_prose_promises(copy):
    said = run(copy / NAME)
    assert "3 pods, 3 ready" not in said["view"], "the view comes before the first pod"
    assert said["apply"].split() == ["deployment.apps/web-app", "created", "service/web-service", "created"]
    assert "deployment.apps/web-app scaled" in said["scale"]
    for cell in ("update", "broken"):
        assert said[cell].strip() == "deployment.apps/web-app image updated"
    assert "12 requests" in said["ask-first"]
    # A request may be lost here: the example has no readiness probe, so a pod is Ready before it listens.
    assert "version 1.0 from web-app-" in said["ask-first"]
    assert "no prediction recorded" in said["compare-recovery"]
    assert " s" in said["compare-recovery"]
    assert "Measured   3" in said["compare-after-delete"]
    assert "5 pods, 5 ready" in said["scale-print"]
    assert "version 3.0" in said["update-ask"]
    assert "timed out waiting for the condition" in said["broken-status"]
    assert "ImagePull" in said["broken-pods"]
    assert "version 9.9" not in said["broken-ask"]
    assert "Measured   most old pods go on" in said["compare-bad-version"]
    assert "version 3.0" in said["undo-ask"]
    assert "Not started" in said["exercise-check"]
    assert "Hint" in said["exercise-hint"]
    assert "kubectl" not in said["exercise-solution"]


def test_solved_it_passes_with_measured_numbers_and_it_can_be_repeated(copy):
    turn = "\n".join(f"!kubectl {' '.join(command)}" for command in NO_OUTAGE.solution.commands)
    for _ in range(2):
        said = run(copy / NAME, turns={"exercise-turn": turn})
        assert "Passed" in said["exercise-check"], said["exercise-check"]
        assert "requests were lost during your rollout" in said["exercise-check"]
        assert "kubectl set image" in said["exercise-solution"]
