"""my-app as a program of its own, as it is in a container image."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

ADDRESS = f"127.98.{os.getpid() % 250}.{1 + os.getpid() % 254}"


@pytest.fixture
def start():
    running = []

    def start(**environment):
        values = {**os.environ, "KUBETUTOR_LISTEN": ADDRESS, "HOSTNAME": "web-1", **environment}
        argv = [sys.executable, "-m", "kubetutor.images.my_app"]
        app = subprocess.Popen(argv, env=values, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        running.append(app)
        return app

    yield start
    for app in running:
        app.kill()
        app.wait()
        app.stdout.close()


def get(path="/", **headers):
    request = urllib.request.Request(f"http://{ADDRESS}:3000{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:  # our own address
        return answer.read().decode()


def test_it_says_who_it_is_in_words_and_in_json(start):
    app = start(APP_VERSION="2.0", KUBETUTOR_NODE="worker2")
    assert app.stdout.readline() == "my-app 2.0 listens on port 3000\n"
    assert get() == "my-app 2.0 on pod web-1, node worker2\n"
    expected = {"app": "my-app", "version": "2.0", "pod": "web-1", "node": "worker2"}
    assert json.loads(get("/?json")) == expected
    assert json.loads(get(Accept="application/json")) == expected
    assert get("/healthz") == "ok\n"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get("/nope")
    assert '"GET / HTTP/1.1" 200' in app.stdout.readline()


def test_it_can_be_made_to_crash(start):
    app = start()
    app.stdout.readline()
    get("/crash")
    assert app.wait(5) == 1


def test_the_broken_version_ends_at_once(start):
    app = start(APP_VERSION="broken")
    assert app.wait(5) == 1
    assert app.stdout.read() == "starting\ncannot open database\n"


def test_it_ends_gracefully_on_sigterm(start):
    app = start()
    app.stdout.readline()
    app.send_signal(signal.SIGTERM)
    assert app.wait(5) == 0
    assert app.stdout.read().endswith("my-app has finished\n")


def test_requests_that_it_took_are_answered_before_it_ends(start):
    app = start()
    app.stdout.readline()
    outcomes = []

    def ask():
        while True:
            try:
                outcomes.append(get())
            except OSError as error:
                outcomes.append(getattr(error, "reason", error))
                return

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    while len(outcomes) < 40:
        time.sleep(0.001)
    app.send_signal(signal.SIGTERM)
    for client in clients:
        client.join()
    unanswered = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert len(unanswered) == len(clients)  # each client's last, when nobody listened any more
    assert all(isinstance(reason, ConnectionError) for reason in unanswered)
    assert app.wait(5) == 0


def test_it_is_idle_when_nobody_asks(start):
    app = start()
    app.stdout.readline()
    before = psutil.Process(app.pid).num_ctx_switches().voluntary
    with pytest.raises(subprocess.TimeoutExpired):
        app.wait(1.2)  # http.server's own loop would wake twice a second
    assert psutil.Process(app.pid).num_ctx_switches().voluntary <= before + 1


def test_it_can_be_slow_to_start_and_does_not_listen_until_then(start):
    began = time.monotonic()
    app = start(START_SECONDS="0.6")
    assert isinstance(refusal(), ConnectionRefusedError)
    while refusal() is not None:
        assert app.poll() is None
    assert time.monotonic() - began >= 0.6
    assert app.stdout.readline() == "my-app 1.0 listens on port 3000\n"


def refusal():
    """Answer why nobody answers, or nothing when somebody does."""
    try:
        get("/healthz")
    except urllib.error.URLError as error:
        return error.reason
    return None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which signals a process catches")
def test_sigterm_ends_it_also_while_it_starts(start):
    app = start(START_SECONDS="60")
    while not catches(app, signal.SIGTERM):
        assert app.poll() is None
    app.send_signal(signal.SIGTERM)
    assert app.wait(5) == 0
    assert app.stdout.read() == ""


def catches(app, number):
    lines = Path("/proc", str(app.pid), "status").read_text().splitlines()
    caught = next(line.split()[1] for line in lines if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def test_an_answer_can_take_work_of_a_processor(start):
    app = start(WORK_MS="40")
    app.stdout.readline()
    process = psutil.Process(app.pid)

    def used():
        times = process.cpu_times()
        return times.user + times.system

    get()  # what only the first answer needs
    before = used()
    for _ in range(5):
        get("/healthz")
    assert used() - before < 0.1, "a probe does no work"
    before = used()
    for _ in range(5):
        get()
    assert 0.2 <= used() - before + 0.02 < 0.4, (
        "5 answers of 40 ms; the kernel counts in hundredths of a second"
    )


def test_a_busy_port_is_said(start):
    start().stdout.readline()
    second = start()
    assert second.wait(5) == 1
    assert "cannot listen" in second.stdout.read()
