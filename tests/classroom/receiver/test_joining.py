"""A learner and a class: joining, what is sent and when, and what a lesson feels of it. Over real HTTPS."""

import dataclasses
import json
import threading
import time

import pytest
from click.testing import CliRunner

from kubetutor.cli import cli
from kubetutor.errors import ClassroomError
from kubetutor.exercises.progress import Progress
from kubetutor.exercises.report import join_code, membership, sender, to_receiver
from kubetutor.exercises.report.membership import Membership
from kubetutor.exercises.report.report import Report
from kubetutor.exercises.waiting import eventually
from tests.classroom.opened_class import opened


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The learner's own state folder."""
    folder = tmp_path / "learner"
    monkeypatch.setenv("KUBETUTOR_HOME", str(folder))
    return folder


@pytest.fixture
def room(tmp_path):
    with opened(tmp_path / "instructor") as made:
        yield made


def run(*words, code=0):
    done = CliRunner().invoke(cli, list(words))
    said = done.output + (str(done.exception) if isinstance(done.exception, ClassroomError) else "")
    assert done.exit_code == code, said
    return said


def exercises_of(room, name="Ana"):
    seen = room.seen().get(name)
    return {each.exercise: each.standing for each in seen.report.exercises} if seen and seen.report else {}


def test_nothing_is_sent_before_the_learner_has_joined(room, home):
    told = sender.Sender()
    progress = Progress("pods", on_change=told.wake)
    progress.move("comes-back", {"started": "2026-01-01T00:00:00Z"})
    assert told._thread is None
    assert sender.send() is None
    assert room.seen() == {}
    assert not (home / "class.json").exists()


def test_by_command_join_hand_and_leave(room, home):
    Progress("pods").move("comes-back", {"started": "2026-01-01T00:00:00Z"})
    said = run("join", room.address, room.code, "--name", "Ana")
    for words in ("You have joined as Ana", "Nothing else is sent", "The instructor got your progress at"):
        assert words in said
    assert exercises_of(room) == {"comes-back": "trying"}
    assert (home / "class.json").stat().st_mode & 0o077 == 0
    assert "Your hand is raised" in run("hand", "up")
    assert room.seen()["Ana"].report.hand is not None
    assert "Your hand" not in run("hand", "down")
    assert room.seen()["Ana"].report.hand is None
    assert "has forgotten you" in run("leave")
    assert room.seen() == {}
    assert "have not joined" in run("leave")
    assert "have not joined" in run("hand", "up", code=1)


def test_to_join_again_keeps_the_seat_and_changes_the_name(room):
    run("join", room.address, room.code, "--name", "Ana")
    run("join", room.address, room.code, "--name", "Anna")
    assert set(room.seen()) == {"Anna"}


def test_another_class_is_joined_and_the_one_before_forgets(room, tmp_path):
    run("join", room.address, room.code, "--name", "Ana")
    with opened(tmp_path / "other") as other:
        run("join", other.address, other.code, "--name", "Ana")
        assert set(other.seen()) == {"Ana"}
    assert room.seen() == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("join", "127.0.0.1"), "Say both"),
        (("join", "127.0.0.1", "1234-5678-9ABC-DEFG"), "--name NAME"),
    ],
)
def test_half_a_command_is_said(words, said):
    assert said in run(*words, code=2)


def test_to_the_wrong_machine_nothing_is_said(room, home):
    secret, mark = join_code.read(room.code)
    other = join_code.written(secret, mark[::-1])
    said = run("join", room.address, other, "--name", "Ana", code=1)
    assert "is not the one that this code belongs to, so nothing was sent" in said
    assert not (home / "class.json").exists()
    member = to_receiver.join(room.address, room.code, "Ana")
    elsewhere = dataclasses.replace(member, pin="0" * 64)
    with pytest.raises(ClassroomError, match="does not answer"):
        to_receiver.deliver(elsewhere, Report("Ana"))


