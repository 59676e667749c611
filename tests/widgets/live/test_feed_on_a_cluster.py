"""A feed on a real embedded cluster that goes away and comes back as another one: other port, token and objects."""

import json
import pathlib
import subprocess
import sys
import time

import pytest

from kubetutor.api.client import Client
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource


def eventually(holds, seconds):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.02)


@pytest.fixture
def kubetutor(tmp_path, monkeypatch):
    """Run the command in a state folder of its own; what it started is ended."""
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "kubetutor", *arguments],
            capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        return done.stdout

    yield run
    run("down", "--all")


def start(kubetutor, monkeypatch):
    kubetutor("up", "--backend", "embedded")
    status = json.loads(kubetutor("status", "--json"))
    monkeypatch.setenv("KUBECONFIG", status["kubeconfig"])
    return status


def deployment(name):
    labels = {"app": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "my-app:1.0"}]}}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod},
    }  # fmt: skip


def create(status, name):
    client = Client(pathlib.Path(status["kubeconfig"]))
    client.create("deployments.apps", deployment(name), namespace="default")
    client.close()


@pytest.mark.kubectl
def test_it_goes_on_with_the_cluster_that_comes_back(kubetutor, monkeypatch):
    first = start(kubetutor, monkeypatch)
    feed = Feed(ApiSource())
    follower = feed.follow("default", lambda _objects: None)

    def names():
        return [entry["metadata"]["name"] for entry in feed.objects("default").of("deployments.apps")]

    try:
        create(first, "before")
        eventually(lambda: names() == ["before"], 10)
        old_way_in = pathlib.Path(first["kubeconfig"]).read_text()
        kubetutor("down")
        eventually(lambda: len(feed.objects("default").troubles) == 4, 20)
        assert names() == ["before"], "the last state stays"
        second = start(kubetutor, monkeypatch)
        assert pathlib.Path(second["kubeconfig"]).read_text() != old_way_in, (
            "other keys, and maybe another port"
        )
        create(second, "after")
        eventually(lambda: names() == ["after"] and not feed.objects("default").troubles, 30)
    finally:
        follower.close()
