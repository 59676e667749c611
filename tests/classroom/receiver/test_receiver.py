"""The receiver over real HTTPS: who may say what, what is refused, and what it outlives."""

import contextlib
import json
import secrets
import socket
import threading

import pytest

from kubetutor.classroom.receiver.connections import Bounds
from kubetutor.exercises.report.report import LARGEST
from tests.classroom.opened_class import Clock, anybody, opened, report


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def room(tmp_path, clock):
    with opened(tmp_path / "class", clock=clock) as made:
        yield made


def body(name="Ana"):
    return report(name).as_json().encode()


def said(answer):
    return json.loads(answer[2])["error"]


def test_who_has_joined_reports_and_is_seen(room, clock):
    token = room.join("Ana")
    assert room.ask("PUT", "/report", body(), token)[0] == 204
    seen = room.seen()["Ana"]
    assert (seen.report, seen.heard) == (report(), clock.now)


def test_a_wrong_code_is_refused(room):
    answer = room.ask("POST", "/join", json.dumps({"code": "000000", "name": "Eve"}))
    assert answer[0] == 403
    assert "wrong" in said(answer)
    assert room.seen() == {}


def test_an_expired_code_is_refused_and_who_has_joined_stays(room, clock):
    token, code = room.join("Ana"), room.secret
    clock.now += 4 * 3600
    answer = room.ask("POST", "/join", json.dumps({"code": code, "name": "Late"}))
    assert answer[0] == 403
    assert "expired" in said(answer)
    assert room.ask("PUT", "/report", body(), token)[0] == 204
    room.in_its_thread(lambda one: one.roster.new_code(1))
    assert room.secret != code
    assert room.join("Late")


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 43, "' OR 1=1 --"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_without_a_valid_token_nothing_is_taken(room, method, token):
    room.join("Ana")
    assert room.ask(method, "/report", body(), token)[0] == 401
    assert room.seen()["Ana"].report is None


def test_a_learner_reports_for_nobody_else_and_reads_nothing(room):
    ana, ben = room.join("Ana"), room.join("Ben")
    room.ask("PUT", "/report", body("Ben"), ana)
    assert room.seen()["Ben"].report is None, "the name in a report does not choose the seat"
    for method in ("GET", "HEAD", "OPTIONS", "PATCH", "POST"):
        for path in ("/report", "/", "/frame", "/csv", "/join/", "/report/1", "/page.js", "/../class.db"):
            status, _, answer = room.ask(method, path, b"", ben)
            assert status in {404, 405, 429}
            assert b"Ana" not in answer
    kept = (room._one.folder / "class.db").read_bytes() + (room._one.folder / "class.db-wal").read_bytes()
    assert ana.encode() not in kept, "the database holds no token"


def test_two_of_one_name_are_told_apart_and_a_seat_is_kept(room):
    first = room.join("Ana")
    room.join("Ana")
    again = json.dumps({"code": room.secret, "name": "Anna"})
    answer = json.loads(room.ask("POST", "/join", again, first)[2])
    assert answer == {"name": "Anna", "token": first}
    assert set(room.seen()) == {"Anna", "Ana (2)"}


def test_who_leaves_is_forgotten(room):
    token = room.join("Ana")
    assert room.ask("DELETE", "/report", token=token)[0] == 204
    assert room.seen() == {}
    assert room.ask("PUT", "/report", body(), token)[0] == 401


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused(room, declared):
    token, large = room.join("Ana"), b"x" * (LARGEST + 1)
    chunked = iter([large]) if not declared else large
    assert room.ask("PUT", "/report", chunked, token)[0] == 413
    assert room.ask("POST", "/join", large[:2000])[0] == 413


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b"\xff" * 50, b"[" * 30000, b'{"code": 3, "name": "x"}', b"null"]
)
def test_garbage_in_a_body_is_refused(room, garbage):
    token = room.join("Ana")
    assert room.ask("PUT", "/report", garbage, token)[0] == 400
    assert room.ask("POST", "/join", garbage[:900])[0] == 400
    assert room.seen()["Ana"].report is None


