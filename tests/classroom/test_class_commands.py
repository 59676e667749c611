"""The instructor's commands, as a process of their own: what they print, what listens, and what they leave."""

import re
import socket
import urllib.error
import urllib.request

import psutil
import pytest
from click.testing import CliRunner

from kubetutor.classroom.receiver.opened import reachable
from kubetutor.cli import cli
from kubetutor.cluster.home import Home
from kubetutor.errors import ClassroomError
from tests.classroom.running import running


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")


def free_port():
    """Answer a port that is free, and the next one too, as far as one can tell."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*words, code=0):
    done = CliRunner().invoke(cli, list(words))
    said = done.output + (str(done.exception) if isinstance(done.exception, ClassroomError) else "")
    assert done.exit_code == code, said
    return said


def test_a_class_from_open_to_close(home, tmp_path):
    port = free_port()
    with running("class", "open", "--port", str(port)) as command:
        assert "only learners on this machine can join" in command.said
        link = re.search(r"http://\S+", command.said)[0]
        listening = {
            each.laddr.ip
            for each in psutil.Process(command.process.pid).net_connections()
            if each.status == "LISTEN"
        }
        assert listening == {"127.0.0.1"}
        join = re.search(r"kubetutor (join \S+ \S+)", command.said)[1].split()
        run(*join, "--name", "Ana")
        page, _, token = link.partition("#")
        request = urllib.request.Request(f"{page}frame", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert b"Ana" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{page}frame", timeout=10)
        assert "open in another terminal" in run("class", "close", "--yes", code=1)
        run(*join, "--name", "Rude")
        assert "Rude is off the list" in run("class", "forget", "Rude")
        assert "Nobody in the class is called 'Rude'" in run("class", "forget", "Rude", code=1)
        assert "not in the class (any more). Join again" in run("hand", "up")
        run(*join, "--name", "Ana")
        command.process.kill()
    assert "Ana" in run("class", "show"), "what was acknowledged outlives a kill"
    assert run("class", "show", "--lesson", "04").startswith("Deployments")
    assert "Written" in run("class", "show", "--csv", str(tmp_path / "class.csv"))
    assert (tmp_path / "class.csv").read_text().count("Ana") > 10
    assert "valid until" in run("class", "code")
    assert "nothing of it is kept" in run("class", "close", "--yes")
    assert not home.opened_class.exists()
    for words in (("show",), ("code",), ("close", "--yes")):
        assert "No class is open" in run("class", *words, code=1)


@pytest.mark.usefixtures("home")
def test_beyond_loopback_it_says_so_and_what_is_not_protected():
    with running("class", "open", "--listen", "0.0.0.0", "--port", str(free_port())) as command:
        assert "Warning: this listens at 0.0.0.0:" in command.said
        assert "Not protected: names are chosen freely" in command.said
        listening = [
            each.laddr
            for each in psutil.Process(command.process.pid).net_connections()
            if each.status == "LISTEN"
        ]
        assert {each.ip for each in listening} == {"0.0.0.0", "127.0.0.1"}, "the page stays on loopback"
        assert command.end() == 0


@pytest.mark.usefixtures("home")
def test_an_address_that_is_none_and_a_port_that_is_taken_are_said():
    assert "is no IP address" in run("class", "open", "--listen", "everywhere", code=2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "a port that is free" in run("class", "open", "--port", str(taken.getsockname()[1]), code=1)


def test_learners_are_told_an_address_that_they_can_reach():
    assert reachable("192.168.1.5", 8890) == ["192.168.1.5:8890"]
    assert reachable("::1", 8890) == ["[::1]:8890"]
    assert all(way.endswith(":8890") and not way.startswith("0.") for way in reachable("0.0.0.0", 8890))
