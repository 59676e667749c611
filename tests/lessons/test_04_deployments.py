"""The lesson on Deployments, run from top to bottom on a live cluster."""

import pathlib
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from kubetutor.course.deployments import NO_OUTAGE

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-deployments"),  # a lesson has one namespace on a cluster
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

LESSONS = pathlib.Path(__file__).parents[2] / "lessons"
NAME = "04-deployments.ipynb"


@pytest.fixture
def copy(tmp_path, monkeypatch, cluster):
    """A copy of the lessons, and an environment in which a kernel finds the cluster and this checkout."""
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(LESSONS.parent))
    monkeypatch.setenv("KUBETUTOR_HOME", str(cluster.kubeconfig.parents[2]))
    shutil.copytree(LESSONS, tmp_path / "lessons")
    return tmp_path / "lessons"


def run(copy, *, turn="# your turn"):
    """Run the lesson with `turn` in the learner's cell; answer the text of each code cell by its id."""
    notebook = nbformat.read(copy / NAME, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == "exercise-turn")
    cell.source = turn
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(copy)}}
    ).execute()
    return {cell.id: text_of(cell) for cell in notebook.cells if cell.cell_type == "code"}


def text_of(cell):
    parts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "".join(parts)


def test_untouched_it_runs_and_the_exercise_does_not_pass(copy):
    said = run(copy)
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
        said = run(copy, turn=turn)
        assert "Passed" in said["exercise-check"], said["exercise-check"]
        assert "requests were lost during your rollout" in said["exercise-check"]
        assert "kubectl set image" in said["exercise-solution"]


def test_nbval_passes(copy):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-cell-timeout=120",
        "-q",
        "-p",
        "no:cacheprovider",
        NAME,
    ]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
