"""A backend whose main process is the stand-in, in a state folder of the test's own."""

import contextlib
import pathlib
import time

import psutil
import pytest

from kubetutor.cluster import main_process
from kubetutor.cluster.backends.embedded import EmbeddedBackend
from kubetutor.cluster.home import Home
from kubetutor.cluster.spec import ClusterSpec, NodeSpec

STAND_IN = pathlib.Path(__file__).with_name("stand_in.py")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBETUTOR_BACKEND", raising=False)
    return Home(tmp_path / "home")


@pytest.fixture
def backend(home, monkeypatch):
    monkeypatch.setattr(EmbeddedBackend, "command", (str(STAND_IN),))
    made = EmbeddedBackend(home)
    yield made
    for folder in home.clusters():
        for process in main_process._main_processes(folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(5)


@pytest.fixture
def spec():
    return ClusterSpec(
        "trial", (NodeSpec("trial-control-plane", "control-plane"), NodeSpec("trial-worker", "worker"))
    )


@pytest.fixture
def steps():
    return []


@pytest.fixture
def eventually():
    """Ask until the answer is true, for at most ten seconds."""

    def ask(question, timeout=10.0):
        deadline = time.monotonic() + timeout
        while not (answer := question()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)
        return answer

    return ask
