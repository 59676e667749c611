"""The only namespace that a learner may use: what a lesson removes there, and what makes it keep its hands off."""

import dataclasses
import pathlib

import pytest

from kubetutor.cluster.backend import Workspace
from kubetutor.course.deployments import LESSON
from kubetutor.errors import LessonError
from kubetutor.exercises.lesson import place_for
from kubetutor.exercises.namespace import is_lessons, is_the_api, manifests_in, refusal

MANIFEST = pathlib.Path(__file__).parents[2] / "lessons" / LESSON.manifests / "deployment.yaml"
LABELS = {"app": "web"}


def deployment(name="web-app", labels=LABELS):
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}},
    }  # fmt: skip


def pod(name="web-app-h1", labels=LABELS, *, owned=True):
    owner = [{"kind": "ReplicaSet", "name": "h", "uid": "h", "controller": True}] if owned else []
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels, "ownerReferences": owner},
    }


@pytest.mark.parametrize(
    ("obj", "ours"),
    [
        (deployment(), True),
        (deployment("till"), False),
        (deployment(labels={"app": "till"}), False),
        (pod(), True),
        (pod(labels={"app": "till"}), False),
        (pod(owned=False), False),
        (pod("load", {"kubetutor.io/role": "load"}, owned=False), True),
    ],
)
def test_what_counts_as_the_lessons(obj, ours):
    assert is_lessons(obj, manifests_in(LESSON.files / LESSON.manifests)) == ours


def test_a_bare_pod_of_a_manifest_is_the_lessons_if_its_labels_say_so_too():
    web = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"lesson": "pods"}}}
    assert is_lessons(pod("web", {"lesson": "pods", "app": "web"}, owned=False), [web])
    assert not is_lessons(pod("web", {"app": "web"}, owned=False), [web])
    assert not is_lessons(pod("other", {"lesson": "pods"}, owned=False), [web])
    unlabelled = {**web, "metadata": {"name": "web"}}
    assert not is_lessons(pod("web", owned=False), [unlabelled])


def test_the_service_of_the_api_is_in_nobodys_way():
    service = {"kind": "Service", "metadata": {"name": "kubernetes", "namespace": "default"}}
    assert is_the_api(service)
    assert not is_the_api({**service, "metadata": {"name": "kubernetes", "namespace": "shop"}})


def test_a_refusal_names_what_is_there_and_what_to_do():
    said = refusal("shop", [deployment(f"till-{number}") for number in range(8)])
    assert "deployment.apps/till-0" in said
    assert "and 2 more" in said
    assert "kubectl --namespace shop delete deployment.apps/till-0" in said


@pytest.fixture
def given(cluster, namespace):
    """The session's cluster, as one on which only this namespace may be used."""
    return dataclasses.replace(cluster, workspace=Workspace(namespace, is_shared=True))


def names(cluster, namespace):
    return cluster.kubectl("get", "deployments,services,pods", "-n", namespace, "-o", "name").split()


@pytest.mark.kubectl
def test_it_removes_the_lessons_objects_and_keeps_the_namespace(given, namespace):
    place = place_for(LESSON, given)
    assert place.name == namespace
    assert place.prepare() == "yours, and it stays"
    given.kubectl("apply", "-n", namespace, "-f", str(MANIFEST))
    given.kubectl("rollout", "status", "-n", namespace, "deployment/web-app", "--timeout=60s")
    assert "deployment.apps/web-app, service/web-service" in place.prepare()
    assert names(given, namespace) == []
    given.kubectl("apply", "-n", namespace, "-f", str(MANIFEST))
    assert "removed: deployment.apps/web-app, service/web-service" in place.clean_up()
    assert "all was gone" in place.clean_up()
    given.kubectl("get", "namespace", namespace)


@pytest.mark.kubectl
def test_a_load_pod_of_the_last_time_is_removed(given, namespace):
    place = place_for(LESSON, given)
    given.kubectl("run", "load", "--image=my-app:1.0", "-n", namespace, "--labels=kubetutor.io/role=load")
    assert place.prepare() == "yours, and it stays; removed from the last time: pod/load"
    assert names(given, namespace) == []


@pytest.mark.kubectl
def test_it_changes_nothing_where_something_else_runs(given, namespace):
    place = place_for(LESSON, given)
    given.kubectl("apply", "-n", namespace, "-f", str(MANIFEST))
    given.kubectl("create", "deployment", "till", "--image=my-app:1.0", "-n", namespace)
    before = names(given, namespace)
    with pytest.raises(LessonError, match=r"deployment\.apps/till"):
        place.prepare()
    assert set(before) <= {*names(given, namespace)}
    place.clean_up()
    assert "deployment.apps/till" in names(given, namespace)


@pytest.mark.kubectl
def test_on_a_shared_cluster_a_namespace_of_somebody_else_is_left_alone(cluster, namespace):
    shared = dataclasses.replace(cluster, workspace=Workspace(is_shared=True))
    place = place_for(dataclasses.replace(LESSON, namespace=namespace), shared)
    with pytest.raises(LessonError, match="kubetutor did not make"):
        place.prepare()
    assert "left as it is" in place.clean_up()
    cluster.kubectl("get", "namespace", namespace)


@pytest.mark.kubectl
def test_a_namespace_that_is_just_being_deleted_is_waited_for(cluster):
    place = place_for(dataclasses.replace(LESSON, namespace="lesson-again"), cluster)
    assert place.prepare() == "created"
    assert place.prepare() == "there already, now empty"
    assert place.clean_up() == "deleted with all that was in it"
    assert place.prepare() == "created"
    place.clean_up()
