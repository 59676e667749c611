"""The `kind` command: which one, how old, in which environment."""

import os
from pathlib import Path

import pytest

from kubetutor.cluster.kind import command, releases
from kubetutor.cluster.kind.engine import Engine


def test_without_kind_an_installation_is_offered(home, stand_ins):
    found = command.check(home, os.environ)
    assert stand_ins.calls("kind") == []
    assert not found.ok
    assert "not installed" in found.why
    assert "kubetutor up --backend kind --install-kind" in found.fix
    assert releases.VERSION in found.offer


def test_an_old_kind_is_told_with_both_releases(home, stand_ins):
    stand_ins.kind(version="0.29.0")
    found = command.check(home, os.environ)
    assert not found.ok
    assert "is v0.29.0; it must be v0.32.0 or newer" in found.why
    assert found.offer


@pytest.mark.parametrize("version", ["0.32.0", "0.33.0", "1.0.0"])
def test_a_new_enough_kind_is_taken(home, stand_ins, version):
    stand_ins.kind(version=version)
    assert command.check(home, os.environ).why == f"kind v{version} is installed"


def test_a_kind_that_does_not_run_is_told(home, stand_ins):
    path = stand_ins.folder / "kind"
    path.write_text("not a program")
    path.chmod(0o755)
    assert "does not run" in command.check(home, os.environ).why


def test_the_one_that_we_installed_comes_first(home, stand_ins):
    stand_ins.kind()
    assert command.find_kind(home, os.environ) == stand_ins.folder / "kind"
    ours = releases.installed_path(home)
    ours.parent.mkdir(parents=True)
    ours.write_text("")
    ours.chmod(0o700)
    assert command.find_kind(home, os.environ) == ours


def test_kind_never_sees_the_users_kubeconfig_and_is_told_of_podman():
    base = {"KUBECONFIG": "/mine", "PATH": "/bin"}
    assert command.environment(Engine("docker", Path("docker")), base) == {"PATH": "/bin"}
    assert command.environment(Engine("podman", Path("podman")), base) == {
        "PATH": "/bin",
        "KIND_EXPERIMENTAL_PROVIDER": "podman",
    }