def test_who_asks_too_often_is_told_to_wait_and_others_are_not(room):
    ana, ben = room.join("Ana"), room.join("Ben")
    answers = [room.ask("PUT", "/report", body(), ana) for _ in range(26)]
    assert [status for status, _, _ in answers[:20]] == [204] * 20
    refused = next(answer for answer in answers if answer[0] == 429)
    assert int(refused[1]["retry-after"]) >= 1
    assert "Too many" in said(refused)
    assert room.ask("PUT", "/report", body(), ben)[0] == 204


def test_guessing_codes_is_slow(room):
    guesses = [room.ask("POST", "/join", json.dumps({"code": f"{n:06}", "name": "E"}))[0] for n in range(80)]
    assert guesses[0] == 403
    assert 429 in guesses
    assert room.seen() == {}


def test_garbage_on_the_wire_and_slow_clients_do_not_keep_others_out(tmp_path):
    with (
        opened(tmp_path / "class", bounds=Bounds(seconds=1.0, from_one=12)) as room,
        contextlib.ExitStack() as stack,
    ):
        token = room.join("Ana")
        for rubbish in (
            b"\x00" * 4000,
            b"GET / HTTP/1.1\r\n\r\n",
            secrets.token_bytes(20000),
            b"\x16\x03\x01\xff\xff",
        ):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", room.port), timeout=5) as raw,
            ):
                raw.sendall(rubbish)
        slow = [_secure(room.port, stack) for _ in range(4)]
        for connection in slow:
            connection.sendall(b"PUT /report HTTP/1.1\r\nHost: x\r\nContent-Le")
        nonsense = _secure(room.port, stack)
        nonsense.sendall(b"\x01\x02 nonsense\r\n\r\n")
        assert nonsense.recv(100).startswith(b"HTTP/1.1 400")
        header = _secure(room.port, stack)
        header.sendall(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000)
        assert b" 400 " in header.recv(100)
        assert room.ask("PUT", "/report", body(), token)[0] == 204
        for connection in slow:
            with contextlib.suppress(ConnectionError):
                assert connection.recv(100) == b"", "it was ended"
        assert room.ask("PUT", "/report", body(), token)[0] == 204


def test_one_address_has_so_many_connections_at_once_and_no_more(tmp_path):
    with opened(tmp_path / "class", bounds=Bounds(from_one=3)) as room, contextlib.ExitStack() as stack:
        held = [_secure(room.port, stack) for _ in range(3)]
        with contextlib.suppress(OSError):
            more = _secure(room.port, stack)
            assert more.recv(10) == b""
        for connection in held:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"404" in connection.recv(100)


def test_what_was_acknowledged_outlives_the_receiver(tmp_path):
    with opened(tmp_path / "class") as room:
        token, code, port, link = room.join("Ana"), room.code, room.port, room.page_token
        assert room.ask("PUT", "/report", body(), token)[0] == 204
    with opened(tmp_path / "class", port=port) as room:
        assert room.seen()["Ana"].report == report()
        assert (room.code, room.page_token) == (code, link)
        assert room.ask("PUT", "/report", body(), token)[0] == 204


def test_thirty_report_at_once_and_all_is_kept(room):
    tokens = [room.join(f"Learner {number}") for number in range(30)]
    answers = []
    threads = [
        threading.Thread(target=lambda each=each: answers.append(room.ask("PUT", "/report", body(), each)[0]))
        for each in tokens
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [204] * 30
    assert all(each.report == report() for each in room.seen().values())


def test_its_files_are_private(room):
    for file in room._one.folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name
    assert room._one.folder.stat().st_mode & 0o077 == 0


def _secure(port, stack):
    raw = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
    return stack.enter_context(anybody().wrap_socket(raw))