def test_a_wrong_secret_and_an_address_where_nobody_is_are_said(room):
    _, mark = join_code.read(room.code)
    with pytest.raises(ClassroomError, match="join code is wrong"):
        to_receiver.join(room.address, join_code.written("000000", mark), "Ana")
    with pytest.raises(ClassroomError, match="does not answer"):
        to_receiver.join("127.0.0.1:1", room.code, "Ana")
    for odd in ("", ":", "host:port", "host:99999"):
        with pytest.raises(ClassroomError, match="is no address"):
            to_receiver.whole(odd)
    assert to_receiver.whole("192.168.1.5") == "192.168.1.5:8890"
    assert to_receiver._parts(to_receiver.whole("[::1]:8890")) == ("::1", 8890)


def test_each_change_is_sent_beside_the_lesson(room):
    run("join", room.address, room.code, "--name", "Ana")
    progress = Progress("pods", on_change=sender.Sender().wake)
    progress.move("comes-back", {"started": "2026-01-01T00:00:00Z"})
    assert eventually(lambda: exercises_of(room) == {"comes-back": "trying"})
    progress.move("comes-back", {"passed": "2026-01-01T00:10:00Z"})
    assert eventually(lambda: exercises_of(room) == {"comes-back": "passed"})
    progress.reset()
    assert eventually(lambda: exercises_of(room) == {})


def test_what_could_not_be_sent_is_said_once_and_sent_when_the_receiver_is_back(tmp_path):
    with opened(tmp_path / "instructor") as room:
        run("join", room.address, room.code, "--name", "Ana")
        port = room.port
    told = sender.Sender(waits=(0.05, 0.1))
    progress = Progress("pods", on_change=told.wake)
    began = time.monotonic()
    progress.move("comes-back", {"started": "2026-01-01T00:00:00Z"})
    progress.move("two-in-one", {"started": "2026-01-01T00:00:00Z"})
    assert time.monotonic() - began < 1, "a lesson does not wait for it"
    assert eventually(lambda: "does not answer" in membership.read().trouble)
    assert "Nothing is lost" in str(membership.read())
    with opened(tmp_path / "instructor", port=port) as room:
        assert eventually(lambda: exercises_of(room) == {"comes-back": "trying", "two-in-one": "trying"})
    assert eventually(lambda: told._thread is None), "nothing is left running"
    assert membership.read().trouble == ""


def test_several_notebooks_send_at_once_and_the_newest_state_stands(room):
    run("join", room.address, room.code, "--name", "Ana")
    lessons = ("pods", "services", "nodes")

    def take(lesson):
        progress = Progress(lesson, on_change=sender.Sender().wake)
        for number in range(4):
            progress.move(f"{lesson}-{number}", {"passed": "2026-01-01T00:00:00Z"})

    threads = [threading.Thread(target=take, args=(lesson,)) for lesson in lessons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    wanted = {f"{lesson}-{number}": "passed" for lesson in lessons for number in range(4)}
    assert eventually(lambda: exercises_of(room) == wanted)


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"address": "x"}), json.dumps([1])])
def test_a_damaged_membership_is_none(home, text):
    home.mkdir()
    (home / "class.json").write_text(text)
    assert membership.read() is None
    assert sender.send() is None
    assert sender.is_sent()


@pytest.mark.parametrize("pin", ["", "0" * 63, "x" * 64])
def test_without_a_certificate_to_go_by_nothing_is_sent(room, pin):
    member = dataclasses.replace(to_receiver.join(room.address, room.code, "Ana"), pin=pin)
    with pytest.raises(ClassroomError, match="Join again"):
        to_receiver.deliver(member, Report("Ana"))
    assert room.seen()["Ana"].report is None


def test_leaving_a_class_that_is_over_says_what_stays():
    membership.path().parent.mkdir()
    membership.keep(Membership("Ana", address="127.0.0.1:1", token="t", pin="0" * 64))
    assert "What was sent before is still there" in run("leave")
    assert membership.read() is None
