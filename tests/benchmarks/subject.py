"""One cluster under measurement, in a state folder of its own: the same steps for every backend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from kubetutor.api.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "lessons" / "manifests" / "04-deployments" / "deployment.yaml"
KUBECTL = Path(sys.executable).with_name("kubectl")
IDLE_SECONDS = 10.0
PATIENCE = {"embedded": 60.0, "kind": 600.0}  # seconds; kind may have to build images for its nodes


class Subject:
    """A cluster made by `kubetutor up`, and what is looked at from outside."""

    def __init__(self, backend: str, home: Path, config: Path | None = None) -> None:
        self.backend, self.name, self.config = backend, f"bench-{backend}-{os.getpid()}", config
        self.environment = {**os.environ, "KUBETUTOR_HOME": str(home)}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as on a machine of somebody who uses it

    def up(self, *more: str) -> float:
        """Start it; answer the seconds until all nodes are Ready. `more`: further arguments of `kubetutor up`."""
        config = ("--config", str(self.config)) if self.config else ()
        start = time.perf_counter()
        self._kubetutor("up", "--backend", self.backend, "--name", self.name, *config, *more)
        seconds = time.perf_counter() - start
        self.status = json.loads(self._kubetutor("status", "--json", "--name", self.name))
        self.environment["KUBECONFIG"] = self.status["kubeconfig"]
        self.api = Client(Path(self.status["kubeconfig"]))
        self.kubectl("get", "nodes")  # discovery is cached from here on, as after a learner's first command
        time.sleep(2)
        return seconds

    def down(self) -> None:
        self._kubetutor("down", "--name", self.name)

    def kubectl(self, *arguments: str) -> float:
        """Run kubectl; answer the seconds that it took."""
        start = time.perf_counter()
        self._run([str(KUBECTL), *arguments])
        return time.perf_counter() - start

    def until_ready(self, replicas: int, *command: str) -> float:
        """Run a kubectl command; answer the seconds from its start until so many replicas are Ready."""
        opened, reached = threading.Event(), threading.Event()
        watch = self.api.watch("deployments.apps", namespace="default", timeout=PATIENCE["kind"])

        def follow() -> None:
            for event in watch:
                opened.set()
                status = event.object.get("status", {})
                if status.get("readyReplicas", 0) == replicas == status.get("replicas"):
                    reached.set()
                    return

        with watch:
            threading.Thread(target=follow, daemon=True).start()
            opened.wait(1.0)  # no deployment, no event: then the list at least has been answered
            start = time.perf_counter()
            self.kubectl(*command)
            if not reached.wait(PATIENCE[self.backend]):
                raise SystemExit(f"{replicas} replicas were not Ready within {PATIENCE[self.backend]:g} s")
            return time.perf_counter() - start

    def memory(self) -> float:
        """Answer the proportional set size of all processes of the cluster, in MB."""
        return sum(process.memory_full_info().pss for process in self._processes()) / 1e6

    def idle_cpu(self) -> float:
        """Answer what share of one core the cluster uses while nothing happens, in percent."""
        before = self._cpu_seconds()
        time.sleep(IDLE_SECONDS)
        return 100 * (self._cpu_seconds() - before) / IDLE_SECONDS

    def _cpu_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._processes())

    def _processes(self) -> list[psutil.Process]:
        found = [process for root in self._roots() for process in _tree(root)]
        return [process for process in found if process.is_running()]

    def _roots(self) -> list[int]:
        """Answer the processes that all others of the cluster descend from: one, or one per node."""
        if self.status.get("pid"):
            return [self.status["pid"]]
        nodes = [node["name"] for node in self.status["nodes"]]
        return [int(pid) for pid in self._run(["docker", "inspect", "-f", "{{.State.Pid}}", *nodes]).split()]

    def _kubetutor(self, *arguments: str) -> str:
        return self._run([sys.executable, "-m", "kubetutor", *arguments])

    def _run(self, argv: list[str]) -> str:
        done = subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE["kind"]
        )
        if done.returncode:
            raise SystemExit(f"{argv} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout


def _tree(pid: int) -> Iterator[psutil.Process]:
    root = psutil.Process(pid)
    yield root
    yield from root.children(recursive=True)
