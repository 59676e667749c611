"""Probes: what takes a pod out of its services, what restarts a container, what waits for it to start."""

import pytest

from .conftest import eventually
from .manifests import pod, service, shell, web
from .workloads import apply, condition_of, container_status, event, event_messages, wait_field, wait_for

pytestmark = pytest.mark.kubectl

QUICK = {"periodSeconds": 1, "failureThreshold": 1}


def command(script, **more):
    return {"exec": {"command": ["sh", "-c", script]}, **QUICK, **more}


def http(path="/healthz", port=3000, **more):
    return {"httpGet": {"path": path, "port": port}, **QUICK, **more}


def tcp(port, **more):
    return {"tcpSocket": {"port": port}, **QUICK, **more}


def status_of(kubectl, name="web"):
    return container_status(kubectl.read("pod", name))


def ready_addresses(kubectl):
    slices = kubectl.all("endpointslices", labels="kubernetes.io/service-name=web")
    endpoints = [endpoint for item in slices for endpoint in item.get("endpoints") or ()]
    return [e["addresses"][0] for e in endpoints if e["conditions"]["ready"]]


def test_a_failing_readiness_probe_takes_the_pod_out_of_its_service_and_back(kubectl):
    apply(kubectl, service("web"), pod("web", shell(readinessProbe=command("test ! -e closed"))))
    wait_for(kubectl, "Ready", "pod/web")
    address = kubectl.read("pod", "web")["status"]["podIP"]
    eventually(lambda: ready_addresses(kubectl) == [address])
    kubectl.ok("exec", "web", "--", "touch", "closed")
    eventually(lambda: ready_addresses(kubectl) == [])
    kubectl.ok("exec", "web", "--", "rm", "closed")
    eventually(lambda: ready_addresses(kubectl) == [address])
    assert status_of(kubectl)["restartCount"] == 0


def test_a_pod_that_is_not_ready_says_which_container(kubectl):
    apply(kubectl, pod("web", shell(readinessProbe=command("false"))))
    wait_field(kubectl, "pod/web", "status.phase", "Running")
    item = kubectl.read("pod", "web")
    why = ("False", "ContainersNotReady", "containers with unready status: [main]")
    assert condition_of(item, "Ready") == condition_of(item, "ContainersReady") == why
    assert event(kubectl, "web", "Unhealthy").startswith("Readiness probe failed:")


def test_a_failing_liveness_probe_restarts_the_container(kubectl):
    apply(kubectl, pod("web", shell(livenessProbe=command("test ! -e stuck"))))
    wait_for(kubectl, "Ready", "pod/web")
    kubectl.ok("exec", "web", "--", "touch", "stuck")
    eventually(lambda: status_of(kubectl)["restartCount"] >= 1)
    assert event(kubectl, "web", "Killing") == "Container main failed liveness probe, will be restarted"
    assert event(kubectl, "web", "Unhealthy").startswith("Liveness probe failed:")


def test_an_http_probe_passes_on_an_answer_of_200(kubectl):
    apply(kubectl, pod("web", web(readinessProbe=http(), livenessProbe=http())))
    wait_for(kubectl, "Ready", "pod/web")


def test_an_http_probe_fails_on_an_answer_of_404(kubectl):
    apply(kubectl, pod("web", web(readinessProbe=http("/nothing"))))
    wanted = "Readiness probe failed: HTTP probe failed with statuscode: 404"
    eventually(lambda: wanted in event_messages(kubectl, "web", "Unhealthy"))
    assert not status_of(kubectl)["ready"]


def test_a_probe_finds_a_port_by_its_name(kubectl):
    ports = [{"name": "http", "containerPort": 3000}]
    apply(kubectl, pod("web", web(ports=ports, readinessProbe=http(port="http"))))
    wait_for(kubectl, "Ready", "pod/web")


def test_a_tcp_probe_passes_where_something_listens(kubectl):
    apply(kubectl, pod("web", web(readinessProbe=tcp(3000))))
    wait_for(kubectl, "Ready", "pod/web")


def test_a_tcp_probe_fails_where_nothing_listens(kubectl):
    apply(kubectl, pod("web", web(readinessProbe=tcp(3001))))
    message = event(kubectl, "web", "Unhealthy")
    address = eventually(lambda: kubectl.read("pod", "web")["status"].get("podIP"))
    assert message == (f"Readiness probe failed: dial tcp {address}:3001: connect: connection refused")


def test_a_startup_probe_holds_the_other_probes_back(kubectl):
    probes = {
        "startupProbe": command("test -e warm", failureThreshold=100),
        "livenessProbe": command("test -e warm"),
    }
    apply(kubectl, pod("web", shell(**probes)))
    assert event(kubectl, "web", "Unhealthy").startswith("Startup probe failed:")
    status = status_of(kubectl)
    assert (status["started"], status["ready"], status["restartCount"]) == (False, False, 0)
    kubectl.ok("exec", "web", "--", "touch", "warm")
    wait_for(kubectl, "Ready", "pod/web")
    assert status_of(kubectl)["started"] is True
    assert status_of(kubectl)["restartCount"] == 0


def test_a_startup_probe_that_fails_too_often_restarts_the_container(kubectl):
    apply(kubectl, pod("web", shell(startupProbe=command("false"))))
    eventually(lambda: status_of(kubectl)["restartCount"] >= 1)
    assert event(kubectl, "web", "Killing") == "Container main failed startup probe, will be restarted"


def test_a_probe_that_takes_too_long_has_failed(kubectl):
    apply(kubectl, pod("web", shell(readinessProbe=command("sleep 20", timeoutSeconds=1))))
    message = event(kubectl, "web", "Unhealthy")
    assert message == 'Readiness probe failed: command timed out: "sh -c sleep 20" timed out after 1s'


def test_a_pod_is_ready_only_after_as_many_successes_as_wanted(kubectl):
    probe = command("echo x >> tries", successThreshold=2)
    apply(kubectl, pod("web", shell(readinessProbe=probe)))
    wait_for(kubectl, "Ready", "pod/web")
    assert len(kubectl.ok("exec", "web", "--", "cat", "tries").splitlines()) >= 2
