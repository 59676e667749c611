"""Two lessons open at once: in each notebook `kubectl` means that lesson's namespace."""

import subprocess

from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import Home
from kubetutor.course import catalogue
from kubetutor.exercises.lesson import LessonSession
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

MEANT = ("kubectl", "config", "view", "--minify", "--output=jsonpath={..namespace}")


def test_each_has_its_own_and_finds_the_same_cluster(cluster):
    feed = Feed(ApiSource())
    made = {}
    for slug in ("start-here", "deployments"):
        session = LessonSession(catalogue.find(slug), cluster, feed=feed)
        made[slug] = session.let_kubectl_mean(session.namespace)
    home = Home(cluster.kubeconfig.parents[2])
    for slug, path in made.items():
        environ = {**cluster.environment, "KUBECONFIG": str(path)}
        said = subprocess.run(MEANT, env=environ, capture_output=True, text=True, check=True)
        assert said.stdout == f"lesson-{slug}"
        assert connect(home=home, environ=environ).name == cluster.name
