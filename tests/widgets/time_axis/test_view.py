"""The widget without a browser: what it records and says, what it sends, and how it ends."""

import json
import threading
import time

import pytest

from kubetutor.widgets.live.feed import Change, Feed, Objects
from kubetutor.widgets.time_axis import view as module
from kubetutor.widgets.time_axis.view import TimeAxis
from tests.widgets.cluster_map.test_view import ShopSource, eventually
from tests.widgets.time_axis.recorded import START
from tests.widgets.time_axis.test_outcomes import Report


class Clock:
    now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def feed(shop):
    return Feed(ShopSource(shop.pod("web-app-h1-p1", "lab-worker").deployment(wanted=2, ready=1).objects()))


@pytest.fixture
def view(feed, clock):
    made = TimeAxis("shop", feed=feed, clock=clock)
    eventually(lambda: made.frame.get("loaded") and made.frame["pods"] and made.frame["lanes"])
    yield made
    made.close()


def scaled(shop, ready, wanted=2):
    shop.deployments.clear()
    return [
        Change("deployments.apps", "MODIFIED", shop.deployment(wanted=wanted, ready=ready).deployments[0])
    ]


def test_it_records_what_the_feed_tells(view):
    assert view.frame["summary"] == "Deployment web-app wants 2: 1 pod, 1 ready."
    assert [pod["name"] for pod in view.frame["pods"].values()] == ["web-app-h1-p1"]
    assert "web-app-h1-p1" in str(view)
    assert "replicas,Deployment web-app,wanted,2" in view.to_csv()


def test_a_saved_notebook_has_the_story_and_the_facts(view):
    data, _ = view._repr_mimebundle_()
    assert "web-app-h1-p1" in data["text/html"]
    assert "Deployment web-app wants 2" in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_an_exercise_marks_expects_and_measures(view, clock, shop):
    clock.now += 5
    view.mark("lost a pod")
    view.expect(seconds=3.0)
    assert view.measured() is None, "not ready again yet"
    clock.now += 4.5
    view.record(scaled(shop, 2))
    assert view.measured(after="lost a pod") == 4.5
    eventually(lambda: len(view.frame["moments"]) == 3)
    assert view.frame["comparisons"] == [
        "After “lost a pod”: your prediction 3.0 s, measured 4.5 s: 1.5 s later than expected"
    ]
    assert "moments,your prediction,expected,3.0,lost a pod" in view.to_csv()


def test_reports_of_requests_are_taken_over_as_they_come(view, clock):
    clock.now += 2
    view.add_outcomes([Report(START + 1, START + 1.5), Report(START + 1.5, START + 2.0, lost=3)])
    eventually(lambda: any(lane["kind"] == "requests" for lane in view.frame["lanes"]))
    assert "requests,Load,lost a second,6.0" in view.to_csv()


def test_a_source_of_reports_is_followed_until_it_ends_and_closed_with_the_view(view):
    class Source:
        closed = threading.Event()

        def __iter__(self):
            yield Report(START + 1, START + 1.5)
            self.closed.wait(20)

        def close(self):
            self.closed.set()

    source = Source()
    view.follow_outcomes(source)
    eventually(lambda: "requests" in view.to_csv())
    view.close()
    assert source.closed.is_set()
    eventually(lambda: not any(thread.name == "time-axis-load" for thread in threading.enumerate()))


def test_while_it_is_not_shown_there_is_a_gap(view, clock):
    view._heard(view, {"view": "one", "is": "open"}, [])
    clock.now += 5
    view._heard(view, {"view": "one", "is": "closed"}, [])
    clock.now += 5
    view._heard(view, {"view": "one", "is": "open"}, [])
    eventually(lambda: view.frame["gaps"] == [[5.0, 10.0]])
    assert any("hatched" in note for note in view.frame["notes"])


def test_while_the_cluster_does_not_answer_there_is_a_gap(view, clock):
    clock.now += 5
    gone = Objects({}, dict.fromkeys(view.kinds, "The cluster does not answer."), loaded=True)
    view.frame_of(gone)
    clock.now += 5
    view.frame_of(Objects(loaded=True))
    assert view.history.gaps == [(5.0, 10.0)]
    assert view.frame_of(gone)["notes"][0] == "The cluster does not answer."


def test_a_kind_that_is_forbidden_is_a_note_and_no_gap(view):
    frame = view.frame_of(Objects({}, {"nodes": "This account may not list nodes."}, loaded=True))
    assert frame["notes"] == ["This account may not list nodes."]
    assert frame["gaps"] == []


def test_the_page_asks_for_the_table_and_for_the_time(view, clock):
    sent = []
    view.send = lambda message, **_: sent.append(message)
    clock.now += 2.5
    view._heard(view, {"view": "one", "is": "open"}, [])
    view._heard(view, {"view": "one", "is": "clock"}, [])
    view._heard(view, {"view": "one", "is": "csv"}, [])
    assert {"is": "clock", "now": 2.5} in sent
    table = next(message for message in sent if message["is"] == "csv")
    assert (table["text"], table["name"]) == (view.to_csv(), "time-axis-shop")


def test_the_page_hears_what_time_it_is_without_asking(view, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 0.01)
    heard = threading.Event()
    view.let_go()
    view.send = lambda message, **_: message["is"] == "clock" and heard.set()
    view._heard(view, {"view": "one", "is": "open"}, [])
    assert heard.wait(5)
    view._heard(view, {"view": "one", "is": "closed"}, [])
    eventually(lambda: not any(thread.name == "time-axis-clock" for thread in threading.enumerate()))


def test_many_changes_make_few_frames(view, shop):
    sent = []
    view.send = lambda message, **_: sent.append(message)
    view._heard(view, {"view": "one", "is": "open"}, [])
    begun = time.monotonic()
    for number in range(300):
        view.record(scaled(shop, number % 3))
        view.redraw()
    seconds = time.monotonic() - begun
    frames = [message for message in sent if message["is"] == "delta"]
    assert len(frames) <= seconds / module.PAUSE + 2
    newest = view.history.lines["replicas/Deployment web-app/ready"].points[-1][1]
    eventually(
        lambda: (
            [piece["y"][-1] for key, piece in view.frame["points"].items() if "/ready|" in key][-1] == newest
        )
    )


def test_its_buttons_are_tied_to_the_view_in_the_page(view):
    controls = {control.description for control in view.controls()}
    assert controls == {"Pause", "Replay", "Shows", "Replays"}


def test_closing_ends_its_watches_and_its_threads(feed, clock):
    view = TimeAxis("shop", feed=feed, clock=clock)
    eventually(lambda: view.frame.get("loaded"))
    view.close()
    assert not feed._watches
    eventually(lambda: not any(thread.name == "time-axis-clock" for thread in threading.enumerate()))


def test_a_frame_is_plain_json(view):
    json.dumps(view.frame)
