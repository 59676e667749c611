"""What the cells of the lesson on pods say, run from top to bottom on a live cluster."""

import re

import pytest

from kubetutor.course.pods_kitchen import TWO_IN_ONE
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-pods"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_its_cells_say_what_the_prose_promises_and_the_kitchen_passes(copy):
    write = f"open('my-kitchen.yaml', 'w').write({TWO_IN_ONE.solution.files['my-kitchen.yaml']!r})"
    turn = [write, *(f"!kubectl {' '.join(command)}" for command in TWO_IN_ONE.solution.commands)]
    said = run(copy / "03-pods.ipynb", turns={"kitchen-turn": "\n".join(turn)})
    assert "wanted: my-app:1.0" in said["spec"]
    assert "is so:  Running" in said["spec"]
    assert "Started" in said["describe"]
    assert "listens on port 3000" in said["log"]
    assert said["exec"].split() == ["web", "1.0"]
    assert '"pod": "web"' in said["request"]
    assert "Measured   the same pod starts its container again" in said["compare-after-crash"]
    assert "crashing as asked" in said["crash-previous"]
    assert "condition met" in said["broken-wait"]
    assert re.search(r"broken +0/1 +CrashLoopBackOff|broken +./1 +(Running|Error) +[1-9]", said["broken-get"])
    assert "cannot open database" in said["broken-log"]
    assert "2/2" in said["team-get"]
    assert said["team-log"].strip() == "today: soup"
    assert "Measured   it runs on, and is not Ready" in said["compare-while-closed"]
    assert "0/1" in said["closed-get"]
    assert "Liveness probe failed" in said["stuck-events"]
    assert "Measured   it is gone, and stays gone" in said["compare-after-delete"]
    assert "Not started" in said["exercise-check"]
    assert "Passed" in said["kitchen-check"], said["kitchen-check"]
