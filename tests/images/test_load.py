"""load as a program of its own, as the load pod runs it, and its bookkeeping on a clock that the test moves."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from kubetutor.images import load
from kubetutor.images.load import Counts, is_whole, parts_of, percentiles, read_rate, source_of

PROGRAM = Path(load.__file__).read_text(encoding="utf-8")
WHO = ("web-1", "1.0", "worker")
BODY = json.dumps({"app": "my-app", "pod": "web-1", "version": "1.0", "node": "worker"}).encode()


def http(status=200, body=BODY):
    return f"HTTP/1.1 {status} word\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Shop:
    """A server that gives each connection the same bytes, then closes it; None answers nothing at all."""

    def __init__(self, says=None):
        self.says, self.held = http() if says is None else says, []
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.target = f"127.0.0.1:{self.sock.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):  # it was closed
            while True:
                connection, _ = self.sock.accept()
                connection.recv(4096)
                if self.says == b"":
                    self.held.append(connection)
                    continue
                connection.sendall(self.says)
                connection.close()

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


@pytest.fixture
def shop():
    with contextlib.ExitStack() as stack:

        def open_shop(says=None):
            made = Shop(says)
            stack.callback(made.close)
            return made

        yield open_shop


@pytest.fixture
def start(tmp_path):
    running = []

    def start(target, rate=50):
        folder = tmp_path / "settings"
        folder.mkdir(exist_ok=True)
        (folder / "rate").write_text(str(rate))
        environment = {**os.environ, "TARGET": target, "KUBETUTOR_VOLUMES": str(tmp_path)}
        argv = [sys.executable, "-I", "-S", "-u", "-c", PROGRAM]
        program = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True)
        running.append(program)
        return program

    yield start
    for program in running:
        program.kill()
        program.wait()
        program.stdout.close()


def line_of(program):
    return json.loads(program.stdout.readline())


def line_where(program, holds):
    """Read on until a line is as wanted; fail when it is not among the next twenty."""
    return next(line for line in (line_of(program) for _ in range(20)) if holds(line))


def test_kubernetes_would_find_no_variable_in_its_text():
    assert "$(" not in PROGRAM
    assert "$$" not in PROGRAM


def test_it_reports_who_answered_and_how_quickly(start, shop):
    program = start(shop().target)
    first, second = line_of(program), line_of(program)
    assert (first["number"], first["answered"], first["lost"]) == (0, 1, 0)
    assert (second["number"], second["lost"], second["start"]) == (1, 0, first["end"])
    assert 10 <= second["answered"] <= 35  # 25, on a machine that has the time
    assert second["answers"] == [[*WHO, second["answered"]]]
    latency = second["latency_ms"]
    assert 0 < latency["p50"] <= latency["p95"] <= latency["max"] < 500


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (http(503), "HTTP 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort", "closed without a whole answer"),
        (b"good morning\r\n\r\n", "closed without a whole answer"),
    ],
)
def test_what_is_no_good_answer_is_lost(start, shop, says, words):
    report = line_of(start(shop(says).target))
    assert report["answered"] == 0
    assert report["errors"] == [[words, report["lost"]]]
    assert report["silence"] == report["longest_silence"] > 0.3


def test_nobody_there_is_lost_at_once(start):
    report = line_of(start("127.0.0.1:1"))
    assert report["errors"] == [["connection refused", report["lost"]]]
    assert report["lost"] >= 15


def test_a_request_that_hangs_is_lost_in_the_end_and_holds_up_no_other(start, shop):
    program = start(shop(b"").target)
    reports = [line_of(program) for _ in range(6)]
    assert sum(report["lost"] for report in reports[:3]) == 0
    assert reports[2]["waiting"] > 40
    assert reports[2]["oldest"] > 0.5
    assert reports[-1]["errors"][0][0] == "no answer within 2 s"
    assert reports[-1]["sent"] >= 15


def test_the_rate_follows_its_file(start, shop, tmp_path):
    program = start(shop().target, rate=20)
    slow = line_where(program, lambda line: line["number"] == 1)
    assert (slow["rate"], slow["sent"] < 15) == (20, True)
    (tmp_path / "settings" / "rate").write_text("200")
    line_where(program, lambda line: line["rate"] == 200 and line["sent"] > 40)
    (tmp_path / "settings" / "rate").write_text("0")
    quiet = line_where(program, lambda line: line["rate"] == 0)
    assert (quiet["sent"], quiet["waiting"], quiet["oldest"]) == (0, 0, 0)


def test_it_ends_at_once_on_sigterm_and_reports_what_it_has(start, shop):
    program = start(shop().target)
    line_of(program)
    program.send_signal(signal.SIGTERM)
    assert program.wait(5) == 0
    assert json.loads(program.stdout.readlines()[-1])["lost"] == 0


def test_fifty_requests_a_second_cost_little(start, shop):
    program = start(shop().target)
    line_of(program)
    process = psutil.Process(program.pid)
    before = process.cpu_times()
    for _ in range(6):
        line_of(program)
    after = process.cpu_times()
    assert (after.user + after.system) - (before.user + before.system) < 0.45  # of 3 s
    assert process.memory_info().rss < 30e6


# -- bookkeeping ---------------------------------------------------------------------------------------------


def test_silence_is_the_longest_time_between_two_answers():
    counts = Counts(100.0, 0.0)
    counts.answer(100.1, 0.01, WHO)
    counts.loss(100.2, "HTTP 503")
    counts.loss(100.5, "HTTP 503")
    counts.answer(100.7, 0.01, WHO)
    counts.answer(100.8, 0.01, WHO)
    line = counts.report(100.9, 0.9, rate=50, waiting=0)
    assert (line["answered"], line["lost"], line["errors"]) == (3, 2, [("HTTP 503", 2)])
    assert line["silence"] == line["longest_silence"] == 0.6


def test_silence_that_reaches_into_the_next_interval_has_all_of_its_length_there():
    counts = Counts(100.0, 0.0)
    counts.loss(100.2, "HTTP 503")
    assert counts.report(100.5, 0.5, rate=50, waiting=0)["silence"] == 0.5
    counts.answer(100.6, 0.01, WHO)
    assert counts.report(101.0, 1.0, rate=50, waiting=0)["silence"] == 0.6
    later = counts.report(101.5, 1.5, rate=50, waiting=0)
    assert (later["silence"], later["longest_silence"]) == (0, 0.6)


def test_a_time_in_which_nothing_was_lost_is_no_silence():
    counts = Counts(100.0, 0.0)
    counts.answer(104.0, 4.0, WHO)
    assert counts.report(108.0, 8.0, rate=50, waiting=0)["silence"] == 0


def test_the_time_in_which_it_was_kept_from_running_does_not_count(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(load.time, "monotonic", lambda: clock[0])
    watch = load.Watch()
    began = watch.now()
    clock[0] += 0.07  # planned 0.02: a turn may take a little longer
    watch.leave_out(began, 0.02)
    assert watch.now() - began == pytest.approx(0.07)
    began = watch.now()
    clock[0] += 3.0
    watch.leave_out(began, 0.02)
    assert watch.now() - began == pytest.approx(0.02)


def test_percentiles_are_latencies_that_were_measured():
    assert percentiles([]) is None
    assert percentiles([3.0]) == {"p50": 3.0, "p95": 3.0, "max": 3.0}
    assert percentiles([float(number) for number in range(100, 0, -1)]) == {"p50": 50, "p95": 95, "max": 100}


def test_an_answer_is_whole_when_all_that_it_announced_is_there():
    assert is_whole(bytearray(http()))
    assert not is_whole(bytearray(http()[:-1]))
    assert not is_whole(bytearray(b"HTTP/1.0 200 OK\r\n\r\nno length"))
    assert parts_of(b"HTTP/1.0 200 OK\r\n\r\nno length") == (200, b"no length")
    assert parts_of(http()[:-1]) == (0, b"")


@pytest.mark.parametrize(
    ("body", "who"),
    [
        (BODY, WHO),
        (b'{"pod": "web-1", "node": "unknown"}', ("web-1", "", "")),
        (b"<html>", ("", "", "")),
        (b"[1]", ("", "", "")),
    ],
)
def test_an_answer_says_who_gave_it_as_far_as_it_does(body, who):
    assert source_of(body) == who


@pytest.mark.parametrize(
    ("text", "rate"), [("80", 80), ("0", 0), ("-3", 0), ("9999", 400), ("many", 50), ("nan", 50)]
)
def test_nonsense_changes_no_rate(tmp_path, monkeypatch, text, rate):
    monkeypatch.setenv("KUBETUTOR_VOLUMES", str(tmp_path))
    assert read_rate(50) == 50
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "rate").write_text(text)
    assert read_rate(50) == rate
