"""Every lesson, run from top to bottom on a live cluster by nbval, as anybody may run it."""

import importlib.metadata
import json
import os
import subprocess
import sys

import pytest

from kubetutor.course import catalogue
from tests.lessons.conftest import LESSONS

pytestmark = [
    pytest.mark.lesson,
    pytest.mark.both,
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def marks_of(lesson):
    group = pytest.mark.xdist_group(f"lesson-{lesson.slug}")
    return [group, pytest.mark.alone] if lesson.changes_nodes else [group]


@pytest.fixture(
    params=[pytest.param(lesson, id=lesson.slug, marks=marks_of(lesson)) for lesson in catalogue.lessons()]
)
def lesson(request):
    return request.param


def test_it_runs_as_saved_and_no_untouched_exercise_passes(lesson, copy, cluster, tmp_path):
    """Nbval runs it, as anybody may, and compares the outputs that are stable."""
    notebook, said = f"{catalogue.stem(lesson.slug)}.ipynb", tmp_path / "said.json"
    telling = ("-p", "tests.lessons.what_cells_said", "--said", said)
    done = nbval("--nbval", "--kubetutor-running", cluster.name, *telling, notebook, folder=copy)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    texts = json.loads(said.read_text(encoding="utf-8")).values()
    checks = [text for text in texts if text.lstrip().startswith(("○", "◐", "✓"))]
    assert len(checks) == len(lesson.exercises), checks
    assert all("Not started" in text for text in checks)


def test_from_the_root_pytest_finds_all_of_them():
    done = nbval("--nbval-lax", "--collect-only", "lessons/", folder=LESSONS.parent)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert all(
        f"lessons/{catalogue.stem(lesson.slug)}.ipynb" in done.stdout for lesson in catalogue.lessons()
    )


def nbval(*arguments, folder):
    """Run pytest on notebooks as anybody may, with the plugin that is installed, or else with ours of this checkout."""
    installed = any(point.name == "kubetutor" for point in importlib.metadata.entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "kubetutor.testing.plugin")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *arguments]
    env = {**os.environ, "PYTHONPATH": str(LESSONS.parent)}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=600, check=False
    )
