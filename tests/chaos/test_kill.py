"""Nothing acknowledged is lost, and nothing is left behind: `kill -9` at random moments under load.

`KUBETUTOR_KILLS=100` kills a hundred times: for a search by hand.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from kubetutor.api import kubeconfig

pytestmark = pytest.mark.chaos

KILLS = int(os.environ.get("KUBETUTOR_KILLS", "20"))
WRITERS = 3
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web-app"},
    "spec": {
        "replicas": 4,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "my-app:1.0"}]},
        },
    },
}


class Cluster:
    """A cluster that is killed again and again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "KUBETUTOR_HOME": str(home), "KUBETUTOR_BACKEND": "embedded"}

    def kubetutor(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "kubetutor", *arguments]
        return subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def up(self) -> None:
        done = self.kubetutor("up")
        assert done.returncode == 0, done.stdout + done.stderr
        status = json.loads(self.kubetutor("status", "--json").stdout)
        self.pid = status["pid"]
        self.access = kubeconfig.read(Path(status["kubeconfig"]))
        self.tls = ssl.create_default_context(cadata=(self.access.ca or b"").decode())

    def processes(self) -> set[psutil.Process]:
        main = psutil.Process(self.pid)
        return {main, *main.children(recursive=True)}

    def connection(self) -> http.client.HTTPSConnection:
        where = urlsplit(self.access.server)
        return http.client.HTTPSConnection(where.hostname, where.port, context=self.tls, timeout=5)

    def call(self, connection, method: str, path: str, body: object = None) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {self.access.token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


class Writer(threading.Thread):
    """Creates, changes and deletes config maps, and remembers what was acknowledged."""

    def __init__(self, cluster: Cluster, run: int, number: int) -> None:
        super().__init__(daemon=True)
        self._cluster, self._prefix = cluster, f"w{run}-{number}"
        self.there: dict[str, str] = {}
        self.gone: set[str] = set()
        self.uncertain: set[str] = set()  # asked for and not answered: either outcome is right

    def run(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            connection = self._cluster.connection()
            for number in range(100_000):
                self._write(connection, f"{self._prefix}-{number}", number)

    def _write(self, connection, name: str, number: int) -> None:
        path = "/api/v1/namespaces/default/configmaps"
        self.uncertain.add(name)
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": {"n": str(number)},
        }
        code, _ = self._cluster.call(connection, "POST", path, body)
        assert code == 201
        if number % 3 == 1:
            body["data"]["n"] = f"{number} again"
            code, _ = self._cluster.call(connection, "PUT", f"{path}/{name}", body)
            assert code == 200
        if number % 3 == 2:
            code, _ = self._cluster.call(connection, "DELETE", f"{path}/{name}")
            assert code == 200
            self.gone.add(name)
        else:
            self.there[name] = body["data"]["n"]
        self.uncertain.discard(name)


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    cluster.up()
    yield cluster
    cluster.kubetutor("down")


def stored(cluster: Cluster) -> dict[str, str]:
    code, answer = cluster.call(cluster.connection(), "GET", "/api/v1/namespaces/default/configmaps")
    assert code == 200
    return {item["metadata"]["name"]: item.get("data", {}).get("n") for item in answer["items"]}


def test_every_acknowledged_write_survives_and_no_old_process_lives(cluster):
    chance = random.Random(2026)
    code, _ = cluster.call(
        cluster.connection(), "POST", "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT
    )
    assert code == 201
    there: dict[str, str] = {}
    gone: set[str] = set()
    for run in range(KILLS):
        writers = [Writer(cluster, run, number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        threading.Event().wait(chance.uniform(0.02, 0.4))  # the moment of the kill is the point
        old = cluster.processes()
        os.kill(cluster.pid, signal.SIGKILL)
        for writer in writers:
            writer.join(10)
            there |= writer.there
            gone |= writer.gone
        cluster.up()
        survivors = [
            process for process in old if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        ]
        assert survivors == []
        now = stored(cluster)
        assert {name: now.get(name) for name in there} == there
        assert not gone & now.keys()
    assert len(there) > KILLS
    wait_for_four_ready_pods(cluster)


def wait_for_four_ready_pods(cluster):
    end = time.monotonic() + 30
    path = "/apis/apps/v1/namespaces/default/deployments/web-app"
    while True:
        _, deployment = cluster.call(cluster.connection(), "GET", path)
        if deployment["status"].get("readyReplicas") == 4:
            return
        assert time.monotonic() < end, deployment["status"]
        threading.Event().wait(0.1)


def test_down_leaves_no_process_no_socket_and_no_lock(cluster):
    old = cluster.processes()
    where = urlsplit(cluster.access.server)
    assert cluster.kubetutor("down").returncode == 0
    assert [
        process for process in old if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ] == []
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(where.hostname, where.port, timeout=2).connect()
    assert not list(cluster.home.rglob("lock"))
