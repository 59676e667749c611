"""Answers to the learner's own requests, and the timeline that an exercise is judged by."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kubetutor.exercises.timeline import Moment, Timeline, count_ready, fewest_ready, recovery, restored
from kubetutor.exercises.traffic import Answer, Answers, ask_once

GOOD, LOST = Answer("1.0", "web-1", "worker"), Answer(error="ConnectionRefusedError")


class HandMovedClock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def pod(*, ready=True, deleted=False, phase="Running", role=""):
    metadata = {"deletionTimestamp": "now"} if deleted else {}
    metadata["labels"] = {"kubetutor.io/role": role}
    return {
        "metadata": metadata,
        "status": {"phase": phase, "conditions": [{"type": "Ready", "status": str(ready)}]},
    }


class App(BaseHTTPRequestHandler):
    status, body = 200, json.dumps({"version": "2.0", "pod": "web-7", "node": "worker"})

    def do_GET(self):
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body.encode())

    def log_message(self, *_values):
        pass


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, App.body, Answer("2.0", "web-7", "worker")),
        (503, App.body, Answer(error="HTTP 503")),
        (200, "<html>", Answer(error="JSONDecodeError")),
        (200, "{}", Answer(error="KeyError")),
    ],
)
def test_an_answer_says_who_gave_it_and_all_else_is_lost(status, body, answer):
    handler = type("Answering", (App,), {"status": status, "body": body})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert ask_once(f"http://127.0.0.1:{server.server_port}") == answer
        server.shutdown()


def test_nobody_there_is_a_lost_request():
    assert ask_once("http://127.0.0.1:1").error == "ConnectionRefusedError"


def test_answers_are_counted_by_who_gave_them():
    answers = Answers("http://shop", [GOOD, GOOD, Answer("2.0", "web-2", "worker2"), LOST])
    assert (answers.lost, answers.versions, answers.pods) == (
        1,
        {"1.0": 2, "2.0": 1},
        {"web-1": 2, "web-2": 1},
    )
    assert "4 requests to http://shop: 1 lost" in str(answers)
    assert "version 2.0 from web-2 on worker2" in answers._repr_html_()


def test_only_pods_that_stay_and_are_the_lessons_count_as_ready():
    pods = [pod(), pod(ready=False), pod(deleted=True), pod(phase="Succeeded"), pod(role="load")]
    assert count_ready(pods) == (1, 2)


def timeline(*moments):
    return [Moment(moment, ready, ready) for moment, ready in moments]


@pytest.mark.parametrize(
    ("moments", "seconds"),
    [
        ([(0, 3), (1, 3)], None),
        ([(0, 3), (1, 2)], None),
        ([(0, 3), (1, 2), (1.5, 2), (3, 3)], 2),
        ([(0, 0), (1, 3), (2, 2), (4, 3), (6, 2), (6.5, 3)], 0.5),
        ([], None),
    ],
)
def test_recovery_is_the_time_until_as_many_are_ready_again(moments, seconds):
    assert recovery(timeline(*moments)) == seconds


def test_the_fewest_ready_pods_are_remembered_until_cleared():
    clock = HandMovedClock()
    kept = Timeline(clock)
    for number in (3, 0, 2):
        kept.record([pod() for _ in range(number)])
    assert fewest_ready(kept.moments()) == 0
    kept.clear()
    assert fewest_ready(kept.moments()) == 2


def test_measuring_a_hundred_changes_is_quick():
    began = time.monotonic()
    kept = Timeline()
    for _ in range(500):
        kept.record([pod() for _ in range(100)])
    assert time.monotonic() - began < 5


def test_pods_are_restored_once_as_many_are_ready_as_at_the_beginning():
    seen = [Moment(time, ready, 4) for time, ready in ((0.0, 4), (8.0, 3), (8.1, 2), (9.0, 3), (11.0, 4))]
    assert restored(seen) == seen[-1]
    assert restored(seen[:-1]) is None
    assert restored(seen[:1]) is None, "nothing has fallen yet"
    assert restored([]) is None
