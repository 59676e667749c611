import os

import pytest

from kubetutor.cluster.backends.kind import KindBackend
from tests.cluster.kind.stand_ins import StandIns
from tests.cluster.machine import Machine


@pytest.fixture
def stand_ins(tmp_path, monkeypatch):
    """Stand-ins, and nothing else, in PATH."""
    made = StandIns(tmp_path / "programs")
    monkeypatch.setenv("PATH", str(made.folder))
    for name in (
        "DOCKER_HOST",
        "KIND_EXPERIMENTAL_PROVIDER",
        "KUBETUTOR_KIND_NODE_IMAGE",
        "KUBETUTOR_KIND_DOWNLOADS",
    ):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def kind(home, stand_ins):
    """The backend, with stand-ins for its engine and for `kind`."""
    stand_ins.engine()
    stand_ins.kind()
    return KindBackend(home)


@pytest.fixture
def machine(tmp_path, stand_ins):
    """The command line in a state folder of its own, with stand-ins."""
    stand_ins.engine()
    stand_ins.kind()
    made = Machine(tmp_path / "home")
    made.environ["PATH"] = str(stand_ins.folder)
    yield made
    made.run("down", "--all")


@pytest.fixture
def cluster_file(tmp_path):
    """Write a cluster file; answer where it is."""

    def write(text=""):
        path = tmp_path / "cluster.yaml"
        path.write_text(f"kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: shop\n{text}")
        return path

    return write


@pytest.fixture(autouse=True)
def _without_a_kubeconfig(monkeypatch):
    monkeypatch.setitem(os.environ, "KUBECONFIG", "/somebody/elses/config")
