"""Which engine, does it answer, and what is said when it does not."""

import os
import shutil
import stat
import subprocess

import pytest

from kubetutor.cluster.kind import engine


def real_docker():
    """Answer the real command, if its engine answers; else skip."""
    command = shutil.which("docker")
    if command is None or subprocess.run([command, "version"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers on this machine")
    return command


def test_docker_comes_before_podman(stand_ins):
    stand_ins.engine("docker")
    stand_ins.engine("podman")
    assert engine.find_engine(os.environ).name == "docker"


def test_podman_is_used_where_it_is_the_only_one(stand_ins):
    stand_ins.engine("podman")
    found, answer = engine.find_answering(os.environ)
    assert (found.name, answer.why) == ("podman", "Podman 29.1.3 answers")


def test_kinds_own_variable_overrules_the_order(stand_ins, monkeypatch):
    stand_ins.engine("docker")
    stand_ins.engine("podman")
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "podman")
    assert engine.find_engine(os.environ).name == "podman"


def test_no_engine_at_all_is_told_with_what_to_install(stand_ins):
    found, answer = engine.find_answering(os.environ)
    assert found is None
    assert stand_ins.calls("docker") == []
    assert "neither docker nor podman is in PATH" in answer.why
    assert answer.fix.startswith("Install Docker")


def test_an_engine_that_does_not_run_is_told_with_how_to_start_it(stand_ins):
    stand_ins.engine()
    stand_ins.silent()
    found, answer = engine.find_answering(os.environ)
    assert found is None
    assert "Cannot connect to the Docker daemon" in answer.why
    assert "Start" in answer.fix


def test_a_real_docker_that_finds_no_engine_names_docker_host(monkeypatch):
    real_docker()
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    found, answer = engine.find_answering({"PATH": os.environ["PATH"]})
    assert found is None
    assert "unix:///nowhere/docker.sock" in answer.why
    assert "unset DOCKER_HOST" in answer.fix


def test_a_real_socket_that_others_may_not_use_is_told_with_the_group(tmp_path):
    """The real docker, run as nobody: the engine's socket is root's and its group's."""
    command, setpriv = real_docker(), shutil.which("setpriv")
    if os.geteuid() or not setpriv:
        pytest.skip("only root can become somebody without permission, with setpriv")
    wrapper = tmp_path / "docker"
    wrapper.write_text(
        f'#!/bin/sh\nHOME=/ exec {setpriv} --reuid=65534 --regid=65534 --clear-groups {command} "$@"\n'
    )
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    found, answer = engine.find_answering({"PATH": str(tmp_path)})
    assert found is None
    assert "permission denied" in answer.why
    assert "usermod -aG docker" in answer.fix
