"""Connections from this machine to a port of a pod, through the API server."""

import json
import re
import socket
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import eventually, new_namespace
from .manifests import NOWHERE, deployment, once, pod, service, web
from .workloads import apply, ended, rolled_out

pytestmark = pytest.mark.kubectl


@pytest.fixture(scope="module")
def shop(cluster):
    """A kubectl in a namespace with a deployment `web` of two pods, and its services."""
    with new_namespace(cluster) as kubectl:
        ports = [{"name": "http", "port": 80, "targetPort": 3000}]
        container = web()
        container["ports"][0]["name"] = "http"
        apply(kubectl, deployment(2, container), service(ports=ports), service("empty"))
        rolled_out(kubectl)
        yield kubectl


class Forward:
    """A running `kubectl port-forward`, with its port on this machine."""

    def __init__(self, kubectl, *arguments):
        self.process = subprocess.Popen(
            kubectl.argv("port-forward", *arguments),
            env=kubectl.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = self.process.stdout.readline()
        self.port = int(re.match(r"Forwarding from 127.0.0.1:(\d+) -> \d+\n", self.said)[1])

    def ask(self, path="/?json"):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return answer.read().decode()

    def close(self):
        """End it; answer what it complained about."""
        self.process.kill()
        return self.process.communicate()[1]


@pytest.fixture
def forward():
    started = []

    def start(kubectl, *arguments):
        started.append(Forward(kubectl, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.mark.parametrize(
    ("target", "port"),
    [("service/web", "80"), ("service/web", "http"), ("deployment/web", "3000"), ("deployment/web", "http")],
)
def test_a_port_leads_to_one_pod(shop, forward, target, port):
    opened = forward(shop, target, f":{port}")
    assert opened.said == f"Forwarding from 127.0.0.1:{opened.port} -> 3000\n"
    asked = {json.loads(opened.ask())["pod"] for _ in range(5)}
    assert len(asked) == 1
    assert asked <= {item["metadata"]["name"] for item in shop.pods()}


def test_a_pod_is_reached_by_its_name_at_a_port_of_choice(shop, forward):
    name = shop.pods()[0]["metadata"]["name"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opened = forward(shop, f"pod/{name}", f"{port}:3000")
    assert opened.port == port
    assert json.loads(opened.ask())["pod"] == name


def test_several_connections_go_at_once(shop, forward):
    opened = forward(shop, "service/web", ":80")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: opened.ask("/healthz"), range(24)))
    assert answers == ["ok\n"] * 24


def test_several_ports_can_be_forwarded(shop, forward):
    name = shop.pods()[0]["metadata"]["name"]
    opened = forward(shop, f"pod/{name}", ":3000", ":3999")
    assert opened.process.stdout.readline().startswith("Forwarding from [::1]:")
    assert re.match(r"Forwarding from 127.0.0.1:\d+ -> 3999\n", opened.process.stdout.readline())
    assert opened.ask("/healthz") == "ok\n"


def test_a_port_that_nobody_listens_on_is_told_and_ends_the_forwarding(shop, forward):
    name = shop.pods()[0]["metadata"]["name"]
    opened = forward(shop, f"pod/{name}", ":3999")
    with pytest.raises(OSError):  # noqa: PT011  # reset or closed, as it comes
        opened.ask()
    opened.process.wait(timeout=30)
    complaint = opened.close()
    assert re.search(r"error forwarding port 3999 to pod [\w-]+, uid : ", complaint)
    assert "failed to connect to localhost:3999 inside namespace" in complaint
    assert "connect: connection refused" in complaint
    assert complaint.endswith("error: lost connection to pod\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pod/none", ":80"), 'Error from server (NotFound): pods "none" not found\n'),
        (("service/none", ":80"), 'Error from server (NotFound): services "none" not found\n'),
        (("service/web", ":81"), "error: Service web does not have a service port 81\n"),
        (("service/web", ":shop"), "error: Service 'web' does not have a named port 'shop'\n"),
    ],
)
def test_what_cannot_be_forwarded_is_told(shop, arguments, message):
    answer = shop("port-forward", *arguments)
    assert (answer.code, answer.err) == (1, message)


def test_a_pod_that_does_not_run_cannot_be_reached(shop):
    apply(shop, once("done", "echo done"), pod("lost", nodeSelector=NOWHERE))
    ended(shop, "done")
    eventually(lambda: shop.read("pod", "lost")["status"]["phase"] == "Pending")
    for name, phase in (("done", "Succeeded"), ("lost", "Pending")):
        answer = shop("port-forward", f"pod/{name}", ":80")
        assert answer.code == 1
        assert (
            answer.err
            == f"error: unable to forward port because pod is not running. Current status={phase}\n"
        )
