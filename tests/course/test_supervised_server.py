"""The one server of the experiment: a real process under a real supervisor."""

import json
import urllib.request

import pytest

from kubetutor.course.supervised_server import SupervisedServer
from kubetutor.exercises.waiting import eventually


@pytest.fixture
def server():
    server = SupervisedServer("1.0")
    server.start()
    yield server
    server.stop()


def version_of(server):
    try:
        with urllib.request.urlopen(f"http://{server.address}/?json", timeout=5) as answer:
            return json.load(answer)["version"]
    except OSError:
        return None


def test_a_crashed_process_is_started_again(server):
    server.crash()
    assert eventually(lambda: server.restarts == 1 and version_of(server) == "1.0")


def test_a_new_version_takes_the_place_of_the_old_one_and_counts_as_no_restart(server):
    server.install("2.0")
    assert eventually(lambda: version_of(server) == "2.0")
    assert server.restarts == 0


def test_a_broken_version_is_tried_again_and_again_until_another_one_comes(server):
    server.install("broken")
    assert eventually(lambda: server.restarts >= 2)
    server.install("2.0")
    assert eventually(lambda: version_of(server) == "2.0")


def test_it_is_asked_by_the_program_of_the_load_pod(server):
    assert next(interval for interval in server.asked() if interval.answered).by_version.keys() == {"1.0"}


def test_after_stop_nobody_answers(server):
    server.stop()
    assert version_of(server) is None
