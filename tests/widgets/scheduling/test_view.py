"""The widget without a browser: it follows the newest pod, asks, and is chosen for."""

import json
import threading

import pytest

from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.scheduling.view import Scheduling
from tests.widgets.cluster_map.test_view import ShopSource, eventually
from tests.widgets.scheduling import lab


class Source(ShopSource):
    """Objects and decisions."""

    def __init__(self, objects, teller):
        super().__init__(objects)
        self.teller, self.document = teller, teller.document

    def list(self, resource, namespace):
        if (resource, namespace) == ("pods", None):
            return self.teller.list(resource, namespace)
        return super().list(resource, namespace)


@pytest.fixture
def made():
    views = []

    def make(*pods, teller=None, **more):
        teller = teller or lab.Teller(lab.decision())
        views.append(Scheduling("shop", feed=Feed(Source(lab.objects(*pods), teller)), **more))
        return views[-1]

    yield make
    for view in views:
        view.close()


def test_it_shows_what_the_scheduler_told(made):
    view = made(lab.pod(on="lab-worker"))
    eventually(lambda: view.frame.get("told"))
    assert view.frame["summary"] == "web went to lab-worker: 190 points, the most of 2 nodes that fit."
    assert view.frame["nodes"]["lab-worker"]["scores"]["PodTopologySpread"] == ["50", "100", 50.0]
    json.dumps(view.frame)


def test_it_asks_once_until_something_changes(made):
    teller = lab.Teller(lab.decision())
    view = made(lab.pod(on="lab-worker"), teller=teller)
    eventually(lambda: view.frame.get("told"))
    for _ in range(3):
        view.redraw()
    assert teller.asked == 1


def test_a_frame_does_not_wait_for_the_answer(made):
    teller, answered = lab.Teller(lab.decision()), threading.Event()
    tell = teller.document

    def late(path, query):
        assert answered.wait(10)
        return tell(path, query)

    teller.document = late
    view = made(lab.pod(on="lab-worker"), teller=teller)
    eventually(lambda: view.frame.get("pod") == "web")
    assert view.frame["told"] is False
    answered.set()
    eventually(lambda: view.frame.get("told"))


def test_the_newest_pod_without_a_node_is_shown_until_another_is_chosen(made):
    view = made(lab.pod("placed", on="lab-worker"), lab.pod("waits"))
    eventually(lambda: view.frame.get("pod") == "waits")
    eventually(lambda: len(view.chooser.options) == 3)
    assert [label for label, _ in view.chooser.options] == [
        "the newest pod",
        "waits (no node yet)",
        "placed → lab-worker",
    ]
    view.chooser.value = "placed"
    assert view.frame["pod"] == "placed"
    view.redraw()
    assert view.chooser.value == "placed"


def test_a_pod_that_is_named_is_waited_for(made):
    view = made(lab.pod("other"), pod="web")
    eventually(lambda: view.frame.get("loaded"))
    assert view.frame["pod"] == ""
    assert view.chooser.value == "web"


def test_print_waits_for_the_answer(made):
    view = made(lab.pod(on="lab-worker"))
    assert "lab-worker: chosen, 190 points" in str(view)
    data, _ = view._repr_mimebundle_()
    assert "chosen" in data["text/html"]


def test_a_cluster_that_does_not_tell_is_said(made):
    view = made(lab.pod(cpu="3"), teller=lab.Teller(tells=False))
    eventually(lambda: view.frame.get("nodes") and view.frame["nodes"]["lab-worker"]["plugin"])
    assert view.frame["sentences"][0].startswith("This cluster does not tell how it decided.")
