"""Creating through `kind create cluster`: its steps, and how it is ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from kubetutor.cluster.kind import creating
from kubetutor.cluster.kind.engine import Engine
from kubetutor.cluster.kind.nodes import KindNodes, state_in
from kubetutor.errors import CommandFailedError


@pytest.fixture
def shop(stand_ins, tmp_path):
    stand_ins.engine()
    stand_ins.kind()
    return KindNodes(
        "shop",
        tmp_path / "kubeconfig",
        Engine("docker", stand_ins.folder / "docker"),
        stand_ins.folder / "kind",
    )


@pytest.mark.parametrize(
    ("line", "step"),
    [
        (" • Preparing nodes 📦 📦 📦   ...\n", "starting the nodes' containers"),
        (
            " • Ensuring node image (kindest/node:v1.37.0) 🖼️  ...\n",
            "looking for the node image, downloading it if need be (kindest/node:v1.37.0)",
        ),
        (" • Starting control-plane 🕹️  ...\n", "starting the control plane"),
        (
            " • Waiting ≤ 3m0s for control-plane = Ready ⏳  ...\n",
            "waiting for the control plane to be ready",
        ),
        (" • Something that comes later 🎉  ...\n", "something that comes later"),
        (" ✓ Preparing nodes 📦 📦 📦 \n", None),
        ('Creating cluster "shop" ...\n', None),
    ],
)
def test_each_step_of_kind_is_told_in_a_few_words(line, step):
    assert creating.step_in(line) == step


def test_the_file_is_handed_over_as_it_is_and_the_kubeconfig_is_ours(shop):
    words = creating.argv(shop, config=Path("mine.yaml"), image="kindest/node:v1.36.4")
    assert words[1:3] == ["create", "cluster"]
    for pair in (("--name", "shop"), ("--config", "mine.yaml"), ("--kubeconfig", str(shop.kubeconfig))):
        assert words[words.index(pair[0]) + 1] == pair[1]
    assert words[-2:] == ["--image", "kindest/node:v1.36.4"]
    assert "--image" not in creating.argv(shop, config=Path("mine.yaml"), image=None)


def test_a_failure_has_kinds_words_and_a_private_log(shop, stand_ins, tmp_path, steps):
    stand_ins.kind_failing("ERROR: failed to create cluster: no luck")
    log = tmp_path / "kind.log"
    with pytest.raises(CommandFailedError, match="no luck"):
        creating.create(shop, config=Path("mine.yaml"), image=None, log=log, progress=steps.append)
    assert steps == ["starting the nodes' containers"]
    assert "no luck" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    assert stand_ins.calls("kind")[-1].startswith("- - create cluster")  # no KUBECONFIG


def test_podman_is_said_to_kind(stand_ins, tmp_path, steps):
    stand_ins.engine("podman")
    stand_ins.kind_failing("ERROR")
    made = KindNodes(
        "shop",
        tmp_path / "kubeconfig",
        Engine("podman", stand_ins.folder / "podman"),
        stand_ins.folder / "kind",
    )
    with pytest.raises(CommandFailedError):
        creating.create(
            made, config=Path("mine.yaml"), image=None, log=tmp_path / "log", progress=steps.append
        )
    assert stand_ins.calls("kind")[-1].startswith("podman - create cluster")


def test_one_that_takes_too_long_is_ended(shop, tmp_path, steps, monkeypatch):
    monkeypatch.setattr(creating, "CREATE_SECONDS", 0.5)
    with pytest.raises(CommandFailedError, match=r"ended by us after 0\.5 s"):
        creating.create(
            shop, config=Path("mine.yaml"), image=None, log=tmp_path / "log", progress=steps.append
        )


def test_a_container_that_is_being_made_is_waited_for_when_all_is_ended(tmp_path):
    """The engine would make it all the same, later, when nobody deletes it any more."""
    (tmp_path / "run").write_text(
        f"import time; time.sleep(1); open({str(tmp_path / 'made')!r}, 'w').close()"
    )
    leader = "import subprocess, sys, time; subprocess.Popen([sys.executable, 'run']); print('on', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", leader],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "on\n"
    creating.end(process.pid)
    assert (tmp_path / "made").exists()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize(
    ("said", "state"),
    [("running", "running"), ("up 2 minutes ago", "running"), ("exited (137) 3 seconds ago", "exited")],
)
def test_a_containers_state_is_read_as_docker_and_podman_say_it(said, state):
    assert state_in(said) == state
