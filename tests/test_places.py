"""Binder and development containers: their files are right, and their commands run here."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
BINDER = ROOT / ".binder"
CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
LIFE_CYCLE = ("postCreateCommand", "postStartCommand")


def environment(home):
    scripts = pathlib.Path(sys.executable).parent
    return {**os.environ, "KUBETUTOR_HOME": str(home), "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}


def kubetutor_on_path(folder):
    """Put a command `kubetutor` there that runs this checkout."""
    script = folder / "kubetutor"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m kubetutor "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.mark.kubectl
def test_binder_starts_a_cluster_and_then_what_it_was_asked_to(tmp_path):
    home, commands = tmp_path / "home", tmp_path / "bin"
    commands.mkdir()
    env = environment(home)
    env["PATH"] = f"{kubetutor_on_path(commands)}{os.pathsep}{env['PATH']}"
    env.pop("KUBECONFIG", None)
    try:
        done = subprocess.run(
            [BINDER / "start", "kubectl", "get", "nodes", "-o", "name"],
            env=env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "node/kubetutor-control-plane" in done.stdout.splitlines()
    finally:
        subprocess.run([commands / "kubetutor", "down", "--all"], env=env, timeout=60, check=True)


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_binders_scripts_can_be_run_and_are_shell(name):
    assert os.access(BINDER / name, os.X_OK)
    subprocess.run(["bash", "-n", BINDER / name], check=True, timeout=10)


def test_binder_installs_this_checkout_with_a_python_that_it_supports():
    assert "pip install" in (BINDER / "postBuild").read_text().replace("python -m ", "")
    oldest = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text())[1]
    chosen = re.fullmatch(r"python-3\.(\d+)\n", (BINDER / "runtime.txt").read_text())[1]
    assert int(chosen) >= int(oldest)


def test_the_development_container_says_what_the_schema_knows():
    """Of devContainer.base.schema.json of github.com/devcontainers/spec: the properties that are used, and their forms."""
    forms = {
        "name": str, "image": str, "features": dict, "hostRequirements": dict, "postCreateCommand": str,
        "postStartCommand": str, "remoteEnv": dict, "forwardPorts": list, "portsAttributes": dict,
    }  # fmt: skip
    assert all(isinstance(value, forms[key]) for key, value in CONTAINER.items())
    needs = CONTAINER["hostRequirements"]
    assert isinstance(needs["cpus"], int)
    assert re.fullmatch(r"\d+([tgmk]b)?", needs["memory"])
    assert all(
        isinstance(port, int) and str(port) in CONTAINER["portsAttributes"]
        for port in CONTAINER["forwardPorts"]
    )
    known = {"label", "onAutoForward", "protocol", "requireLocalPort", "elevateIfNeeded"}
    assert all(set(port) <= known for port in CONTAINER["portsAttributes"].values())


@pytest.mark.parametrize("stage", LIFE_CYCLE)
def test_the_commands_of_the_development_container_exist(stage):
    for command in CONTAINER[stage].split(" && "):
        if command.startswith("make "):
            target = command.removeprefix("make ")
            subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True, timeout=30)
        else:
            words = command.removeprefix(".venv/bin/kubetutor ").split()
            asked = [sys.executable, "-m", "kubetutor", *words, "--help"]
            subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, timeout=30)
