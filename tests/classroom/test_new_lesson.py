"""From `kubetutor new-lesson` to a lesson that is proven: as its author does it, on live clusters."""

import os
import pathlib
import subprocess
import sys

import pytest
from click.testing import CliRunner

from kubetutor.cli import cli
from tests.testing.test_plugin import pytest_in

ROOT = pathlib.Path(__file__).parents[2]
VALIDATE = ROOT / ".github" / "actions" / "validate-lessons" / "validate"

pytestmark = pytest.mark.kubectl


def put_on_path(folder, **commands):
    for name, words in commands.items():
        (folder / name).write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} {words} "$@"\n')
        (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_a_new_lesson_passes_the_action_and_its_own_tests_untouched(tmp_path, monkeypatch, cluster):
    made = CliRunner().invoke(cli, ["new-lesson", "coffee-shop", "--folder", str(tmp_path / "lessons")])
    assert made.exit_code == 0, made.output
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", put_on_path(tmp_path / "bin", kubetutor="-m kubetutor", python=""))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p kubetutor.testing.plugin" * ("kubetutor" not in plugins()))
    command = [VALIDATE, tmp_path / "lessons", "embedded", "--once"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "10 cases proven in " in done.stdout
    assert "17 passed" in done.stdout
    here = ("--kubetutor-running", cluster.name, "-k", "closed")
    tests = pytest_in(tmp_path / "lessons", *here)
    assert tests.returncode == 0, tests.stdout
    assert "1 passed" in tests.stdout


def plugins():
    import importlib.metadata

    return {point.name for point in importlib.metadata.entry_points(group="pytest11")}
