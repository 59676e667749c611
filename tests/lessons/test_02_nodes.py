"""What the cells of the lesson on nodes say, run from top to bottom on a live cluster."""

import pytest

from kubetutor.course.node_repair import FOR_REPAIR
from tests.lessons.running import run

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.alone,
    pytest.mark.xdist_group("lesson-nodes"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_its_cells_say_what_the_prose_promises_and_the_nodes_are_as_before(copy, cluster):
    write = f"open('my-web.yaml', 'w').write({FOR_REPAIR.solution.files['my-web.yaml']!r})"
    turn = [write, *(f"!kubectl {' '.join(command)}" for command in FOR_REPAIR.solution.commands)]
    said = run(copy / "02-nodes.ipynb", turns={"repair-turn": "\n".join(turn)})
    assert "Pending" in said["big-get"]
    assert "Insufficient cpu" in said["big-describe"]
    assert "Measured   it goes on there" in said["compare-label-gone"]
    assert "SchedulingDisabled" in said["drain-ready"]
    assert "requests to web-service were lost" in said["drain-requests"]
    assert "NotReady" not in said["power-cut"], "the cluster has not noticed yet"
    assert "Measured   for a while nobody answers" in said["compare-power-cut"]
    assert "Passed" in said["repair-check"], said["repair-check"]
    assert "Not started" in said["loss-check"]
    nodes = cluster.api.list("nodes")
    assert not any("rack" in node["metadata"]["labels"] for node in nodes)
    assert not any(node["spec"].get("unschedulable") for node in nodes)
