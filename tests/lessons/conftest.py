"""A copy of the lessons to run, with the cluster of the tests in reach."""

import pathlib
import shutil

import pytest

LESSONS = pathlib.Path(__file__).parents[2] / "lessons"


@pytest.fixture
def copy(tmp_path, monkeypatch, cluster):
    """A copy of the lessons, and an environment in which a kernel finds the cluster and this checkout."""
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(LESSONS.parent))
    monkeypatch.setenv("KUBETUTOR_HOME", str(cluster.kubeconfig.parents[2]))
    shutil.copytree(LESSONS, tmp_path / "lessons")
    return tmp_path / "lessons"
