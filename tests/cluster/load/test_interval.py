"""One line of a load pod's log."""

import json

import pytest

from kubetutor.cluster.load.interval import Source, parse

LINE = {
    "run": "17.5", "number": 3, "start": 17.5, "end": 18.0, "rate": 50.0, "sent": 25, "answered": 22, "lost": 2,
    "waiting": 1, "errors": [["HTTP 503", 1], ["connection refused", 1]],
    "latency_ms": {"p50": 2.0, "p95": 5.5, "max": 9.0},
    "answers": [["web-1", "1.0", "worker", 12], ["web-2", "2.0", "worker", 10]], "silence": 0.25, "longest_silence": 1.5,
}  # fmt: skip


def test_a_line_says_all_about_an_interval():
    interval = parse(json.dumps(LINE).encode())
    assert (interval.run, interval.number, interval.seconds, interval.rate) == ("17.5", 3, 0.5, 50)
    assert (interval.sent, interval.answered, interval.lost, interval.waiting) == (25, 22, 2, 1)
    assert interval.errors == (("HTTP 503", 1), ("connection refused", 1))
    assert (interval.p50_ms, interval.p95_ms, interval.max_ms) == (2, 5.5, 9)
    assert interval.sources[0] == Source("web-1", "1.0", "worker", 12)
    assert (interval.silence, interval.longest_silence) == (0.25, 1.5)


def test_answers_are_counted_by_who_gave_them():
    interval = parse(json.dumps(LINE))
    assert interval.by_pod == {"web-1": 12, "web-2": 10}
    assert interval.by_version == {"1.0": 12, "2.0": 10}
    assert interval.by_node == {"worker": 22}


def test_without_an_answer_there_is_no_latency():
    interval = parse(json.dumps({**LINE, "latency_ms": None, "answers": []}))
    assert (interval.p50_ms, interval.max_ms, interval.by_pod) == (None, None, {})


@pytest.mark.parametrize(
    "line", ["", "Traceback (most recent call last):", "[1]", '{"run": "1"}', '{"run": "17.5", "numb']
)
def test_what_is_no_report_is_left_out(line):
    assert parse(line) is None
