"""A lesson with more namespaces than one: what it makes, empties and removes there, and whose it leaves alone."""

import contextlib
import dataclasses

import pytest

from kubetutor.cluster.backend import Workspace
from kubetutor.course.namespaces import LESSON
from kubetutor.errors import LessonError
from kubetutor.exercises.lesson import LessonSession
from kubetutor.exercises.namespace import MADE_BY_US
from kubetutor.exercises.progress import Progress
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

pytestmark = pytest.mark.kubectl

OWN, MORE = "lesson-of-three", ("lesson-of-three-a", "lesson-of-three-b")
THREE = dataclasses.replace(LESSON, namespace=OWN, also=MORE, clean_up=None)
RULES = ("create quota few --hard=pods=3", "create role readers --verb=get --resource=pods",
         "create rolebinding readers --role=readers --serviceaccount=default:default")  # fmt: skip


@pytest.fixture
def session_on(tmp_path):
    """Answer how to take the lesson on a cluster, with a progress of its own."""

    def take(cluster, lesson=THREE):
        progress = Progress(lesson.slug, path=tmp_path / "progress.json")
        return LessonSession(lesson, cluster, feed=Feed(ApiSource()), progress=progress)

    return take


@pytest.fixture
def prepared(session_on, cluster):
    session = session_on(cluster)
    session.prepare()
    yield session
    session.clean_up()


def labels_by_namespace(cluster):
    return {
        item["metadata"]["name"]: item["metadata"].get("labels", {})
        for item in cluster.api.list("namespaces")
    }


def names_in(cluster, namespace):
    kinds = "deployments,resourcequotas,limitranges,roles,rolebindings"
    return cluster.kubectl("get", kinds, "-n", namespace, "-o", "name").split()


@pytest.mark.usefixtures("prepared")
def test_all_of_them_are_made_and_say_who_made_them(cluster):
    found = labels_by_namespace(cluster)
    for name in (OWN, *MORE):
        assert MADE_BY_US.items() <= found[name].items()


def test_to_prepare_again_empties_all_of_them_of_rules_too(prepared, cluster):
    for name in (OWN, *MORE):
        cluster.kubectl("create", "deployment", "web", "--image=my-app:1.0", "--replicas=0", "-n", name)
        for rule in RULES:
            cluster.kubectl("-n", name, *rule.split())
        assert len(names_in(cluster, name)) == 4
    said = str(prepared.prepare())
    assert said.count("there already, now empty") == 3
    assert [names_in(cluster, name) for name in (OWN, *MORE)] == [[], [], []]


def test_clean_up_removes_all_of_them_and_what_the_lesson_made_beside(session_on, cluster):
    removed = []
    lesson = dataclasses.replace(THREE, clean_up=lambda given: removed.append(given) or "a hat, removed")
    session = session_on(cluster, lesson)
    session.prepare()
    said = str(session.clean_up())
    assert said.count("deleted with all that was in it") == 3
    assert "a hat, removed" in said
    assert removed == [cluster]
    for name in (OWN, *MORE):
        cluster.kubectl("wait", "--for=delete", f"namespace/{name}", "--timeout=60s")
    assert str(session.clean_up()).count("gone already") == 3


def test_where_only_one_namespace_may_be_used_it_says_so_and_makes_none(session_on, cluster, namespace):
    given = dataclasses.replace(cluster, workspace=Workspace(namespace, is_shared=True))
    with pytest.raises(
        LessonError, match=r"lesson-of-three-a, lesson-of-three-b, and you were given one only"
    ):
        session_on(given).prepare()
    assert not {OWN, *MORE} & labels_by_namespace(cluster).keys()


def test_on_a_shared_cluster_one_of_somebody_else_is_left_alone(session_on, cluster, namespace):
    shared = dataclasses.replace(cluster, workspace=Workspace(is_shared=True))
    cluster.kubectl("create", "quota", "theirs", "--hard=pods=9", "-n", namespace)
    session = session_on(shared, dataclasses.replace(THREE, also=(namespace,)))
    with contextlib.ExitStack() as stack:
        stack.callback(session.clean_up)
        with pytest.raises(
            LessonError, match=f"a namespace {namespace} on this cluster that kubetutor did not make"
        ):
            session.prepare()
    assert names_in(cluster, namespace) == ["resourcequota/theirs"]
