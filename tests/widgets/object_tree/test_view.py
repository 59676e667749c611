"""The widget without a browser: frames, what it hears, and saved notebooks."""

import json

import pytest

from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.object_tree.view import ObjectTree, frame_of
from tests.widgets.cluster_map.test_view import ShopSource, eventually


@pytest.fixture
def view(town):
    made = ObjectTree(
        "shop", feed=Feed(ShopSource(town.deployment(pods=20, ready=20).service(app="web").objects()))
    )
    yield made
    made.close()


def test_it_draws_what_the_feed_knows(view):
    eventually(lambda: view.frame.get("loaded") and view.frame["boxes"])
    eventually(lambda: len(view.frame["headings"]) == 4 and view.frame["headings"][3])
    assert view.frame["headings"] == ["Deployments", "ReplicaSets", "Pods", "Services, EndpointSlices"]
    assert view.frame["summary"] == "1 Deployment, 1 ReplicaSet, 20 pods, 1 Service, 1 EndpointSlice."


def test_boxes_and_ties_travel_as_tables(view):
    frame = frame_of(view.snapshot())
    assert frame["boxes"]["Service-web"]["label"] == "Service web, 20/20 ready"
    assert frame["ties"]["owns Service-web EndpointSlice-web-s1"]["kind"] == "owns"
    json.dumps(frame)


def test_a_box_of_many_opens_and_closes(view):
    view.objects()
    key = next(key for key in view.frame["boxes"] if key.startswith("more pods"))
    view._heard(view, {"view": "one", "is": "unfold", "key": key}, [])
    assert sum(box["kind"] == "Pod" for box in view.frame["boxes"].values()) == 21
    view._heard(view, {"view": "one", "is": "fold", "key": key}, [])
    assert sum(box["kind"] == "Pod" for box in view.frame["boxes"].values()) == 7


def test_print_and_saved_notebooks_say_the_same(view):
    data, _ = view._repr_mimebundle_()
    assert "Service web, 20/20 ready" in str(view)
    assert "Service web, 20/20 ready" in data["text/html"]


def test_a_root_is_named_in_the_title(town):
    view = ObjectTree(
        "shop", root="svc/web", feed=Feed(ShopSource(town.deployment().service(app="web").objects()))
    )
    view.objects()
    view.redraw()
    assert view.frame["title"] == "Namespace shop, all that is tied to svc/web"
    view.close()
