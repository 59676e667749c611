"""The commands of an exercise, done and written as a learner would: on a stand-in cluster that writes down what it is told."""

import pathlib
from types import SimpleNamespace

import pytest

from kubetutor.cluster import share
from kubetutor.errors import LessonError
from kubetutor.exercises.doing import Doing, in_words, resolved
from kubetutor.exercises.exercise import Attempt

SHOP_YAML = "manifests/06-namespaces/shop.yaml"


def pod(node="", role=""):
    spec = {"nodeName": node} if node else {}
    return {"metadata": {"labels": {"kubetutor.io/role": role}}, "spec": spec}


class StandInCluster:
    def __init__(self, *pods):
        self.pods, self.told, self.api = pods, [], self
        self.kubeconfig = pathlib.Path("/state/kubeconfig")

    def list(self, resource, *, namespace):
        assert (resource, namespace) == ("pods", "shop")
        return list(self.pods)

    def kubectl(self, *args):
        self.told.append(("kubectl", *args))

    def stop_node(self, node):
        self.told.append(("stop", node))

    def start_node(self, node):
        self.told.append(("start", node))


def told(cluster, *command):
    Doing(cluster, "shop").do(command)
    return cluster.told[-1]


def test_kubectl_works_in_the_lessons_namespace():
    assert told(StandInCluster(), "get", "pods") == ("kubectl", "--namespace", "shop", "get", "pods")


def test_with_the_lessons_own_kubeconfig_its_context_says_the_namespace():
    said = told(StandInCluster(), "config", "view", "--kubeconfig={kubeconfig}")
    assert said == ("kubectl", "config", "view", "--kubeconfig=/state/lesson.kubeconfig")


def test_a_nodes_power_is_cut_and_given_back():
    assert told(StandInCluster(), "kubetutor", "node", "stop", "w1") == ("stop", "w1")
    assert told(StandInCluster(), "kubetutor", "node", "start", "w1") == ("start", "w1")


@pytest.mark.parametrize(
    ("pods", "node"),
    [
        ((pod("b"), pod("a"), pod("b")), "b"),
        ((pod("b"), pod("a")), "a"),
        ((pod("a"), pod("b", role="load"), pod("b", role="load")), "a"),
        ((pod("b"), pod(), pod()), "b"),
    ],
)
def test_the_worker_is_the_node_with_the_most_pods_of_the_lesson(pods, node):
    assert told(StandInCluster(*pods), "kubetutor", "node", "stop", "{worker}") == ("stop", node)


def test_without_a_pod_on_a_node_there_is_none_to_choose():
    with pytest.raises(LessonError, match="No pod of shop is on a node"):
        Doing(StandInCluster(pod()), "shop").do(("cordon", "{worker}"))


def test_the_learners_own_manifest_comes_before_the_one_that_came_with_kubetutor(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resolved(SHOP_YAML) == str(share.folder("lessons") / SHOP_YAML)
    own = tmp_path / SHOP_YAML
    own.parent.mkdir(parents=True)
    own.write_text("")
    assert resolved(SHOP_YAML) == SHOP_YAML
    assert resolved("deployment/web") == "deployment/web"


def test_in_words_files_come_first_and_no_node_is_made_up():
    attempt = Attempt(
        "both",
        (
            ("cordon", "{worker}"),
            ("kubetutor", "node", "stop", "{worker}"),
            ("patch", "pod", "a", "--patch", '{"b": 1}'),
        ),
        files={"two.yaml": "replicas: 2"},
    )
    assert in_words(attempt) == (
        ("file two.yaml", "replicas: 2"), ("1", "kubectl cordon NODE"), ("2", "kubetutor node stop NODE"),
        ("3", """kubectl patch pod a --patch '{"b": 1}'"""),
    )  # fmt: skip


def test_a_manifest_of_a_lesson_of_ones_own_is_found_in_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resolved(SHOP_YAML, tmp_path / "own") == str(tmp_path / "own" / SHOP_YAML)
    asked = []
    cluster = SimpleNamespace(kubectl=lambda *args: asked.append(args))
    Doing(cluster, "shop", tmp_path / "own").do(("apply", "-f", SHOP_YAML))
    assert asked == [("--namespace", "shop", "apply", "-f", str(tmp_path / "own" / SHOP_YAML))]
