"""A state folder with no room, or that is read-only: told, survived, and nothing acknowledged is lost.

A small file system of its own needs root to be mounted; as an ordinary user these tests are skipped, and say so.
"""

import contextlib
import os
import shutil
import signal
import subprocess

import psutil
import pytest

from tests.cluster.machine import Machine

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("mount"), reason="only root may mount a small file system"
    ),
]
READY = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"


@pytest.fixture
def small(tmp_path):
    """A file system of 4 MB."""
    path = tmp_path / "small"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "kubetutor-test", str(path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"mounting is refused here: {mounted.stderr.decode()}")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture
def machine(small):
    made = Machine(small / "home")
    yield made
    subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    made.run("down", "--all")


def fill(folder):
    """Leave no room; answer what gives it back."""
    path = folder / "filler"
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024))
    return path


def create_until_refused(machine):
    """Create objects; answer the names that were acknowledged, and the first refusal."""
    made = []
    for number in range(300):
        process = machine.start(
            "kubectl", "--", "create", "configmap", f"till-{number}", f"--from-literal=c={'7' * 9000}"
        )
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err
        if process.returncode:
            return made, err
        made.append(f"configmap/till-{number}")
    raise AssertionError("nothing was refused")


def test_up_without_room_says_so_and_works_once_there_is_some(machine, small):
    filler = fill(small)
    assert "No space left on device" in machine.run("up", code=1)
    assert not machine.processes()
    filler.unlink()
    machine.run("up")


@pytest.mark.parametrize("left", [40, 80, 200, 400])
def test_up_that_runs_out_of_room_never_says_that_the_database_is_damaged(machine, small, left):
    (small / "filler").write_bytes(bytes((8192 - left) * 1024))
    said = machine.run("up", code=1)
    assert "ull" in said or "No space left" in said or "disk I/O" in said
    assert "damaged" not in said
    assert "Error(" not in said
    assert not machine.processes()


def test_a_cluster_without_room_refuses_lives_on_and_loses_nothing(machine, small, eventually):
    machine.run("up")
    machine.kubectl("create", "deployment", "web", "--image=my-app:1.0", "--replicas=2")
    machine.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    filler = fill(small)
    made, refusal = create_until_refused(machine)
    assert "InternalError" in refusal or "Internal error occurred" in refusal
    assert "disk is full" in refusal
    pod = machine.kubectl("get", "pods", "-o", "name").split()[0]
    pid = int(machine.kubectl("exec", pod, "--", "sh", "-c", "echo $KUBETUTOR_PID"))
    os.kill(pid, signal.SIGKILL)  # its end cannot be stored now
    eventually(lambda: not psutil.pid_exists(pid))
    assert machine.kubectl("get", "nodes", "-o", READY) == "True True True"
    filler.unlink()
    restarts = "jsonpath={.status.containerStatuses[0].restartCount}"
    eventually(lambda: machine.kubectl("get", pod, "-o", restarts) == "1", 40)
    machine.kubectl("create", "configmap", "after", "--from-literal=coins=7")
    assert set(made) <= set(machine.kubectl("get", "configmaps", "-o", "name").split())
    os.kill(machine.pid(), signal.SIGKILL)
    machine.run("up")
    assert {*made, "configmap/after"} <= set(machine.kubectl("get", "configmaps", "-o", "name").split())


def test_a_folder_that_becomes_read_only_is_told_and_survived(machine, small):
    machine.run("up")
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=False)
    process = machine.start("kubectl", "--", "create", "configmap", "till")
    _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("the system does not make a file system read-only while files are open for writing")
    assert "Traceback" not in err
    subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    machine.kubectl("create", "configmap", "till")


def test_up_in_a_read_only_folder_is_told(machine, small):
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    assert "Read-only file system" in machine.run("up", code=1)
