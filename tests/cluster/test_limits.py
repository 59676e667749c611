"""More than this machine allows: told in events, and the cluster lives on."""

import json
import resource
import socket
import ssl
import subprocess

import psutil
import pytest

from kubetutor.api import kubeconfig
from tests.cluster.machine import KUBETUTOR, ROOT, Machine

pytestmark = pytest.mark.kubectl


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path / "home")
    yield made
    made.run("down", "--all")


def up_with(machine, files):
    """Start a cluster whose processes may open so many files and not more."""
    subprocess.run(
        [*KUBETUTOR, "up"], cwd=ROOT, env=machine.environ, check=True, capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),  # no threads here
    )  # fmt: skip


def states(machine):
    pods = json.loads(machine.kubectl("get", "pods", "-o", "json"))["items"]
    return [
        next(iter(pod["status"]["containerStatuses"][0]["state"]), "")
        for pod in pods
        if "containerStatuses" in pod["status"]
    ]


def test_more_pods_than_files_may_be_open_are_told_and_the_others_run(machine, eventually):
    up_with(machine, 200)
    machine.kubectl("create", "deployment", "web", "--image=my-app:1.0", "--replicas=70")
    eventually(lambda: "Too many open files: the limit is 200" in machine.kubectl("get", "events"), 30)
    eventually(lambda: states(machine).count("running") >= 30, 30)
    assert json.loads(machine.run("status", "--json"))["ready"]
    machine.kubectl("scale", "deployment/web", "--replicas=3")
    eventually(lambda: states(machine) == ["running"] * 3, 40)
    assert "Traceback" not in machine.folder.log.read_text()


def open_files(machine):
    return psutil.Process(machine.pid()).num_fds()


def test_two_hundred_watches_that_vanish_leave_nothing_behind(machine, eventually):
    machine.run("up")
    access = kubeconfig.read(machine.folder.kubeconfig)
    before = open_files(machine)
    host, _, port = access.server.removeprefix("https://").partition(":")
    context = ssl._create_unverified_context()  # noqa: S323  # who serves is not what this is about
    ask = f"GET /api/v1/configmaps?watch=true HTTP/1.1\r\nHost: cluster\r\nAuthorization: Bearer {access.token}\r\n\r\n"
    clients = []
    for _ in range(200):
        client = context.wrap_socket(socket.create_connection((host, int(port)), timeout=30))
        client.sendall(ask.encode())
        clients.append(client)
    for client in clients:
        assert client.recv(64).startswith(b"HTTP/1.1 200")
    assert open_files(machine) >= before + 200
    for client in clients:
        client.shutdown(socket.SHUT_RDWR)
        client.close()
    eventually(lambda: open_files(machine) <= before + 10, 30)
    machine.kubectl("create", "configmap", "till")
    assert "Traceback" not in machine.folder.log.read_text()
