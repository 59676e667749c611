"""One watch per kind, coalesced, reconnecting, and gone when nobody looks."""

import queue
import threading
import time

import pytest

from kubetutor.errors import ApiError
from kubetutor.widgets.live.feed import FOLLOWED, Feed, sentence_for


def eventually(holds, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.005)


class Line:
    """A watch that yields what a test puts in."""

    def __init__(self):
        self.events = queue.Queue()

    def __iter__(self):
        while (event := self.events.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    def close(self):
        self.events.put(None)


class FakeSource:
    """Lists what it holds; `refuse` maps a resource to the error that it answers."""

    def __init__(self):
        self.held = {resource: [] for resource in FOLLOWED}
        self.refuse = {}
        self.lists = dict.fromkeys(FOLLOWED, 0)
        self.lines = {resource: [] for resource in FOLLOWED}

    def list(self, resource, _namespace):
        self.lists[resource] += 1
        if resource in self.refuse:
            raise self.refuse[resource]
        return list(self.held[resource]), "1"

    def watch(self, resource, _namespace, _version):
        line = Line()
        self.lines[resource].append(line)
        return line

    def send(self, resource, change, obj):
        self.lines[resource][-1].events.put({"type": change, "object": obj})


def pod(name, version="2", **status):
    return {"metadata": {"name": name, "uid": name, "resourceVersion": version}, "status": status}


@pytest.fixture
def source():
    return FakeSource()


@pytest.fixture
def feed(source):
    made = Feed(source, frames_per_second=200)
    yield made
    for follower in list(made._followers):
        follower.close()


def names(feed):
    return sorted(entry["metadata"]["name"] for entry in feed.objects("shop").of("pods"))


def test_what_is_there_comes_first_and_changes_follow(feed, source):
    source.held["pods"] = [pod("a")]
    drawn = []
    feed.follow("shop", drawn.append)
    eventually(lambda: feed.objects("shop").loaded and source.lines["pods"])
    source.send("pods", "ADDED", pod("b"))
    source.send("pods", "DELETED", pod("a"))
    eventually(lambda: names(feed) == ["b"])
    eventually(lambda: drawn and [p["metadata"]["name"] for p in drawn[-1].of("pods")] == ["b"])


def test_many_views_share_one_watch_per_kind(feed, source):
    for _ in range(5):
        feed.follow("shop", lambda _objects: None)
    eventually(lambda: feed.objects("shop").loaded)
    assert source.lists == dict.fromkeys(FOLLOWED, 1)


def test_many_changes_make_few_frames(source):
    feed = Feed(source, frames_per_second=20)
    frames, recorded = [], []
    follower = feed.follow("shop", frames.append, record=recorded.append)
    eventually(lambda: source.lines["pods"])
    for number in range(500):
        source.send("pods", "ADDED", pod(f"p{number}"))
    began = time.monotonic()
    eventually(lambda: frames and len(frames[-1].of("pods")) == 500)
    most = 20 * (time.monotonic() - began) + 4
    follower.close()
    assert len(frames) <= most, "a frame is drawn at most every 50 ms"
    assert len(recorded) >= 500, "a recorder sees each change by itself"


def test_a_recorder_hears_what_is_known_and_then_every_change_once(feed, source):
    source.held["pods"] = [pod("a", "1"), pod("b", "1")]
    feed.follow("shop", lambda _objects: None)
    eventually(lambda: source.lines["pods"])
    heard = []
    feed.follow("shop", lambda _objects: None, record=heard.extend)
    source.send("pods", "MODIFIED", pod("a", "2"))
    eventually(lambda: len(heard) == 3)
    source.held["pods"] = [pod("a", "3"), pod("c", "3")]
    source.send("pods", "ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"})
    eventually(lambda: len(heard) == 6)
    assert [(change.type, change.object["metadata"]["name"]) for change in heard] == [
        ("ADDED", "a"), ("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b"), ("ADDED", "c"), ("MODIFIED", "a"),
    ]  # fmt: skip


def test_only_the_kinds_that_somebody_wants_are_watched(feed, source):
    source.held["services"], source.lines["services"] = [], []
    source.lists["services"] = 0
    follower = feed.follow("shop", lambda _objects: None, kinds=("services",))
    eventually(lambda: source.lines["services"])
    assert source.lists == {**dict.fromkeys(FOLLOWED, 0), "services": 1}
    feed.follow("shop", lambda _objects: None, kinds=("pods",))
    eventually(lambda: source.lines["pods"])
    follower.close()
    assert [key[0] for key in feed._watches] == ["pods"]


