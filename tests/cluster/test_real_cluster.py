"""The command line and the true embedded cluster, with the real kubectl."""

import json
import os
import pathlib
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time

import psutil
import pytest

from kubetutor.api.client import Client
from kubetutor.cluster import main_process
from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import Home
from kubetutor.errors import ApiError, NoClusterError
from tests.cluster.machine import ROOT, Machine

pytestmark = pytest.mark.kubectl
READY_NODES = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path / "home")
    yield made
    made.run("down", "--all")


def test_up_status_env_kubectl_and_down(machine):
    machine.run("up", "--backend", "embedded")
    status = json.loads(machine.run("status", "--json"))
    assert status["ready"]
    assert [node["name"] for node in status["nodes"]] == [
        "kubetutor-control-plane", "kubetutor-worker", "kubetutor-worker2",
    ]  # fmt: skip
    assert psutil.pid_exists(status["pid"])
    line = machine.run("env").strip()
    assert line == f"export KUBECONFIG={shlex.quote(status['kubeconfig'])}"
    assert machine.run("kubectl", "--", "get", "nodes", "-o", READY_NODES) == "True True True"
    before = machine.processes()
    assert status["pid"] in before
    port = int(status["server"].rpartition(":")[2])
    machine.run("down")
    assert not any(psutil.pid_exists(pid) for pid in before)
    assert not machine.folder.path.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_up_twice_at_once_both_succeed(machine):
    both = [machine.start("up"), machine.start("up")]
    answers = [process.communicate(timeout=90)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("already up" in answer for answer in answers) == [False, True]
    assert len(list(main_process._main_processes(machine.folder))) == 1


def test_what_was_acknowledged_survives_a_kill(machine):
    machine.run("up")
    machine.run("kubectl", "--", "create", "configmap", "till", "--from-literal=coins=7")
    os.kill(machine.pid(), signal.SIGKILL)
    machine.run("up")
    assert machine.run("kubectl", "--", "get", "configmap", "till", "-o", "jsonpath={.data.coins}") == "7"


def test_status_after_a_kill_says_that_nothing_is_up(machine, eventually):
    machine.run("up")
    pid = machine.pid()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not psutil.pid_exists(pid))
    assert "kubetutor up" in machine.run("status", code=1)


def test_down_with_keep_keeps_what_is_stored(machine):
    machine.run("up")
    machine.run("kubectl", "--", "create", "namespace", "shop")
    machine.run("down", "--keep")
    assert not machine.processes()
    machine.run("up")
    assert machine.run("kubectl", "--", "get", "namespace", "shop", "-o", "name") == "namespace/shop\n"


def test_an_interrupted_up_leaves_nothing_running(machine, eventually):
    process = machine.start("up")
    eventually(lambda: list(main_process._main_processes(machine.folder)))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    if process.returncode:  # it was quicker than the cluster
        assert "Traceback" not in out + err
        eventually(lambda: not machine.processes())
    machine.run("up")


def test_a_port_that_is_taken_meanwhile_is_no_trouble(machine):
    """The next start must not depend on the port of the last one being free."""
    machine.run("up")
    port = int(json.loads(machine.run("status", "--json"))["server"].rpartition(":")[2])
    machine.run("down", "--keep")
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        answer = machine.start("up")
        out, err = answer.communicate(timeout=90)
        if answer.returncode:
            assert str(port) in err
            assert "Traceback" not in out + err
        else:
            assert json.loads(machine.run("status", "--json"))["ready"]


def test_a_damaged_database_is_told_and_not_deleted(machine):
    machine.run("up")
    machine.run("down", "--keep")
    for path in machine.folder.path.glob("state.db-*"):
        path.unlink()
    machine.folder.database.write_bytes(b"this is no database " * 500)
    said = machine.run("up", code=1)
    assert str(machine.folder.database) in said
    assert machine.folder.database.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_state_folder_is_told(machine, tmp_path):
    tmp_path.chmod(0o500)
    assert "Permission denied" in machine.run("up", code=1)
    tmp_path.chmod(0o700)


def test_nobody_else_can_read_the_kubeconfig_or_the_database(machine):
    machine.run("up")
    for path in (machine.folder.kubeconfig, machine.folder.database):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(machine.folder.path.stat().st_mode) == 0o700


def test_without_the_token_the_answer_is_401(machine):
    machine.run("up")
    text = machine.folder.kubeconfig.read_text()
    token = next(
        line.partition(":")[2].strip() for line in text.splitlines() if line.strip().startswith("token:")
    )
    wrong = machine.home.path / "wrong"
    wrong.write_text(text.replace(token, "wrong"))
    with pytest.raises(ApiError) as caught:
        Client(wrong).list("pods")
    assert (caught.value.code, caught.value.reason) == (401, "Unauthorized")


