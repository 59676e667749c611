"""What processes use, read from the real /proc."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kubetutor.embedded.kubelet.usage import Use, measure

MIB = 1024**2
BUSY = "import time\nwhile time.process_time() < 0.2: pass\n"
WITH_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BUSY + "print('done', flush=True); input()"!r}])
held = bytearray(b"x" * {20 * MIB})
child.wait()
"""
AFTER_CHILD = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BUSY!r}])
print("done", flush=True)
input()
"""


@pytest.fixture
def run():
    """Run a program that leads a session, until it has said that it is done with its work."""
    started = []

    def run(program):
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout.readline() == b"done\n"
        return process.pid

    yield run
    for process in started:
        process.communicate(b"\n", timeout=10)


def test_a_session_is_measured_with_its_children(run):
    used = measure({run(WITH_CHILD): "shop/till"})["shop/till"]
    assert 0.2 <= used.cpu < 5
    assert 20 * MIB < used.memory < 100 * MIB


def test_the_time_of_a_child_that_has_ended_counts(run):
    assert measure({run(AFTER_CHILD): "shop/till"})["shop/till"].cpu >= 0.2


def test_two_sessions_can_be_one_containers(run):
    first, second = run(AFTER_CHILD), run(AFTER_CHILD)
    assert measure({first: "shop/till", second: "shop/till"})["shop/till"].cpu >= 0.4


def test_who_has_ended_uses_nothing():
    process = subprocess.Popen(["true"], start_new_session=True)
    process.wait()
    assert measure({process.pid: "shop/till"}) == {"shop/till": Use()}