def test_410_gone_lists_again_at_once(feed, source):
    feed.follow("shop", lambda _objects: None)
    eventually(lambda: source.lines["pods"])
    source.held["pods"] = [pod("fresh")]
    source.send("pods", "ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"})
    eventually(lambda: names(feed) == ["fresh"])
    assert not feed.objects("shop").troubles


def test_a_watch_that_ends_goes_on_without_a_new_list(feed, source):
    feed.follow("shop", lambda _objects: None)
    eventually(lambda: source.lines["pods"])
    source.lines["pods"][-1].close()
    eventually(lambda: len(source.lines["pods"]) == 2)
    assert source.lists["pods"] == 1


def test_a_cluster_that_is_gone_leaves_the_last_state_and_a_sentence(feed, source):
    source.held["pods"] = [pod("a")]
    drawn = []
    feed.follow("shop", drawn.append)
    eventually(lambda: source.lines["pods"])
    source.refuse["pods"] = ConnectionError("refused")
    source.lines["pods"][-1].events.put(ConnectionError("broke off"))
    eventually(lambda: drawn and "pods" in drawn[-1].troubles)
    assert "does not answer" in drawn[-1].troubles["pods"]
    assert names(feed) == ["a"]
    del source.refuse["pods"]
    source.held["pods"] = [pod("b")]
    eventually(lambda: names(feed) == ["b"] and not feed.objects("shop").troubles)


def test_a_refusal_on_nodes_leaves_the_pods_alone(feed, source):
    source.held["pods"] = [pod("a")]
    source.refuse["nodes"] = ApiError(403, "Forbidden", "nodes is forbidden")
    feed.follow("shop", lambda _objects: None)
    eventually(lambda: feed.objects("shop").loaded)
    assert feed.objects("shop").troubles == {
        "nodes": "This account may not list nodes: only the machines that hold a pod are shown, by name."
    }
    assert names(feed) == ["a"]


def test_threads_end_when_the_last_view_leaves(source):
    before = set(threading.enumerate())
    feed = Feed(source)
    first, second = (feed.follow("shop", lambda _objects: None) for _ in range(2))
    eventually(lambda: all(source.lines.values()))
    first.close()
    assert set(threading.enumerate()) - before, "somebody still looks"
    second.close()
    second.close()
    eventually(lambda: not set(threading.enumerate()) - before)


def test_a_feed_can_be_followed_again(feed, source):
    feed.follow("shop", lambda _objects: None).close()
    source.held["pods"] = [pod("later")]
    feed.follow("shop", lambda _objects: None)
    eventually(lambda: names(feed) == ["later"])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ApiError(401, "Unauthorized", "Unauthorized"), "no longer accepts these credentials"),
        (ApiError(500, None, "etcd has no leader"), "refused to list replicasets: etcd has no leader"),
        (ConnectionError("x"), "does not answer"),
    ],
)
def test_each_trouble_is_one_plain_sentence(error, words):
    assert words in sentence_for("replicasets.apps", error)


def test_a_view_that_breaks_leaves_the_others_moving(feed, source, caplog):
    def breaks(_objects):
        raise ValueError("a view of tests")

    drawn = []
    feed.follow("shop", breaks)
    feed.follow("shop", drawn.append)
    eventually(lambda: drawn and drawn[-1].loaded and source.lines["pods"])
    source.send("pods", "ADDED", pod("a"))
    eventually(lambda: drawn[-1].of("pods"))
    assert "a view of tests" in caplog.text


def test_a_follower_is_tended_while_nothing_changes_and_may_leave(source):
    before = set(threading.enumerate())
    feed = Feed(source, frames_per_second=200, tend_seconds=0.01)
    feed.follow("shop", lambda _objects: None, tend=lambda: feed.leave(feed._followers[0]))
    eventually(lambda: not feed._followers)
    eventually(lambda: not set(threading.enumerate()) - before)


def test_who_wants_to_draw_later_is_asked_again(feed):
    asked = []

    def draw(objects):
        asked.append(objects)
        if len(asked) < 5:
            feed._followers[0].later()

    feed.follow("shop", draw)
    eventually(lambda: len(asked) >= 5)


def test_a_watch_that_ends_at_once_is_not_opened_all_the_time(feed, source):
    class Ends(Line):
        def __iter__(self):
            return iter(())

    source.watch = lambda resource, _namespace, _version: source.lines[resource].append(Ends()) or Ends()
    feed.follow("shop", lambda _objects: None)
    eventually(lambda: len(source.lines["pods"]) >= 2)
    began, opened = time.monotonic(), len(source.lines["pods"])
    eventually(lambda: time.monotonic() - began > 0.6)
    assert len(source.lines["pods"]) - opened <= 3
