"""The cluster goes away under the load, and comes back: said in words, and the counting goes on."""

import os
import signal

import psutil
import pytest

from kubetutor.cluster.cluster import connect
from kubetutor.cluster.load.pod import Load
from kubetutor.errors import ClusterError
from tests.cluster.machine import ROOT, Machine

pytestmark = pytest.mark.kubectl
MANIFEST = str(ROOT / "lessons" / "manifests" / "04-deployments" / "exercise.yaml")


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path / "home")
    made.run("up", "--backend", "embedded")
    yield made
    made.run("down", "--all")


@pytest.fixture
def load(machine):
    cluster = connect(home=machine.home, environ={})
    machine.kubectl("apply", "-f", MANIFEST)
    machine.kubectl("rollout", "status", "deployment/web-app", "--timeout=60s")
    made = Load(cluster.api, "default")
    made.start("web-service")
    made.wait_for_answer()
    yield made
    cluster.api.close()


def test_it_goes_on_when_the_cluster_is_back(machine, load, eventually):
    eventually(lambda: load.tally().sent > 20)
    process = psutil.Process(machine.pid())
    os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: load.trouble)
    assert load.trouble.startswith("The cluster does not answer")
    with pytest.raises(ClusterError, match="does not answer"):
        load.change_rate(10)
    process.wait(10)
    machine.run("up")
    load.wait_for_news(timeout=60)
    assert load.trouble == ""
    eventually(lambda: len(load.tally().runs) == 2)
    load.stop()


def test_a_cluster_that_is_gone_holds_nobody_up(machine, load, eventually):
    machine.run("down")
    eventually(lambda: load.trouble)
    with pytest.raises(ClusterError, match="does not answer"):
        load.stop()
    load.stop()
    assert load.trouble == ""
