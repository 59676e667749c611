"""What the cells of the lesson on alternatives say, run from top to bottom on a live cluster."""

import pytest

from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-alternatives"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_its_cells_say_what_the_prose_promises(copy):
    said = run(copy / "11-alternatives.ipynb")
    assert "12 requests" in said["first-ask"]
    assert "version 2.0 from web-" in said["first-ask"]
    assert "Cloud Run" in said["table"]
    assert "Measured   no answer at all" in said["compare-visitor"]
    assert "no answer" in said["visitor-log"]
    assert "80/TCP" in said["visitor-service"]
    assert "the shop is prepared" in said["job-log"]
    for number in (1, 2):
        assert "Not started" in said[f"exercise-{number}-check"]
        assert "kubectl" not in said[f"exercise-{number}-solution"]
