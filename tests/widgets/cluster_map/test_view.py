"""The widget without a browser: frames, text twin, saved notebooks, and letting go."""

import gc
import threading
import time
import weakref

import pytest

from kubetutor.widgets.cluster_map.snapshot import snapshot_of
from kubetutor.widgets.cluster_map.view import ClusterMap, frame_of
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.view import _weakly


class Quiet:
    def __init__(self):
        self.over = threading.Event()

    def __iter__(self):
        self.over.wait(30)
        return iter(())

    def close(self):
        self.over.set()


class ShopSource:
    """Lists a shop's objects; nothing changes."""

    def __init__(self, objects):
        self.objects = objects

    def list(self, resource, _namespace):
        return list(self.objects.of(resource)), "1"

    def watch(self, _resource, _namespace, _version):
        return Quiet()


def eventually(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def feed(shop):
    return Feed(ShopSource(shop.pod("web-app-h1-p1", "lab-worker").deployment().objects()))


@pytest.fixture
def view(feed):
    made = ClusterMap("shop", feed=feed)
    yield made
    made.close()


def test_a_view_draws_what_the_feed_knows(view):
    eventually(lambda: view.frame.get("loaded"))
    assert list(view.frame["nodes"]) == ["lab-control-plane", "lab-worker", "lab-worker2"]
    assert view.frame["summary"] == "1 pod, 1 ready."


def test_print_says_the_same(view):
    assert str(view).startswith("Namespace shop: 1 pod, 1 ready.")
    assert "web-app-h1-p1" in str(view)


def test_a_saved_notebook_has_the_facts_in_html_and_text(view):
    data, _ = view._repr_mimebundle_()
    assert "web-app-h1-p1" in data["text/html"]
    assert "web-app-h1-p1" in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_view_lets_go_when_its_last_output_is_closed_and_comes_back(view, feed):
    view._heard(view, {"view": "one", "is": "open"}, [])
    view._heard(view, {"view": "two", "is": "open"}, [])
    view._heard(view, {"view": "one", "is": "closed"}, [])
    assert feed._followers
    view._heard(view, {"view": "two", "is": "closed"}, [])
    assert not feed._followers
    assert "web-app-h1-p1" in str(view), "asked again, it follows again"
    assert feed._followers


def test_closing_ends_the_watches(feed):
    view = ClusterMap("shop", feed=feed)
    eventually(lambda: view.frame.get("loaded"))
    view.close()
    assert not feed._watches


def test_the_feed_does_not_keep_a_view_alive():
    class View:
        comm = object()
        drawn = 0

        def draw(self, _objects):
            self.drawn += 1

    view = View()
    (draw, *_), gone = _weakly(view), weakref.ref(view)
    draw(None)
    assert view.drawn == 1
    del view
    gc.collect()
    assert gone() is None
    draw(None)


def test_a_view_whose_comm_is_closed_is_left_alone():
    class Closed:
        comm = None

    draw, *_ = _weakly(view := Closed())
    draw(None)
    assert not hasattr(view, "frame")


def test_a_frame_carries_every_sentence_that_the_browser_shows(shop):
    frame = frame_of(
        snapshot_of(shop.pod("p1", "lab-worker").pod("p2", None, phase="Pending").objects(), "shop")
    )
    assert [pod["sentence"].partition(":")[0] for pod in frame["pods"].values()] == ["p1", "p2"]
    assert frame["spoken"] == "Namespace shop: 2 pods, 1 ready."


def test_text_is_written_only_while_somebody_reads_it(view):
    eventually(lambda: view.frame.get("loaded"))
    assert "text" not in view.frame
    view._heard(view, {"view": "one", "is": "text", "on": True}, [])
    assert view.frame["text"].startswith("Namespace shop: 1 pod, 1 ready.")
    view._heard(view, {"view": "one", "is": "text", "on": False}, [])
    assert "text" not in view.frame


def test_a_page_that_listens_gets_what_differs_and_no_more(view, shop):
    eventually(lambda: view.frame.get("loaded"))
    sent = []
    view.send = sent.append
    view._heard(view, {"view": "one", "is": "open"}, [])
    view.draw(shop.pod("web-app-h1-p2", "lab-worker2").objects())
    view.draw(shop.objects())
    assert [message["number"] for message in sent] == [view.frame["number"]]
    assert list(sent[0]["delta"]["put"]["pods"]) == ["web-app-h1-p2"]


def test_a_hidden_page_is_sent_nothing_and_gets_all_when_it_comes_back(view, shop):
    eventually(lambda: view.frame.get("loaded"))
    sent = []
    view._heard(view, {"view": "one", "is": "open"}, [])
    view._heard(view, {"view": "one", "is": "hidden"}, [])
    view.send = sent.append
    view.draw(shop.pod("web-app-h1-p2", "lab-worker2").objects())
    assert sent == []
    assert list(view.frame["pods"]) == ["web-app-h1-p1"]
    view._heard(view, {"view": "one", "is": "open"}, [])
    view.draw(shop.objects())
    assert list(view.frame["pods"]) == ["web-app-h1-p1", "web-app-h1-p2"]


def test_a_hidden_view_lets_go_and_follows_again_when_it_is_seen(view, feed):
    view._heard(view, {"view": "one", "is": "open"}, [])
    view._heard(view, {"view": "one", "is": "hidden"}, [])
    view.tend()
    assert not feed._followers
    view._heard(view, {"view": "one", "is": "open"}, [])
    assert feed._followers


def test_a_page_that_was_killed_is_missed(view, feed, monkeypatch):
    eventually(lambda: view.frame.get("loaded"))
    monkeypatch.setattr(ClusterMap, "patience_seconds", 0.05)
    asked = []
    view.send = asked.append
    view._heard(view, {"view": "one", "is": "open"}, [])

    def is_left():
        view.tend()
        return not feed._followers

    eventually(is_left)
    assert {"is": "ping"} in asked
    view._heard(view, {"view": "one", "is": "here"}, [])
    assert feed._followers, "it only slept"


def test_a_mistake_in_a_picture_is_said_in_the_picture(view, monkeypatch, caplog):
    eventually(lambda: view.frame.get("loaded"))

    def fails(_objects):
        raise KeyError("nodeName")

    monkeypatch.setattr(view, "frame_of", fails)
    view.redraw()
    assert "could not be drawn" in view.frame["notes"][0]
    assert "nodeName" in caplog.text


def test_a_filter_is_told_by_a_page_or_by_python(view):
    eventually(lambda: view.frame.get("loaded"))
    view._heard(view, {"view": "one", "is": "filter", "filter": {"mood": "failing"}}, [])
    assert view.frame["filter"] == {"mood": "failing"}
    assert "0 of 1 match." in str(view)
    view.filter(owner="web-app")
    assert view.frame["filtered"] == "Only pods of web-app. 1 of 1 match."
    view.filter()
    assert (view.frame["filter"], view.frame["filtered"]) == ({}, "")
