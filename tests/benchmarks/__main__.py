"""Measures the embedded cluster and prints a table: `make bench`.

Each figure is taken from outside, as a learner would meet it: the `kubetutor` command, the real `kubectl`,
a watch over HTTPS, and the kernel's own accounting of every process of the cluster.
"""

from __future__ import annotations

import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from kubetutor.api import kubeconfig

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "lessons" / "manifests" / "04-deployments" / "deployment.yaml"
KUBECTL = Path(sys.executable).with_name("kubectl")
RUNS = 3
IDLE_SECONDS = 10.0
PATIENCE = 60.0


@dataclass(frozen=True)
class Figure:
    """One measured thing: its budget and what real Kubernetes under kind needs, in the same unit."""

    name: str
    unit: str
    budget: float
    kind: str
    values: list[float]


class Bench:
    """One cluster in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "KUBETUTOR_HOME": str(home), "KUBETUTOR_BACKEND": "embedded"}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as on a machine of somebody who uses it

    def kubetutor(self, *arguments: str) -> str:
        argv = [sys.executable, "-m", "kubetutor", *arguments]
        done = subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        if done.returncode:
            raise SystemExit(f"{argv} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def connect(self) -> None:
        status = json.loads(self.kubetutor("status", "--json"))
        self.pid, self.kubeconfig = status["pid"], status["kubeconfig"]
        self.access = kubeconfig.read(Path(self.kubeconfig))
        self.environment["KUBECONFIG"] = self.kubeconfig
        self.tls = ssl.create_default_context(cadata=(self.access.ca or b"").decode())

    def kubectl(self, *arguments: str) -> str:
        argv = [str(KUBECTL), *arguments]
        return subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=True, timeout=PATIENCE
        ).stdout

    def until_ready(self, replicas: int, *command: str) -> float:
        """Run a kubectl command; answer the seconds from its start until so many replicas are Ready."""
        path = "/apis/apps/v1/namespaces/default/deployments?watch=true&timeoutSeconds=60"
        request = urllib.request.Request(
            self.access.server + path, headers={"Authorization": f"Bearer {self.access.token}"}
        )
        reached = threading.Event()

        def follow() -> None:
            with urllib.request.urlopen(request, context=self.tls, timeout=PATIENCE) as answer:
                opened.set()
                for line in answer:
                    status = json.loads(line)["object"].get("status", {})
                    if status.get("readyReplicas", 0) == replicas and status.get("replicas") == replicas:
                        reached.set()
                        return

        opened = threading.Event()
        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        opened.wait(PATIENCE)
        start = time.perf_counter()
        self.kubectl(*command)
        if not reached.wait(PATIENCE):
            raise SystemExit(f"{replicas} replicas were not Ready within {PATIENCE} s")
        return time.perf_counter() - start

    def processes(self) -> list[psutil.Process]:
        main = psutil.Process(self.pid)
        return [main, *main.children(recursive=True)]

    def memory(self) -> float:
        """Answer the proportional set size of all processes of the cluster, in MB."""
        return sum(process.memory_full_info().pss for process in self.processes()) / 1e6

    def idle_cpu(self) -> float:
        """Answer what share of one core the cluster uses while nothing happens, in percent."""
        before = self._cpu_seconds()
        time.sleep(IDLE_SECONDS)
        return 100 * (self._cpu_seconds() - before) / IDLE_SECONDS

    def _cpu_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())


def measure(run: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="kubetutor-bench-") as folder:
        bench = Bench(Path(folder))
        figures: dict[str, float] = {}
        try:
            start = time.perf_counter()
            bench.kubetutor("up")
            figures["up"] = time.perf_counter() - start
            bench.connect()
            bench.kubectl(
                "get", "nodes"
            )  # discovery is cached from here on, as after a learner's first command
            time.sleep(2)
            figures["idle memory"] = bench.memory()
            if run == 0:
                figures["idle cpu"] = bench.idle_cpu()
            figures["apply"] = bench.until_ready(3, "apply", "-f", str(MANIFEST))
            figures["to 30"] = bench.until_ready(30, "scale", "deployment", "web-app", "--replicas=30")
            figures["to 100"] = bench.until_ready(100, "scale", "deployment", "web-app", "--replicas=100")
            start = time.perf_counter()
            bench.kubectl("get", "pods")
            figures["get pods"] = time.perf_counter() - start
            figures["memory of 100"] = bench.memory()
            if run == 0:
                figures["idle cpu of 100"] = bench.idle_cpu()
        finally:
            bench.kubetutor("down")
    return figures


def main() -> None:
    runs = [measure(run) for run in range(RUNS)]

    def values(name: str) -> list[float]:
        return [run[name] for run in runs if name in run]

    figures = [
        Figure("kubetutor up, all nodes Ready", "s", 0.8, "26 to 41", values("up")),
        Figure("apply of the example, 3 Ready", "s", 0.5, "2.2", values("apply")),
        Figure("3 to 30 replicas Ready", "s", 1.5, "8.2", values("to 30")),
        Figure("30 to 100 replicas Ready", "s", 4.0, "18.5", values("to 100")),
        Figure("kubectl get pods, 100 pods", "s", 1.0, "0.16", values("get pods")),
        Figure("memory of an idle cluster", "MB", 100, "520", values("idle memory")),
        Figure("CPU of an idle cluster", "% of a core", 1, "30", values("idle cpu")),
        Figure("memory with 100 pods", "MB", 700, "-", values("memory of 100")),
        Figure("CPU of 100 idle pods", "% of a core", 5, "-", values("idle cpu of 100")),
    ]
    table = Table(title=f"Embedded cluster, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for column in ("what", "median", "min", "max", "budget", "kind", ""):
        table.add_column(column, justify="left" if column in {"what", ""} else "right")
    for figure in figures:
        median = statistics.median(figure.values)
        cells = [f"{value:.2f}" for value in (median, min(figure.values), max(figure.values))]
        verdict = "within" if median <= figure.budget else "OVER"
        table.add_row(f"{figure.name} ({figure.unit})", *cells, f"{figure.budget:g}", figure.kind, verdict)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
