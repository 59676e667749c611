"""Which pods are shown, decided from what was clicked or asked."""

import pytest

from kubetutor.widgets.cluster_map.filter import Filter, filter_of, filtered
from kubetutor.widgets.cluster_map.snapshot import snapshot_of
from kubetutor.widgets.cluster_map.text import html_of, text_of
from kubetutor.widgets.cluster_map.view import frame_of


@pytest.fixture
def snapshot(shop):
    shop.replica_set("web-app-h2", "2").pod("old", "lab-worker").pod("lone", "lab-worker", set_name=None)
    shop.pod("new", "lab-worker2", set_name="web-app-h2", image="my-app:2.0", ready=False)
    return snapshot_of(shop.objects(), "shop")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["lone", "old", "new"]),
        ({"owner": "Deployment web-app"}, ["old", "new"]),
        ({"owner": "web-app"}, ["old", "new"]),
        ({"revision": "2"}, ["new"]),
        ({"version": "1.0"}, ["lone", "old"]),
        ({"node": "lab-worker"}, ["lone", "old"]),
        ({"mood": "running"}, ["new"]),
        ({"owner": "web-app", "version": "1.0"}, ["old"]),
        ({"mood": "lost"}, []),
    ],
)
def test_what_is_asked_is_shown(snapshot, asked, names):
    assert [pod.name for pod in filtered(snapshot, Filter(**asked)).pods] == names


def test_a_filter_is_said_in_words_with_its_numbers(snapshot):
    asked = Filter(owner="Deployment web-app", mood="running")
    sentence = "Only pods of Deployment web-app, whose state is: runs, not ready yet. 1 of 3 match."
    assert asked.sentence(snapshot) == sentence
    assert sentence in text_of(snapshot, asked)
    assert sentence in html_of(snapshot, asked)
    assert sentence in frame_of(snapshot, asked)["spoken"]
    assert "lone" not in text_of(snapshot, asked)
    assert Filter().sentence(snapshot) == ""


def test_a_page_can_ask_only_for_what_a_filter_knows():
    assert filter_of({"filter": {"node": "n1", "colour": "red"}}) == Filter(node="n1")
    assert filter_of({"filter": "all"}) == Filter()


def test_a_frame_counts_all_pods_whatever_is_shown(snapshot):
    frame = frame_of(snapshot, Filter(mood="running"))
    assert frame["tally"]["ready"] == 2
    assert frame["summary"] == "3 pods, 2 ready."
    assert len(frame["pods"]) == 3, "the page hides; it can show again at once"
