"""The widget without a browser: its buttons and lists, a cluster that cannot, and a cluster that is gone."""

import pytest

from kubetutor.cluster.cluster import Cluster
from kubetutor.errors import NotPossibleError
from kubetutor.widgets.break_things.view import BreakThings, break_things
from kubetutor.widgets.live.feed import Feed
from tests.widgets.cluster_map.test_view import ShopSource, eventually


@pytest.fixture
def view(busy, objects_of, tmp_path):
    """Break things on a cluster of somebody else, whose kubeconfig leads nowhere."""
    school = Cluster("school", "context", tmp_path / "clusters" / "school" / "kubeconfig")
    made = BreakThings("shop", cluster=school, feed=Feed(ShopSource(objects_of(busy))))
    eventually(lambda: made.frame.get("loaded") and made.panel)
    yield made
    made.close()


def test_each_button_is_an_ipywidget_with_the_title_of_its_step(view):
    titles = {name: view.panel[name].description for name in ("crash", "delete", "flood", "ship")}
    assert titles == {
        "crash": "Crash a container",
        "delete": "Delete a pod",
        "flood": "Flood with load",
        "ship": "Ship a broken version",
    }
    assert view.panel["pod"].value == "web-app-h1-aaaaa"


def test_what_this_cluster_cannot_do_is_switched_off_and_says_why(view):
    assert view.panel["stop"].disabled
    assert "Its nodes are machines that others use and run" in view.frame["plans"]["stop"]["step"]["why"]
    view.press("stop")
    assert view.deeds.all() == ()


def test_another_choice_changes_the_command(view):
    view.panel["pod"].value = "web-app-h1-ccccc"
    assert view.frame["plans"]["delete"]["step"]["command"] == (
        "kubectl -n shop delete pod web-app-h1-ccccc --wait=false"
    )


def test_a_command_that_fails_becomes_a_sentence_in_the_view(view):
    view.panel["delete"].click()
    eventually(lambda: [deed["state"] for deed in view.frame["deeds"].values()] == ["failed"])
    assert "could not do it: Delete a pod. kubectl says: " in str(view)


def test_the_clusters_own_namespaces_are_left_alone():
    with pytest.raises(NotPossibleError, match="holds the cluster's own parts"):
        break_things("kube-system")
