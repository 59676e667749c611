"""`kubetutor` on the command line with the kind backend, with stand-ins: offers, interruptions, the doctor."""

import hashlib
import http.server
import json
import signal
import subprocess
import threading

import psutil
import pytest

from kubetutor.cluster.kind import releases
from tests.cluster.kind.test_releases import CONTENT, Downloads

OFFER = "To go on without it: kubetutor up --backend embedded"


def creating(machine):
    """List the `kind create cluster` of this machine's home that run."""
    kubeconfig = str(machine.home.cluster("shop").kubeconfig)
    found = []
    for process in psutil.process_iter():
        try:
            if kubeconfig in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def begun(machine, cluster_file):
    """Start `kubetutor up` and wait until its nodes are being made."""
    process = machine.start("up", "--backend", "kind", "--config", str(cluster_file()))
    for line in process.stderr:
        if "starting the nodes' containers" in line:
            return process
    raise AssertionError("it never came so far")


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGINT] * 3, [signal.SIGTERM], [signal.SIGHUP]])
def test_an_interrupted_up_leaves_nothing_however_often_it_is_interrupted(
    machine, stand_ins, cluster_file, eventually, signals
):
    process = begun(machine, cluster_file)
    eventually(stand_ins.left)
    for number in signals:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Interrupted." in err
    assert "Traceback" not in out + err
    assert stand_ins.left() == ""
    assert machine.home.clusters() == []
    assert creating(machine) == []


def test_a_killed_up_is_told_and_cleared_by_down(machine, stand_ins, cluster_file, eventually):
    process = begun(machine, cluster_file)
    eventually(stand_ins.left)
    process.kill()
    process.communicate()
    assert "left half-made" in machine.run("status", code=1)
    checks = json.loads(machine.run("doctor", "--json"))
    assert any(check["name"] == "kind cluster" and "half-made" in check["found"] for check in checks)
    machine.run("down")
    assert stand_ins.left() == ""
    assert machine.home.clusters() == []
    assert creating(machine) == []


def test_every_refusal_ends_with_the_offer_to_go_on_with_the_embedded_cluster(
    machine, stand_ins, cluster_file
):
    assert OFFER in machine.run("up", "--backend", "kind", "--kubernetes", "1.2", code=1)
    stand_ins.kind_failing("ERROR: no luck")
    said = machine.run("up", "--backend", "kind", "--config", str(cluster_file()), code=1)
    assert "ERROR: no luck" in said
    assert OFFER in said
    stand_ins.silent()
    assert OFFER in machine.run("up", "--backend", "kind", code=1)
    (stand_ins.folder / "docker").unlink()
    assert OFFER in machine.run("up", "--backend", "kind", code=1)


def test_without_a_terminal_nobody_is_asked_whether_to_install_kind(machine, stand_ins):
    (stand_ins.folder / "kind").unlink()
    said = machine.run("up", "--backend", "kind", code=1)
    assert "the command `kind` is not installed" in said
    assert "kubetutor up --backend kind --install-kind" in said


def test_kind_is_installed_when_the_command_line_says_so(machine, stand_ins):
    """What the server has is not what was published: the real checksum refuses it."""
    (stand_ins.folder / "kind").unlink()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Downloads) as server:
        server.asked, server.cut_off = [], False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        machine.environ[releases.VARIABLE] = f"http://127.0.0.1:{server.server_port}"
        said = machine.run("up", "--backend", "kind", "--install-kind", code=1)
        server.shutdown()
    assert hashlib.sha256(CONTENT).hexdigest() in said
    assert "Nothing is installed" in said
    assert not releases.installed_path(machine.home).exists()


def test_wrong_usage_ends_with_two(machine):
    machine.run("up", "--kubernetes", "1.36", code=2)
    machine.run("up", "--backend", "embedded", "--install-kind", code=2)


def test_the_doctor_never_fails_for_kind(machine, stand_ins):
    (stand_ins.folder / "kind").unlink()
    stand_ins.silent()
    said = machine.run("doctor")
    assert "For kind (optional):" in said
    assert "note  engine" in said
    assert "note  kind" in said
    kinds = [check for check in json.loads(machine.run("doctor", "--json")) if check.get("for") == "kind"]
    assert {check["name"] for check in kinds} == {"engine", "kind"}
    assert all(check["wanted"] and check["fix"] for check in kinds)


def test_the_doctor_looks_at_all_that_kind_needs(machine, stand_ins):
    stand_ins.info(CgroupVersion="1", MemTotal=2**29)
    stand_ins.containers("kubetutor-control-plane running 77\n")
    checks = {
        check["name"]: check for check in json.loads(machine.run("doctor", "--json")) if check.get("for")
    }
    assert {"engine", "kind", "kind memory", "cgroup", "node image", "kind name"} <= set(checks)
    assert not checks["kind memory"]["ok"]
    assert not checks["cgroup"]["ok"]
    assert "kind delete cluster --name kubetutor" in checks["kind name"]["fix"]


def test_a_terminal_is_asked(machine, stand_ins):
    """Through a pseudo-terminal: the answer is no."""
    import os
    import pty

    (stand_ins.folder / "kind").unlink()
    ours, theirs = pty.openpty()
    from tests.cluster.machine import KUBETUTOR, ROOT

    process = subprocess.Popen(
        [*KUBETUTOR, "up", "--backend", "kind"], cwd=ROOT, env=machine.environ,
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    os.write(ours, b"n\n")
    said, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 1
    assert f"Install kind {releases.VERSION} (about" in said
    assert "is not installed" in said