def test_the_public_client_creates_watches_and_deletes(machine):
    machine.run("up")
    api = connect(home=machine.home).api
    with api.watch("configmaps", namespace="default", timeout=30) as watch:
        events = (event for event in watch if event.object["metadata"]["name"] == "till")
        api.create("configmaps", {"metadata": {"name": "till"}, "data": {"coins": "7"}}, namespace="default")
        assert next(events).type == "ADDED"
        api.patch("configmaps", "till", {"data": {"coins": "8"}}, namespace="default")
        assert next(events).object["data"] == {"coins": "8"}
        api.delete("configmaps", "till", namespace="default")
        assert next(events).type == "DELETED"
    api.close()


def test_apply_on_the_server_keeps_what_others_set(machine):
    machine.run("up")
    api = connect(home=machine.home).api
    till = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "till"}, "data": {"coins": "7"}}
    api.apply(till)
    api.patch("configmaps", "till", {"data": {"notes": "5"}}, namespace="default")
    assert api.apply({**till, "data": {"coins": "9"}})["data"] == {"coins": "9", "notes": "5"}
    api.close()


def test_url_reaches_the_pods_of_a_service(machine):
    machine.run("up")
    cluster = connect(home=machine.home)
    cluster.kubectl("apply", "-f", str(ROOT / "lessons/manifests/04-deployments/deployment.yaml"))
    cluster.kubectl("wait", "--for=condition=Available", "deployment/web-app", "--timeout=30s")
    url = cluster.url("web-service")
    answers = {cluster_get(url) for _ in range(30)}
    assert len(answers) == 3


def cluster_get(url):
    import urllib.request

    with urllib.request.urlopen(url, timeout=10) as answer:  # an address that our own cluster gave
        body = answer.read().decode()
    return next(
        word for word in body.replace('"', " ").replace(",", " ").split() if word.startswith("web-app-")
    )


def test_an_image_of_ones_own_runs(machine, eventually):
    machine.run("up")
    machine.run("image", "add", "my-tool:1.0", "--", "sh", "-c", "echo it runs; sleep 60")
    machine.run("kubectl", "--", "run", "tool", "--image=my-tool:1.0")
    eventually(
        lambda: "it runs" in machine.start("kubectl", "--", "logs", "tool").communicate(timeout=30)[0], 30
    )


def test_up_is_quick_enough_to_be_used_in_passing(machine):
    """Far above the promise of 0.8 s, which the benchmark measures: this only notices when something hangs."""
    began = time.monotonic()
    machine.run("up")
    assert time.monotonic() - began < 15


def test_the_plugin_gives_a_cluster_and_a_namespace(cluster, namespace):
    assert cluster.kubectl("get", "namespace", namespace, "-o", "name") == f"namespace/{namespace}\n"
    assert os.environ["KUBECONFIG"] == str(cluster.kubeconfig)


def test_connect_finds_nothing_in_an_empty_home(tmp_path):
    with pytest.raises(NoClusterError):
        connect(home=Home(tmp_path))


def test_the_database_is_sound_after_a_kill_under_load(machine):
    machine.run("up")
    script = "for number in $(seq 60); do kubectl create configmap load-$number || exit; done"
    environ = {**machine.environ, "KUBECONFIG": str(machine.folder.kubeconfig)}
    environ["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), environ["PATH"]])
    load = subprocess.Popen(
        ["/bin/sh", "-c", script], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )  # our own words
    acknowledged = [load.stdout.readline() for _ in range(10)]
    os.kill(machine.pid(), signal.SIGKILL)
    acknowledged += load.communicate(timeout=60)[0].splitlines()
    machine.run("up")
    names = set(machine.run("kubectl", "--", "get", "configmaps", "-o", "name").split())
    wanted = {line.split()[0] for line in acknowledged if line.strip().endswith("created")}
    assert wanted <= names
    with sqlite3.connect(f"file:{machine.folder.database}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_namespace_of_the_learner_survives_a_crash(machine):
    machine.run("up")
    machine.run("kubectl", "--", "config", "set-context", "--current", "--namespace=kube-system")
    os.kill(machine.pid(), signal.SIGKILL)
    machine.run("up")
    shown = machine.run("kubectl", "--", "config", "view", "--minify", "-o", "jsonpath={..namespace}")
    assert shown == "kube-system"
