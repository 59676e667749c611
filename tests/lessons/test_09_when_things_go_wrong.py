"""What the cells of the lesson on faults say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.maintenance import MAINTENANCE, MARK
from kubetutor.course.when_things_go_wrong import TAKE_IT_BACK
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-when-things-go-wrong"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
BUSIEST = "{busiest}"


def test_its_cells_say_what_the_prose_promises_and_both_exercises_pass(copy, cluster):
    find = "busiest = max(view.snapshot().nodes, key=lambda node: len(node.pods)).name\n"
    turns = {
        "exercise-turn": lines(TAKE_IT_BACK),
        "exercise2-turn": find + lines(MAINTENANCE).replace("{worker}", BUSIEST),
    }
    said = run(copy / "09-when-things-go-wrong.ipynb", turns=turns)
    assert "Measured   the same pod, with a new container" in said["compare-crash"]
    assert " s" in said["compare-node"]
    assert "not measured yet" not in said["compare-node"]
    assert said["node-pods"].count("Running") >= 4
    assert "4 Ready after" in said["undo-wait"]
    for cell in ("crash", "node", "update", "broken"):
        assert "requests to web-service were lost" in said[f"{cell}-requests"]
    assert "condition met" in said["node-ready"]
    assert "Measured   it stays at 4 pods" in said["compare-spike"]
    assert "condition met" in said["autoscaler-wait"]
    assert "Measured   3" in said["compare-fewest"]
    assert "Measured   old pods go on, and it stays so" in said["compare-broken"]
    assert "system-node-critical" in said["priorities"]
    assert "Passed" in said["exercise-check"], said["exercise-check"]
    assert "Passed" in said["exercise2-check"], said["exercise2-check"]
    assert "opened for pods again" in said["clean-up"]
    nodes = cluster.api.list("nodes")
    assert not [node for node in nodes if node["spec"].get("unschedulable")], "nodes are as they were"
    assert not [node for node in nodes if MARK in node["metadata"]["labels"]]


def lines(exercise):
    return "\n".join(f"!kubectl {' '.join(command)}" for command in exercise.solution.commands)
