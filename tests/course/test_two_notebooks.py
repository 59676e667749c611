"""Two lessons open at once: in each notebook `kubectl` means that lesson's namespace."""

import os
import subprocess

from kubetutor.api import kubeconfig
from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import Home
from kubetutor.course import catalogue
from kubetutor.exercises.lesson import LessonSession
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

MEANT = ("kubectl", "config", "view", "--minify", "--output=jsonpath={..namespace}")

ASKED = ("kubectl", "get", "--raw", "/readyz")


def test_each_has_its_own_and_finds_the_same_cluster(cluster, monkeypatch):
    feed = Feed(ApiSource())
    made = {}
    for slug in ("start-here", "deployments"):
        session = LessonSession(catalogue.find(slug), cluster, feed=feed)
        made[slug] = session.let_kubectl_mean(session.namespace)
    home = Home(cluster.kubeconfig.parents[2])
    for slug, files in made.items():
        environ = {**cluster.environment, "KUBECONFIG": files}
        said = subprocess.run(MEANT, env=environ, capture_output=True, text=True, check=True)
        assert said.stdout == f"lesson-{slug}"
        assert subprocess.run(ASKED, env=environ, capture_output=True, text=True, check=True).stdout == "ok"
        monkeypatch.setenv("KUBECONFIG", files)
        assert ApiSource().document("/version", {})["gitVersion"] == cluster.api.server_version()
        assert connect(home=home, environ=environ).name == cluster.name


def test_a_cluster_that_was_started_anew_is_found_at_its_new_address(tmp_path):
    own, beneath = tmp_path / "own", tmp_path / "kubeconfig"
    kubeconfig.write(beneath, kubeconfig.compose("kt", server="https://127.0.0.1:1", ca=b"", token="old"))
    kubeconfig.write_overlay(own, beneath, "lesson-x")
    kubeconfig.write(beneath, kubeconfig.compose("kt", server="https://127.0.0.1:2", ca=b"", token="new"))
    command = (
        "kubectl",
        "config",
        "view",
        "--minify",
        "--raw",
        "--output=jsonpath={..server} {..token} {..namespace}",
    )
    environ = {"PATH": os.environ["PATH"], "KUBECONFIG": f"{own}{os.pathsep}{beneath}"}
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert said.stdout == "https://127.0.0.1:2 new lesson-x"
