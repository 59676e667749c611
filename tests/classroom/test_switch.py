"""Going on with another cluster in the middle of a lesson, as a learner whose cluster does not answer any more."""

import json
import secrets

import pytest

from kubetutor.api import kubeconfig
from kubetutor.cluster import switching
from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import Home
from kubetutor.cluster.switching import NONE, Switch
from kubetutor.exercises.progress import PASSED, Progress
from tests.cluster.context.person import Learner


@pytest.fixture
def learner(cluster, tmp_path):
    """A learner on a shared cluster."""
    person = Learner(tmp_path / "home")
    namespace = f"room-{secrets.token_hex(3)}"
    cluster.kubectl("create", "namespace", namespace)
    document = kubeconfig.load(cluster.kubeconfig)
    document["contexts"][0]["context"]["namespace"] = namespace
    person.has(document)
    person.up("--namespace", namespace)
    yield person
    person.run("down", "--all")
    cluster.kubectl("delete", "namespace", namespace, "--wait=false")


def test_all_goes_on_with_the_new_cluster_and_back(learner):
    before = learner.status()
    progress = Progress("deployments", path=learner.home.path / "progress.json")
    progress.keep(PASSED, "no-outage", "2026-01-01T00:00:00Z")
    environ = {"KUBECONFIG": before["kubeconfig"]}  # as JupyterLab's kernels and terminals go on saying

    said = learner.run("switch", "embedded")
    assert "restart the kernel" in said
    now = connect(home=learner.home, environ=environ)
    assert (now.name, now.backend) == ("instead", "embedded")
    assert now.kubectl("get", "nodes", "--no-headers").count(" Ready ") == 3
    assert learner.status()["backend"] == "embedded"
    assert Progress("deployments", path=learner.home.path / "progress.json").get(PASSED, "no-outage")
    assert connect(before["name"], home=learner.home).backend == "context", "a name means what it says"

    assert "is already up" in learner.run("switch", "embedded"), "twice is once"
    assert "back at the clusters of before" in learner.run("switch", "--back")
    assert connect(home=learner.home, environ=environ).backend == "context"
    assert "There was no switch" in learner.run("switch", "--back")


def test_it_must_be_said_where_to_go_on(learner):
    assert "Say where to go on" in learner.run("switch", code=2)
    assert "Say where to go on" in learner.run("switch", "embedded", "--back", code=2)


def test_the_new_cluster_stands_only_for_those_of_before():
    switch = Switch("instead", frozenset({"old"}))
    up = {"instead", "old", "other"}
    assert switch.meant("old", up) == "instead"
    assert switch.meant("", up) == "instead"
    assert switch.meant("other", up) == "other"
    assert switch.meant("old", {"old"}) == "old", "it is not up any more"
    assert NONE.meant("old", up) == "old"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", json.dumps({"to": "x"}), json.dumps({"to": "x", "instead_of": 3})]
)
def test_a_damaged_note_of_it_is_none(tmp_path, text):
    (tmp_path / "switched.json").write_text(text)
    assert switching.read(Home(tmp_path)) == NONE
