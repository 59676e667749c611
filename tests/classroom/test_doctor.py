"""The checks before the day of a class: each finding says what to do."""

import json
import socket

import pytest
from click.testing import CliRunner

from kubetutor.classroom import doctor
from kubetutor.cli import cli
from kubetutor.cluster.home import Home

PROXY = "http://ana:secret@proxy.school.example:3128"


def test_no_proxy_is_well():
    check = doctor.check_proxy({"PATH": "/bin"})
    assert (check.ok, check.found) == (True, "none")


@pytest.mark.parametrize("left_out", ["127.0.0.1,localhost", "localhost, 127.0.0.1, .school.example", "*"])
def test_a_proxy_that_leaves_this_machine_alone_is_well(left_out):
    check = doctor.check_proxy({"HTTPS_PROXY": PROXY, "no_proxy": left_out})
    assert check.ok
    assert check.found == "http://proxy.school.example:3128, not for this machine itself"


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"http_proxy": PROXY}, "127.0.0.1,localhost"),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "localhost"}, "127.0.0.1"),
    ],
)
def test_a_proxy_in_between_is_said_with_what_to_do_and_without_its_password(environ, missing):
    check = doctor.check_proxy(environ)
    assert not check.ok
    assert missing in check.fix
    assert "secret" not in check.found + check.fix


def test_a_port_that_is_taken_is_said(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        monkeypatch.setattr(doctor, "LAB_PORT", taken.getsockname()[1])
        check = doctor.check_lab_port()
    assert not check.ok
    assert "Address already in use" in check.found
    assert doctor.check_lab_port().ok


def test_little_room_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "MEMORY_MB", 10**9)
    monkeypatch.setattr(doctor, "DISK_MB", 10**9)
    assert not doctor.check_memory().ok
    assert not doctor.check_disk(Home(tmp_path)).ok


def test_a_kubectl_that_does_not_fit_is_said(monkeypatch):
    monkeypatch.setattr(doctor.commands, "run", lambda *_args, **_more: "Client Version: v1.20.4\n")
    check = doctor.check_versions()
    assert not check.ok
    assert "kubectl v1.20.4" in check.found


def test_by_command_every_finding_has_something_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path))
    said = CliRunner().invoke(cli, ["doctor", "--classroom", "--json"])
    checks = {check["name"]: check for check in json.loads(said.output)}
    assert {"class memory", "class disk", "class port", "class proxy", "class versions"} <= set(checks)
    assert all(check["ok"] or check["fix"] for check in checks.values())
    alone = json.loads(CliRunner().invoke(cli, ["doctor", "--json"]).output)
    assert not any(check["name"].startswith("class ") for check in alone)
